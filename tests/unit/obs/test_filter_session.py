from __future__ import annotations

import dataclasses

import pytest
from tests.unit.obs.conftest import OPTIONS, put_frame, refusal

from selfieseg_obs.choice_troubles import MODEL_CODES, SETTING_CODES
from selfieseg_obs.filter_session import ANSWER_LIMIT_NS, FRAME_CODES, FilterSession
from selfieseg_obs.options import Options
from selfieseg_obs.ring_host import RingHost
from selfieseg_wire.messages import Frame, Matte, Opened, encode
from selfieseg_wire.structs import Alignment, ClassBit, FilterEntry, Owner, ResultKind

NOW = 5_000_000_000


def matte_for(frame: Frame, seq: int | None = None, slot: int | None = None) -> Matte:
    return Matte(
        frame.session,
        frame.seq if seq is None else seq,
        frame.slot if slot is None else slot,
        holds=1,
        queue_ns=0,
        infer_ns=4_000_000,
    )


def owners(host: RingHost) -> list[int]:
    return [host.ring.slot(index).owner for index in range(len(host.ring))]


def sent(session: FilterSession, now_ns: int = NOW) -> Frame:
    frame = session.next_frame(now_ns)
    assert frame is not None
    return frame


def test_no_frame_is_waiting(session: FilterSession) -> None:
    assert session.next_frame(NOW) is None


def test_a_frame_is_told_as_it_lies_in_its_slot(session: FilterSession, host: RingHost) -> None:
    put_frame(host, 3, seq=9)

    frame = sent(session)

    assert frame == Frame(session.number, 9, 3, 256, 144, 1024, 1, 9000)
    encode(frame)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_the_newest_frame_wins_and_drops_are_counted(
    session: FilterSession, host: RingHost, order: tuple[int, ...]
) -> None:
    for index, seq in enumerate(order):
        put_frame(host, index, seq)

    assert sent(session).seq == 3
    assert session.dropped == 2
    assert owners(host).count(Owner.FREE) == len(host.ring) - 1


def test_one_frame_is_under_way_and_older_waiting_ones_make_room(
    session: FilterSession, host: RingHost
) -> None:
    put_frame(host, 0, 1)
    first = sent(session)
    put_frame(host, 1, 2)
    put_frame(host, 2, 3)

    assert session.next_frame(NOW) is None
    assert owners(host)[:3] == [Owner.FRAME, Owner.FREE, Owner.FRAME]
    assert session.take(matte_for(first), NOW)
    assert sent(session).seq == 3


def test_a_matte_is_handed_to_the_lua_half(session: FilterSession, host: RingHost) -> None:
    put_frame(host, 0, 1)
    frame = sent(session)

    assert session.take(matte_for(frame), NOW + 10_000_000)

    assert owners(host)[0] == Owner.RESULT
    assert session.infer_ms() == 4.0
    assert session.telemetry(0).round_trip_ms_p50 == 10.0


def test_wrong_mattes_are_ignored(session: FilterSession, host: RingHost) -> None:
    put_frame(host, 0, 1)
    frame = sent(session)

    assert not session.take(matte_for(frame, seq=2), NOW)
    assert not session.take(matte_for(frame, slot=1), NOW)
    assert owners(host)[0] == Owner.FRAME
    assert session.take(matte_for(frame), NOW)
    assert not session.take(matte_for(frame), NOW), "the same matte twice"


def test_an_unanswered_frame_is_given_up_after_a_second(session: FilterSession, host: RingHost) -> None:
    put_frame(host, 0, 1)
    lost = sent(session)
    put_frame(host, 1, 2)

    assert session.next_frame(NOW + ANSWER_LIMIT_NS) is None
    second = sent(session, NOW + ANSWER_LIMIT_NS + 1)

    assert second.seq == 2
    assert session.dropped == 1
    assert owners(host)[0] == Owner.FREE
    assert not session.take(matte_for(lost), NOW + ANSWER_LIMIT_NS + 2), "a late matte"
    assert owners(host)[0] == Owner.FREE


@pytest.mark.parametrize("code", [*FRAME_CODES, "no_session", "inference_failed"])
def test_a_refusal_frees_the_frame_that_is_under_way(
    session: FilterSession, host: RingHost, code: str
) -> None:
    put_frame(host, 0, 1)
    sent(session)
    session.refuse(refusal(code), NOW)
    assert owners(host)[0] == Owner.FREE
    assert session.under_way is None


@pytest.mark.parametrize("code", FRAME_CODES)
def test_a_refused_frame_is_no_trouble_and_the_next_one_goes_out(
    session: FilterSession, host: RingHost, code: str
) -> None:
    put_frame(host, 0, 1)
    sent(session)
    session.refuse(refusal(code), NOW)
    assert (session.trouble, session.ended_at_ns) == ("", None)
    put_frame(host, 1, 2)
    assert sent(session).seq == 2


