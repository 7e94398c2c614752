"""Where long recordings are split."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from selfieseg_engine.batch.splitting import LEAD_IN_SECONDS, split
from selfieseg_engine.recording.timeline import KeyFrame, Timeline

BASE = Fraction(1, 1000)


def steady(seconds: int, key_every: int) -> Timeline:
    """Return 10 frames a second, a key frame every so many."""
    shown = tuple(range(0, seconds * 1000, 100))
    return Timeline(BASE, shown, tuple(KeyFrame(pts, pts - 200) for pts in shown[::key_every]))


def test_parts_begin_at_the_first_key_frame_after_the_least_length() -> None:
    parts = split(steady(200, 70), 60)  # key frames every 7 s
    assert [(part.span.start, part.span.stop) for part in parts] == [
        (0, 63000),
        (63000, 126000),
        (126000, None),
    ]
    assert [part.frames for part in parts] == [630, 630, 740]


def test_a_part_is_led_into_from_the_key_frame_before() -> None:
    first, second, _ = split(steady(200, 70), 60)
    assert (first.span.lead_in, first.span.key_dts) == (0, -200)
    assert second.span.lead_in == 63000 - LEAD_IN_SECONDS * 1000
    assert second.span.key_dts == 56000 - 200


def test_neighbours_look_anew_together() -> None:
    first, second, third = split(steady(200, 70), 60)
    assert first.span.anew == (60000, 61500)
    assert second.span.anew == (60000, 61500, 123000, 124500)
    assert third.span.anew == (123000, 124500)


def test_what_is_short_or_has_no_key_frames_stays_whole() -> None:
    assert len(split(steady(119, 10), 60)) == 1
    assert len(split(steady(600, 100000), 60)) == 1
    assert split(Timeline(BASE, (), ()), 60) == ()


@given(
    st.lists(st.integers(min_value=1, max_value=5000), min_size=1, max_size=200),
    st.sets(st.integers(min_value=0, max_value=199)),
    st.integers(min_value=1, max_value=60),
)
def test_every_frame_is_in_one_part(gaps: list[int], keys: set[int], least: int) -> None:
    shown, pts = [], -700
    for gap in gaps:
        pts += gap
        shown.append(pts)
    starts = [shown[0], *(shown[index] for index in sorted(keys) if 0 < index < len(shown))]
    timeline = Timeline(BASE, tuple(shown), tuple(KeyFrame(start, start - 5) for start in starts))
    parts = split(timeline, least)
    found = [
        pts
        for part in parts
        for pts in shown
        if pts >= part.span.start and (part.span.stop is None or pts < part.span.stop)
    ]
    assert found == shown
    assert sum(part.frames for part in parts) == len(shown)
    for part in parts:
        key = part.span.key_dts + 5
        assert key in starts
        assert key <= part.span.lead_in <= part.span.start
        assert part.span.lead_in in shown
        for other in parts:
            ours = [pts for pts in other.span.anew if pts >= part.span.lead_in]
            assert set(part.span.anew) >= {
                pts for pts in ours if part.span.stop is None or pts < part.span.stop
            }
        if len(parts) > 1:
            end = shown[-1] if part.span.stop is None else part.span.stop
            assert end - part.span.start >= least * 1000
