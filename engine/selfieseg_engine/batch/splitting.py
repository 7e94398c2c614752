"""Where a long recording is split: told by the recording alone, so that it is the same each time. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from selfieseg_engine.batch.tasks import Part
from selfieseg_engine.recording.span import Span
from selfieseg_engine.recording.timeline import Timeline

# So many seconds before a part are segmented and not written, and so long before it both neighbours look
# anew: docs/batch.md tells what that is for.
LEAD_IN_SECONDS = 4.0
ANEW_SECONDS = (3.0, 1.5)


def split(timeline: Timeline, least_seconds: float) -> tuple[Part, ...]:
    """Return the parts of a recording, all its frames in order; a single one where it is not to be split.

    Each begins with a key frame and is at least ``least_seconds`` long.
    """
    shown, time_base = timeline.shown, timeline.time_base
    if not shown or not timeline.keys or least_seconds <= 0:
        return ()
    least = round(least_seconds / time_base)
    borders = [shown[0]]
    for key in timeline.keys:
        if key.pts - borders[-1] >= least and shown[-1] - key.pts >= least:
            borders.append(key.pts)
    ends = [*borders[1:], None]
    lead_in = round(LEAD_IN_SECONDS / time_base)
    anew = sorted(
        {
            _first_from(shown, start - round(seconds / time_base))
            for start in borders[1:]
            for seconds in ANEW_SECONDS
        }
    )
    return tuple(
        _part(timeline, start, stop, lead_in, anew) for start, stop in zip(borders, ends, strict=True)
    )


def _first_from(shown: Sequence[int], pts: int) -> int:
    """Return when the first frame is shown that is not before ``pts``."""
    return shown[bisect_left(shown, pts)]


def _part(timeline: Timeline, start: int, stop: int | None, lead_in: int, anew: Sequence[int]) -> Part:
    shown, keys = timeline.shown, timeline.keys
    first = _first_from(shown, start - lead_in)
    # What is shown after a key frame can be decoded from it. Where none is shown before, from the first.
    key = max((each for each in keys if each.pts <= first), key=lambda each: each.pts, default=keys[0])
    first = max(first, key.pts) if start > shown[0] else first
    end = len(shown) if stop is None else bisect_left(shown, stop)
    ours = tuple(pts for pts in anew if pts >= first and (stop is None or pts < stop))
    return Part(Span(key.dts, first, start, stop, ours), end - bisect_left(shown, start))