WRONG = "No such model. Choose another one."


@pytest.mark.parametrize("prefix", MODEL_CODES + SETTING_CODES)
def test_a_refused_choice_takes_nothing_from_an_open_session(
    session: FilterSession, host: RingHost, prefix: str
) -> None:
    put_frame(host, 1, 2)
    frame = sent(session)
    session.refuse(refusal(prefix + "missing"), NOW)
    assert (session.trouble, session.ended_at_ns) == ("", None)
    assert session.choice_troubles() == [WRONG]
    assert session.take(matte_for(frame), NOW), "the engine answers the frame that it has all the same"
    assert owners(host)[1] == Owner.RESULT
    assert session.dropped == 0
    put_frame(host, 2, 3)
    assert sent(session).seq == 3


@pytest.mark.parametrize("prefix", SETTING_CODES)
def test_a_part_of_the_look_that_is_refused_does_not_end_a_session_that_is_not_open_yet(
    entry: FilterEntry, host: RingHost, prefix: str
) -> None:
    """The engine reads the look while it loads the model."""
    made = FilterSession(entry, host, OPTIONS)
    made.refuse(refusal(prefix + "failed"), NOW)
    assert (made.trouble, made.ended_at_ns) == ("", None)
    made.open(Opened(made.number, "m", "CPU", 256, 144))
    assert made.choice_troubles() == [WRONG]
    put_frame(host, 1, 2)
    assert sent(made).seq == 2


@pytest.mark.parametrize(
    ("code", "unchanged", "changed"),
    [
        ("model_unknown", Options("auto", "AUTO", "a=1"), Options("other", "AUTO", "")),
        ("device_missing", Options("auto", "AUTO", "a=1"), Options("auto", "CPU", "")),
        (
            "class_failed",
            Options("other", "CPU", "hair_strength=1"),
            Options("auto", "AUTO", "class_model=x"),
        ),
        (
            "backdrop_unreadable",
            Options("auto", "CPU", "image_path=b"),
            Options("auto", "AUTO", "background=color"),
        ),
        ("look_failed", Options("other", "CPU", ""), Options("auto", "AUTO", "expand=1")),
    ],
)
def test_a_refused_choice_is_told_until_that_choice_changes(
    session: FilterSession, code: str, unchanged: Options, changed: Options
) -> None:
    session.refuse(refusal(code), NOW)
    session.choose(unchanged)
    assert session.choice_troubles() == [WRONG]
    session.choose(changed)
    assert session.choice_troubles() == []


def test_another_file_of_the_background_is_another_choice(entry: FilterEntry, host: RingHost) -> None:
    look = "background=video\nvideo_path=a\nimage_path=x"
    made = FilterSession(entry, host, Options("auto", "AUTO", look))
    made.refuse(refusal("backdrop_unreadable"), NOW)
    made.choose(Options("auto", "AUTO", look.replace("=x", "=y")))
    assert made.choice_troubles() == [WRONG]
    made.choose(Options("auto", "AUTO", look.replace("=a", "=b")))
    assert made.choice_troubles() == []


def test_a_model_that_works_is_no_trouble_any_more(session: FilterSession) -> None:
    session.refuse(refusal("device_missing"), NOW)
    session.open(Opened(session.number, "m", "CPU", 256, 144, classes=1))
    assert session.choice_troubles() == [WRONG], "only its look has changed"
    session.open(Opened(session.number, "m", "GPU", 256, 144))
    assert session.choice_troubles() == []


def test_a_class_model_that_is_found_is_no_trouble_any_more(session: FilterSession) -> None:
    session.refuse(refusal("class_model_unknown"), NOW)
    session.open(Opened(session.number, "m", "CPU", 256, 144))
    assert session.choice_troubles() == [WRONG]
    session.open(Opened(session.number, "m", "CPU", 256, 144, classes=15, class_model="c"))
    session.choose(Options("auto", "AUTO", "hair_strength=1"))
    assert session.choice_troubles() == []


def test_a_class_model_that_gives_maps_is_no_trouble_any_more(session: FilterSession, host: RingHost) -> None:
    host.ring.end_plane(0, host.ring.begin_plane(0), 8, 8, 32, 15, 1)
    session.refuse(refusal("class_inference_failed"), NOW)
    assert session.choice_troubles() == [WRONG]
    host.ring.end_plane(1, host.ring.begin_plane(1), 8, 8, 32, 15, 2)
    assert session.choice_troubles() == []


