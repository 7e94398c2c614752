from __future__ import annotations

from tests.unit.obs.conftest import OPTIONS, put_frame, refusal

from selfieseg_obs.filter_session import FilterSession
from selfieseg_obs.model_names import ModelNames
from selfieseg_obs.model_wait import FRESH_NS, describe_share
from selfieseg_obs.options import Options
from selfieseg_obs.ring_host import RingHost
from selfieseg_obs.state_text import (
    describe,
    describe_start,
    ended_by_trouble,
    with_troubles,
)
from selfieseg_obs.words import say
from selfieseg_wire.messages import Matte, ModelRow, Opened, Progress
from selfieseg_wire.structs import Alignment, Drawn, FilterEntry

NOW = 5_000_000_000
NAMES = ModelNames()
BIG = ModelRow("big", "Big model", True, False, False)


def test_before_the_model_is_warm(entry: FilterEntry, host: RingHost) -> None:
    assert describe(FilterSession(entry, host, OPTIONS), NAMES, NOW) == say("python.warming_up")


def test_trouble_that_ended_the_session_comes_first(session: FilterSession) -> None:
    session.refuse(refusal("inference_failed"), NOW)
    assert describe(session, NAMES, NOW) == (
        "Not working: No such model. Choose another one. Until then your background stays hidden."
    )


def test_a_refused_open_is_told(entry: FilterEntry, host: RingHost) -> None:
    made = FilterSession(entry, host, OPTIONS)
    made.refuse(refusal(), NOW)
    assert describe(made, NAMES, NOW).startswith("Not working: No such model.")


def test_running_tells_the_rate(session: FilterSession, host: RingHost) -> None:
    for number in range(1, 61):
        put_frame(host, 0, number)
        frame = session.next_frame(NOW)
        assert frame is not None
        assert session.take(Matte(session.number, number, frame.slot, 1, 0, 8_000_000), NOW)
    assert describe(session, NAMES, NOW) == "running: m on CPU, 30 mattes/s, 8 ms"
    session.refuse(refusal(), NOW)
    assert describe(session, NAMES, NOW) == "running: m on CPU, 30 mattes/s, 8 ms"
    assert not ended_by_trouble(session)


def test_exact_tells_how_late_the_picture_is(
    session: FilterSession, host: RingHost, entry: FilterEntry
) -> None:
    for number in range(1, 61):
        put_frame(host, 0, number)
        frame = session.next_frame(NOW)
        assert frame is not None
        assert session.take(Matte(session.number, number, frame.slot, 1, 0, 8_000_000), NOW)
    entry.delay_frames, entry.delay_ns, entry.drawing = 2, 66_666_666, Drawn.RESULT
    assert describe(session, NAMES, NOW) == "running: m on CPU, 30 mattes/s, 8 ms"
    entry.alignment = Alignment.EXACT
    assert describe(session, NAMES, NOW) == (
        "running: m on CPU, 30 mattes/s, 8 ms; every picture with its own mask, 67 ms late: "
        "set 'Sync Offset' of your microphone to 67 ms (Edit > Advanced Audio Properties)"
    )
    entry.drawing = Drawn.POLICY
    assert "the masks come too late for exact pictures" in describe(session, NAMES, NOW)
    entry.delay_frames = entry.delay_ns = 0  # the first matte is not there yet
    assert describe(session, NAMES, NOW) == "running: m on CPU, 30 mattes/s, 8 ms"


def test_what_is_wrong_all_the_same_is_added() -> None:
    assert with_troubles("running", ["No such model.", "", "No such picture."]) == (
        "running (but: No such model. No such picture.)"
    )
    assert with_troubles("running", ["", ""]) == "running"


def test_a_source_that_is_not_shown_computes_nothing(session: FilterSession) -> None:
    assert "not being shown" in describe(session, NAMES, NOW)


def test_an_engine_that_gives_no_mattes_is_no_hidden_source(
    session: FilterSession, entry: FilterEntry
) -> None:
    assert session.opened == Opened(session.number, "m", "CPU", 256, 144)
    entry.last_render_ns = NOW - 10_000_000
    assert "not being shown" not in describe(session, NAMES, NOW)


def test_an_engine_that_does_not_start_says_why() -> None:
    assert describe_start(0, "") == describe_start(1, "anything") == say("python.starting")
    assert "saying: no disk" in describe_start(2, "no disk")
    assert "saying" not in describe_start(2, "")
    assert "selfieseg doctor" in describe_start(2, "")


def test_the_first_models_download_says_what_is_hidden(entry: FilterEntry, host: RingHost) -> None:
    made = FilterSession(entry, host, OPTIONS)
    names = ModelNames()
    names.take([BIG])
    made.model_wait.tell(Progress(made.number, "big", 34, 100), NOW)
    assert describe(made, names, NOW) == (
        "Downloading Big model: 34 %. Until the first matte your background stays hidden."
    )
    assert describe(made, names, NOW + FRESH_NS + 1) == say("python.warming_up"), "it is compiled"


def test_the_model_at_work_goes_on_while_another_is_downloaded_and_loaded(
    session: FilterSession, entry: FilterEntry
) -> None:
    entry.last_render_ns = NOW
    waiting = describe(session, NAMES, NOW)
    session.choose(Options("big", "AUTO", ""))
    assert describe(session, NAMES, NOW) == f"{waiting}; loading the chosen model"
    session.model_wait.tell(Progress(session.number, "big", 12_340_000, 0), NOW)
    assert describe(session, NAMES, NOW) == f"{waiting}; downloading big: 12.3 MB"
    session.open(Opened(session.number, "big", "CPU", 256, 144))
    assert describe(session, NAMES, NOW) == "waiting for the first matte: big on CPU"


def test_a_download_that_fails_is_not_told_any_more(session: FilterSession, entry: FilterEntry) -> None:
    entry.last_render_ns = NOW
    waiting = describe(session, NAMES, NOW)
    session.choose(Options("big", "AUTO", ""))
    session.model_wait.tell(Progress(session.number, "big", 1, 2), NOW)
    session.refuse(refusal("model_not_obtained"), NOW)
    assert describe(session, NAMES, NOW) == waiting
    assert session.choice_troubles() == ["No such model. Choose another one."]


def test_shares() -> None:
    assert describe_share(Progress(1, "big", 999, 1000)) == "99 %"
    assert describe_share(Progress(1, "big", 2000, 1000)) == "100 %"
    assert describe_share(Progress(1, "big", 0, 0)) == "0.0 MB"