def test_trouble_with_a_class_model_that_nothing_needs_is_not_told(session: FilterSession) -> None:
    wanted = Options("auto", "AUTO", "hair_strength=0.5")
    session.choose(wanted)
    session.open(Opened(session.number, "m", "CPU", 256, 144, classes=15, class_model="c"))
    session.refuse(refusal("class_inference_failed"), NOW)
    for options, told in ((wanted, [WRONG]), (OPTIONS, []), (wanted, [WRONG])):
        session.choose(options)
        assert session.choice_troubles() == told


def test_what_the_engine_has_ended_sends_nothing_more(session: FilterSession, host: RingHost) -> None:
    session.refuse(refusal("inference_failed"), NOW)
    assert session.ended_at_ns == NOW
    put_frame(host, 1, 2)
    assert session.next_frame(NOW) is None


def test_a_refused_open_ends_the_session(entry: FilterEntry, host: RingHost) -> None:
    made = FilterSession(entry, host, OPTIONS)
    made.refuse(refusal(), NOW)
    assert made.ended_at_ns == NOW
    put_frame(host, 1, 2)
    assert made.next_frame(NOW) is None
    assert entry.ring_address == 0


def test_opening_publishes_the_ring_and_ends_the_trouble(
    session: FilterSession, entry: FilterEntry, host: RingHost
) -> None:
    assert (entry.work_width, entry.work_height, entry.ring_generation) == (256, 144, 1)
    assert entry.ring_address != 0
    session.refuse(refusal(), NOW)
    assert session.opened is not None
    session.open(session.opened)
    assert session.trouble == ""
    assert entry.ring_generation == 1, "taken from the Lua half although nothing about it has changed"


def test_another_work_size_is_published(session: FilterSession, entry: FilterEntry) -> None:
    session.open(Opened(session.number, model="m", device="CPU", work_width=256, work_height=256))
    assert (entry.work_width, entry.work_height, entry.ring_generation) == (256, 256, 2)


def test_the_classes_of_the_models_at_hand_are_told(session: FilterSession, entry: FilterEntry) -> None:
    assert entry.classes == 0
    session.open(Opened(session.number, "m", "CPU", 256, 144, classes=ClassBit.HAIR | ClassBit.CLOTHES))
    assert entry.classes == 9


def test_a_finished_picture_is_a_result_too(session: FilterSession, host: RingHost) -> None:
    put_frame(host, 0, 1)
    answer = dataclasses.replace(matte_for(sent(session)), holds=ResultKind.COMPOSITE_RGBA)
    assert session.take(answer, NOW)
    assert owners(host)[0] == Owner.RESULT


def test_a_model_that_wants_more_than_a_slot_holds_is_not_published(
    entry: FilterEntry, host: RingHost
) -> None:
    made = FilterSession(entry, host, OPTIONS)
    made.open(Opened(made.number, model="m", device="CPU", work_width=513, work_height=514))
    assert made.opened is None
    assert "larger pictures" in made.trouble
    assert entry.ring_address == 0
    made.open(Opened(made.number, model="m", device="CPU", work_width=513, work_height=513))
    assert entry.ring_address


def test_rate_counts_the_last_two_seconds(session: FilterSession, host: RingHost) -> None:
    for number in range(1, 41):
        put_frame(host, 0, number)
        session.take(matte_for(sent(session, NOW)), NOW + number * 100_000_000)
    assert session.mattes_per_second(NOW + 4_000_000_000) == pytest.approx(10, abs=0.6)
    assert session.mattes_per_second(NOW + 10_000_000_000) == 0


def test_telemetry_adds_both_kinds_of_drops(session: FilterSession, entry: FilterEntry) -> None:
    entry.frames, entry.without_matte_frames, entry.dropped = 100, 7, 3
    session.dropped = 2
    telemetry = session.telemetry(restarts=1)
    assert (telemetry.frames, telemetry.without_matte_frames, telemetry.dropped) == (100, 7, 5)
    assert telemetry.restarts == 1
    encode(telemetry)


def test_telemetry_tells_the_alignment(session: FilterSession, entry: FilterEntry) -> None:
    telemetry = session.telemetry(restarts=0)
    told = (
        telemetry.alignment,
        telemetry.delay_ms,
        telemetry.matte_lag_frames_p50,
        telemetry.repeated_frames,
    )
    assert told == (Alignment.LOW_LATENCY, 0.0, 0, 0)
    entry.alignment, entry.delay_frames, entry.delay_ns = Alignment.EXACT, 2, 66_666_666
    entry.matte_lag_histogram[2], entry.matte_lag_histogram[5] = 30, 10
    entry.repeated_frames = 4
    telemetry = session.telemetry(restarts=0)
    told = (
        telemetry.alignment,
        telemetry.delay_ms,
        telemetry.matte_lag_frames_p50,
        telemetry.repeated_frames,
    )
    assert told == (Alignment.EXACT, 66.7, 2, 4)
    encode(telemetry)
