"""The helper's inner loop, round by round, with a fake engine and a clock of the test's own."""

from __future__ import annotations

import ctypes
import errno
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.obs.conftest import FakeLibObs, claim

from selfieseg_obs import filter_sessions
from selfieseg_obs import supervisor as supervisor_module
from selfieseg_obs.backdrop_retry import RETRY_SECONDS
from selfieseg_obs.bell import Bell
from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.chores import Chores
from selfieseg_obs.engine_environment import EngineEnvironment
from selfieseg_obs.filter_sessions import TRY_AGAIN_SECONDS
from selfieseg_obs.ring_host import RESULT_CAPACITY_BYTES, RingHost
from selfieseg_obs.supervision import (
    IDLE_LIMIT_S,
    SHORT_LIVES_FORGIVEN,
    SILENCE_LIMIT_S,
    WELCOME_LIMIT_S,
)
from selfieseg_obs.supervisor import QUIET_SECONDS, Supervisor
from selfieseg_obs.words import say
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import (
    Backdrop,
    BackdropDone,
    Close,
    Configure,
    Error,
    Frame,
    Matte,
    Message,
    ModelRow,
    Models,
    Open,
    Opened,
    Ping,
    Pong,
    Progress,
    Telemetry,
    Welcome,
)
from selfieseg_wire.paths import run_dir
from selfieseg_wire.ring import Ring
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import Bridge, FilterEntry, FilterState, Owner

NOT_WELCOME = Error(0, "not_welcome", "Who are you?", "Say Hello.")
RECORD = EngineRecord(4242, "ipc:///nowhere", "token", "0.1", 1)


class FakeEngine:
    """Process and link in one: what was done to it, and what it says next."""

    def __init__(self) -> None:
        self.starts = self.kills = self.links = self.hang_ups = 0
        self.alive = self.listens = False
        self.dies_at_start = self.is_slow_to_listen = self.refuses_hello = False
        self.sent: list[Message] = []
        self.says: list[Message] = []

    def start(self) -> None:
        self.starts += 1
        self.alive = not self.dies_at_start
        self.listens = self.alive and not self.is_slow_to_listen

    def record(self) -> EngineRecord | None:
        return RECORD if self.listens else None

    def is_alive(self, _record: EngineRecord | None) -> bool:
        return self.alive

    def kill(self, _record: EngineRecord | None) -> None:
        self.kills += 1
        self.alive = self.listens = False

    def last_words(self) -> str:
        return "ImportError: no openvino"

    def let_go(self) -> None:
        pass

    def connect(self, _record: EngineRecord, _ear: int, _name: str) -> FakeEngine:
        self.links += 1
        if self.refuses_hello:
            self.says.append(NOT_WELCOME)
        else:
            self.says.append(Welcome(4242, "0.1"))
        return self

    def wait(self, _timeout_ms: int) -> None:
        pass

    def send(self, message: Message) -> bool:
        self.sent.append(message)
        return True

    def received(self) -> Iterator[Message]:
        says, self.says = self.says, []
        return iter(says)

    def close(self, _linger_ms: int = 0) -> None:
        self.hang_ups += 1

    def of(self, *kinds: type[Message]) -> list[Message]:
        return [message for message in self.sent if isinstance(message, kinds)]


class Rounds:
    """A supervisor that goes round when told."""

    def __init__(self, libobs: FakeLibObs, bridge: BridgeView, bell: Bell) -> None:
        environment = EngineEnvironment(Path("/usr/bin/python3"), "3.11", ())
        self.chores = Chores(libobs, bridge)
        supervisor = Supervisor(libobs, bridge, bell, environment, self.chores, self.on_service)
        self.supervisor = supervisor
        self.services = 0
        self._libobs = libobs

    def go(self, count: int = 1, seconds: float = 0.05) -> None:
        for _ in range(count):
            self._libobs.now_ns += int(seconds * 1e9)
            self.supervisor._go_round()

    def stop(self) -> None:
        self.supervisor.run(lambda: True)
        self.chores.end()

    def on_service(self) -> None:
        self.services += 1


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def rounds(
    libobs: FakeLibObs, bridge: Bridge, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rounds]:
    monkeypatch.setattr(supervisor_module, "EngineProcess", lambda _environment: engine)
    monkeypatch.setattr(supervisor_module, "EngineLink", engine.connect)
    monkeypatch.setattr(supervisor_module, "LOOP_MS", 0)
    bell = Bell()
    made = Rounds(libobs, BridgeView(ctypes.addressof(bridge)), bell)
    yield made
    made.stop()
    bell.close()


def text_of(holder: Bridge | FilterEntry) -> str:
    raw: bytes = holder.text[holder.text_index % 2].value
    return raw.decode()


def opening(engine: FakeEngine) -> Open:
    """Return how the last session was opened."""
    found = engine.of(Open)[-1]
    assert isinstance(found, Open)
    return found


def opened(engine: FakeEngine, rounds: Rounds) -> int:
    """Bring the last session up; return its number."""
    rounds.go(4)
    session = opening(engine).session
    engine.says.append(Opened(session, "m", "CPU", 256, 144))
    rounds.go()
    return session


def serve(engine: FakeEngine, rounds: Rounds) -> None:
    """Let the last session's filter have a frame, and the engine answer it."""
    with SharedRegion.open(Path(opening(engine).ring_path)) as region:
        ring = Ring.attach(region.memory)
        slot = ring.slot(2)
        slot.frame_seq_begin = slot.frame_seq_end = slot.frame_seq_end + 1
        slot.frame_width, slot.frame_height, slot.frame_stride, slot.frame_format = 256, 144, 1024, 1
        slot.owner = Owner.FRAME
        rounds.go()
        engine.says.append(Matte(opening(engine).session, slot.frame_seq_end, 2, 1, 0, 1000))
        rounds.go()
        assert slot.owner == Owner.RESULT
        slot.owner = Owner.FREE
        del slot
        ring.release()


def test_without_a_filter_no_engine_is_started(rounds: Rounds, engine: FakeEngine) -> None:
    rounds.go(20)
    assert engine.starts == 0


def test_a_filter_starts_one_engine_and_gets_a_session(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    first = opening(engine)
    assert (first.source, first.model, first.device) == ("Camera", "auto", "AUTO")
    assert Path(first.ring_path).exists()
    assert (engine.starts, engine.links) == (1, 1)
    assert (entry.work_width, entry.work_height) == (256, 144)
    assert entry.ring_address


def test_an_engine_that_runs_is_found(rounds: Rounds, engine: FakeEngine, entry: FilterEntry) -> None:
    engine.alive = engine.listens = True
    rounds.go(5)
    assert (engine.starts, engine.links) == (0, 1)


def test_a_frame_goes_out_and_its_matte_comes_back(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    session = opened(engine, rounds)
    with SharedRegion.open(Path(opening(engine).ring_path)) as region:
        ring = Ring.attach(region.memory)
        slot = ring.slot(2)
        slot.frame_seq_begin = slot.frame_seq_end = 5
        slot.frame_width, slot.frame_height, slot.frame_stride, slot.frame_format = 256, 144, 1024, 1
        slot.owner = Owner.FRAME
        rounds.go()
        assert engine.of(Frame) == [Frame(session, 5, 2, 256, 144, 1024, 1, 0)]
        engine.says.append(Matte(session, 5, 2, 1, 0, 1000))
        rounds.go()
        assert slot.owner == Owner.RESULT
        del slot
        ring.release()


def test_no_room_for_one_filters_ring_leaves_the_others_alone(
    rounds: Rounds,
    engine: FakeEngine,
    entry: FilterEntry,
    bridge: Bridge,
    libobs: FakeLibObs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rings of finished pictures are large, those of mattes are not."""
    first = opened(engine, rounds)
    full = OSError(errno.ENOSPC, "No space left on device")

    def no_room(*_arguments: object) -> RingHost:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(filter_sessions, "RingHost", no_room)
        second = claim(bridge, 1)
        rounds.go(20, seconds=0.15)
        told = say("python.trouble.no_shared_memory", folder=run_dir(), why="No space left on device")
        assert libobs.logged.count(told) == 1
        assert text_of(second) == say("python.not_working", why=told)
        assert (engine.of(Close), engine.hang_ups) == ([], 0)
        serve(engine, rounds)
        rounds.go(20, seconds=0.15)
        assert libobs.logged.count(told) == 1
        assert opening(engine).session == first
    rounds.go(1, seconds=2.5)
    assert opening(engine).session != first
    rounds.go(1, seconds=1.0)
    assert text_of(second) == say("python.warming_up")


def test_all_is_taken_back_although_one_step_fails(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(engine, rounds)

    def fail() -> None:
        raise PermissionError("another process has the file open")

    with monkeypatch.context() as patch:
        patch.setattr(rounds.supervisor._pictures, "end", fail)
        with pytest.raises(PermissionError):
            rounds.supervisor.run(lambda: True)
    assert entry.ring_address == 0
    assert engine.hang_ups == 1


def test_a_filter_that_goes_gives_its_ring_back_after_the_last_render(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs, tmp_path: Path
) -> None:
    session = opened(engine, rounds)
    entry.render_count = 7  # odd: a render is under way
    published = entry.ring_address

    def end_the_render() -> None:
        while entry.ring_address == published:
            time.sleep(0.001)
        ring_file = next((tmp_path / "run").glob("ring-*"), None)
        still_mapped.append(ring_file is not None)
        entry.render_count = 8

    still_mapped: list[bool] = []
    render = threading.Thread(target=end_the_render)
    render.start()
    entry.state = FilterState.CLOSED
    rounds.go()
    render.join()
    assert still_mapped == [True]
    assert not list((tmp_path / "run").glob("ring-*"))
    assert engine.of(Close) == [Close(session)]
    assert entry.ring_address == 0
    assert entry.state == FilterState.UNUSED
    assert list((tmp_path / "run").iterdir()) == []


def test_a_filter_in_the_place_of_another_gets_its_own_session(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge, entry: FilterEntry
) -> None:
    first = opened(engine, rounds)
    entry.state = FilterState.CLOSED
    rounds.go()
    again = claim(bridge, 0, b"Other")
    second = opened(engine, rounds)
    assert second != first
    assert again.ring_address


def test_other_options_are_told_to_the_engine(rounds: Rounds, engine: FakeEngine, entry: FilterEntry) -> None:
    session = opened(engine, rounds)
    entry.model = b"selfie_segmentation"
    rounds.go(3)
    assert engine.of(Configure) == [Configure(session, "selfie_segmentation", "AUTO", "", 1280, 720)]


def test_another_model_is_downloaded_while_the_present_one_goes_on(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    session = opened(engine, rounds)
    engine.says.append(Models((ModelRow("big", "Big model", True, False, False),)))
    entry.model = b"big"
    for percent in (0, 34):
        engine.says.append(Progress(session, "big", percent, 100))
        serve(engine, rounds)
        rounds.go(12)
    assert text_of(entry).startswith("running: m on CPU")
    assert text_of(entry).endswith("; downloading Big model: 34 %")
    rounds.go(30)
    assert text_of(entry).endswith("; loading the chosen model"), "the engine tells of no download any more"
    engine.says.append(Opened(session, "big", "CPU", 256, 144))
    serve(engine, rounds)
    rounds.go(12)
    assert text_of(entry).startswith("running: big on CPU")
    assert "load" not in text_of(entry)
    assert [line for line in libobs.logged if "downloading" in line] == ["'Camera': downloading Big model"]


def test_an_open_dialogue_follows_a_download(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[str] = []
    monkeypatch.setattr(rounds.chores, "renew_dialogue", lambda _key: renewed.append(text_of(entry)))
    session = opened(engine, rounds)
    serve(engine, rounds)
    rounds.go(40)
    assert renewed == [], "how many mattes there are does not disturb whoever works in it"
    entry.model = b"big"
    for percent in (10, 10, 20):
        engine.says.append(Progress(session, "big", percent, 100))
        rounds.go(25)
    engine.says.append(Opened(session, "big", "CPU", 256, 144))
    rounds.go(25)
    assert [text.rpartition("; ")[2] for text in renewed[:2]] == [
        "downloading big: 10 %",
        "downloading big: 20 %",
    ]
    assert "big on CPU" in renewed[-1]
    assert "load" not in renewed[-1]
    assert len(renewed) == 3
    engine.says.append(Models((ModelRow("big", "Big model", True, False, True),)))
    rounds.go(25)
    assert len(renewed) == 4


def test_the_engines_list_of_models_is_the_dialogues_also_while_there_is_no_engine(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, bridge: Bridge
) -> None:
    opened(engine, rounds)
    assert bridge.model_list_version == 0
    engine.says.append(Models((ModelRow("big", "Big model", True, False, False),)))
    rounds.go()
    assert (bridge.model_list, bridge.model_list_version) == (b"big\tm\tBig model\n", 2)
    engine.alive = engine.listens = False
    rounds.go(40)
    assert bridge.model_list == b"big\tm\tBig model\n"


def test_a_silent_engine_is_killed_told_once_and_replaced(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    opened(engine, rounds)
    rounds.go(int(SILENCE_LIMIT_S / 0.1) + 3, seconds=0.1)
    assert engine.kills == 1
    assert entry.ring_address == 0, "no frame may be sent to it any more"
    assert sum("does not answer" in line for line in libobs.logged) == 1
    rounds.go(40)
    assert engine.starts == 2


def test_an_engine_that_pongs_is_left_alone(rounds: Rounds, engine: FakeEngine, entry: FilterEntry) -> None:
    opened(engine, rounds)
    for _ in range(100):
        engine.says.append(Pong(1))
        rounds.go(seconds=0.5)
    assert engine.kills == 0
    assert len(engine.of(Ping)) > 90
    assert len(engine.of(Telemetry)) > 40


def test_a_crashed_engine_is_replaced(rounds: Rounds, engine: FakeEngine, entry: FilterEntry) -> None:
    opened(engine, rounds)
    engine.alive = engine.listens = False
    rounds.go(40)
    assert engine.starts == 2
    assert len(engine.of(Open)) == 2


def refused(engine: FakeEngine, rounds: Rounds, code: str = "model_missing") -> int:
    """Let the engine refuse the last session; return its number."""
    session = opening(engine).session
    engine.says.append(Error(session, code, "The model is gone.", "Fetch it."))
    rounds.go()
    return session


def test_a_refusal_is_told_in_the_filters_text_and_once_in_the_log(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    rounds.go(4)
    for _ in range(3):
        refused(engine, rounds)
        rounds.go(20)
    assert text_of(entry).startswith("Not working: The model is gone. Fetch it.")
    assert "hidden" in text_of(entry)
    assert [line for line in libobs.logged if "gone" in line] == ["The model is gone. Fetch it."]


def test_after_a_refused_open_another_choice_opens_another_session(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs, tmp_path: Path
) -> None:
    """The engine has no session that a Configure could change."""
    rounds.go(4)
    first = refused(engine, rounds)
    rounds.go(20)
    assert len(engine.of(Open)) == 1, "asked again for what was refused just now"
    entry.model = b"selfie_segmentation"
    second = opened(engine, rounds)
    assert second != first
    assert (opening(engine).model, len(engine.of(Open))) == ("selfie_segmentation", 2)
    assert engine.of(Configure) == []
    assert engine.of(Close) == [Close(first)]
    assert len(list((tmp_path / "run").iterdir())) == 1, "rings"
    serve(engine, rounds)
    rounds.go(20)
    assert "Not working" not in text_of(entry)


def test_another_choice_before_the_engine_has_answered_opens_another_session(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    rounds.go(4)
    first = opening(engine).session
    entry.device = b"GPU"
    rounds.go(2)
    second = opening(engine)
    assert second.device == "GPU"
    engine.says.append(Opened(first, "m", "CPU", 256, 144))
    rounds.go()
    assert entry.ring_address == 0, "the answer to the first choice was taken for the second one's"
    engine.says.append(Opened(second.session, "m", "GPU", 256, 144))
    rounds.go()
    assert entry.ring_address


def test_an_engine_that_has_given_us_up_is_greeted_again(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    """OBS was stopped or suspended: the engine has dropped its silent client, and with it the sessions."""
    first = opened(engine, rounds)
    engine.says += [NOT_WELCOME, NOT_WELCOME]
    rounds.go()
    assert entry.ring_address == 0
    assert opened(engine, rounds) != first
    assert (engine.starts, engine.kills, engine.links) == (1, 0, 2)
    serve(engine, rounds)


def test_an_engine_that_refuses_our_hello_is_replaced(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    """Its record holds another token than its own: only a new engine writes a new one."""
    engine.refuses_hello = True
    rounds.go(int((WELCOME_LIMIT_S + 0.5) / 0.05))
    assert engine.links <= 2
    assert engine.kills == 1


def test_a_session_that_the_engine_has_ended_is_opened_again_after_a_while(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    first = opened(engine, rounds)
    refused(engine, rounds, "inference_failed")
    for _ in range(int(TRY_AGAIN_SECONDS) - 1):
        engine.says.append(Pong(1))
        rounds.go(20)
    assert len(engine.of(Open)) == 1
    for _ in range(2):
        engine.says.append(Pong(1))
        rounds.go(20)
    assert len(engine.of(Open)) == 2
    assert engine.of(Close) == [Close(first)]
    opened(engine, rounds)
    serve(engine, rounds)


def test_another_choice_opens_a_session_that_the_engine_has_ended_at_once(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    refused(engine, rounds, "inference_failed")
    entry.device = b"GPU"
    rounds.go(2)
    assert opening(engine).device == "GPU"
    assert engine.of(Configure) == []


def test_a_frame_that_was_refused_ends_nothing(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    opened(engine, rounds)
    refused(engine, rounds, "frame_size")
    serve(engine, rounds)
    assert len(engine.of(Open)) == 1
    assert not any("gone" in line for line in libobs.logged)


@pytest.mark.parametrize("code", ["class_model_unknown", "backdrop_unreadable", "look_failed"])
def test_a_choice_that_was_refused_is_told_and_ends_nothing(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs, code: str
) -> None:
    opened(engine, rounds)
    for _ in range(3):
        refused(engine, rounds, code)
        for _ in range(int(TRY_AGAIN_SECONDS) + 1):
            engine.says.append(Pong(1))
            rounds.go(20)
        serve(engine, rounds)
    assert (len(engine.of(Open)), engine.of(Close)) == (1, [])
    assert "(but: The model is gone. Fetch it.)" in text_of(entry)
    assert "Not working" not in text_of(entry)
    assert [line for line in libobs.logged if "gone" in line] == ["The model is gone. Fetch it."]
    entry.look = b"class_model=other\nbackground=color"
    rounds.go(20)
    assert "gone" not in text_of(entry)
    assert len(engine.of(Open)) == 1


@pytest.mark.parametrize("was_there", [True, False])
def test_a_background_that_the_engine_could_not_use_is_tried_again_when_its_file_has_changed(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, tmp_path: Path, was_there: bool
) -> None:
    """The engine neither looks again by itself, nor tells the same trouble twice in a session."""

    def wait() -> None:
        for _ in range(int(RETRY_SECONDS) + 1):
            engine.says.append(Pong(1))
            rounds.go(20)

    beach = tmp_path / "beach.png"
    if was_there:
        beach.write_text("half")
    entry.look = f"background=image\nimage_path={beach}\neffects_in_engine=1".encode()
    opened(engine, rounds)
    refused(engine, rounds, "backdrop_unreadable")
    wait()
    assert len(engine.of(Open)) == 1
    beach.write_text("a whole picture")
    wait()
    assert len(engine.of(Open)) == 2
    opened(engine, rounds)
    wait()
    assert len(engine.of(Open)) == 2
    assert "gone" not in text_of(entry)


def test_stopping_leaves_nothing_published(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs, tmp_path: Path
) -> None:
    opened(engine, rounds)
    rounds.stop()
    assert entry.ring_address == 0
    assert list((tmp_path / "run").iterdir()) == []


def test_an_engine_that_dies_at_its_start_is_started_ever_more_rarely(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    engine.dies_at_start = True
    rounds.go(200)  # ten seconds
    assert 3 <= engine.starts <= 6
    told = entry.text[entry.text_index % 2].value.decode()
    assert "ends as soon as it is started, saying: ImportError: no openvino" in told
    assert "selfieseg doctor" in told


def test_an_engine_that_dies_after_its_first_matte_is_not_started_for_ever(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    """A crash on some frame: replaced at once at first, as after a kill, then ever more rarely."""
    waits = []
    for _ in range(SHORT_LIVES_FORGIVEN + 3):
        opened(engine, rounds)
        serve(engine, rounds)
        engine.alive = engine.listens = False
        starts, lost_ns = engine.starts, libobs.now_ns
        while engine.starts == starts:
            rounds.go()
        waits.append((libobs.now_ns - lost_ns) / 1e9)
    assert max(waits[:SHORT_LIVES_FORGIVEN]) < 0.2
    assert waits[SHORT_LIVES_FORGIVEN:] == pytest.approx([0.5, 1.0, 2.0], abs=0.2)


def test_an_engine_that_dies_at_its_start_gets_no_credit_for_the_one_before(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    serve(engine, rounds)
    entry.state = FilterState.CLOSED
    rounds.go(int((IDLE_LIMIT_S + 0.2) / 0.05))
    engine.alive = engine.listens = False  # by itself: its last client has gone
    engine.dies_at_start = True
    claim(bridge)
    rounds.go(6)
    assert engine.starts == 2, "started again without a pause"


def test_an_engine_that_nobody_waited_for_was_not_lost(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    """The filter goes while the engine starts; without a client the engine ends by itself."""
    engine.is_slow_to_listen = True
    rounds.go(2)
    entry.state = FilterState.CLOSED
    rounds.go(2)
    engine.alive = False
    rounds.go(100)
    engine.is_slow_to_listen = False
    claim(bridge)
    opened(engine, rounds)
    assert (engine.starts, engine.kills) == (2, 0)
    assert not any("restarted" in line for line in libobs.logged)


def test_an_engine_is_not_killed_because_this_thread_was_held_up(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    """A script that holds the GIL for ten seconds, or a suspended laptop, is no silence of the engine."""
    opened(engine, rounds)
    engine.says.append(Pong(1))
    rounds.go(seconds=10)
    assert engine.kills == 0
    rounds.go(3)
    assert engine.kills == 0


def test_after_a_hold_up_the_engine_has_its_whole_time_to_say_something(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    rounds.go(seconds=3600)  # suspended
    rounds.go(int(SILENCE_LIMIT_S / 0.1) - 2, seconds=0.1)
    assert engine.kills == 0
    rounds.go(5, seconds=0.1)
    assert engine.kills == 1


def test_an_engine_that_starts_is_not_killed_because_this_thread_was_held_up(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    engine.is_slow_to_listen = True
    rounds.go(2)
    rounds.go(seconds=3600)
    rounds.go(2)
    assert (engine.starts, engine.kills) == (1, 0)
    engine.listens = True
    opened(engine, rounds)


def test_silence_is_told_before_it_is_a_reason_to_kill(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    rounds.go(int((QUIET_SECONDS + 1) / 0.1), seconds=0.1)
    assert engine.kills == 0
    assert text_of(bridge) == say("python.engine_silent")
    engine.says.append(Pong(1))
    rounds.go(10)
    assert text_of(bridge) == ""


def test_a_session_that_fails_at_its_first_frame_again_and_again_is_told_once(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    """Every ten seconds, for as long as OBS runs."""
    for number in range(1, 5):
        opened(engine, rounds)
        refused(engine, rounds, "inference_failed")
        for _ in range(int(TRY_AGAIN_SECONDS) + 1):
            engine.says.append(Pong(1))
            rounds.go(20)
        assert len(engine.of(Open)) == number + 1
    assert libobs.logged == ["'Camera': m on CPU", "The model is gone. Fetch it."]
    opened(engine, rounds)
    serve(engine, rounds)
    refused(engine, rounds, "inference_failed")
    assert libobs.logged[2:] == ["The model is gone. Fetch it."], "it had worked since"


def test_every_change_of_a_model_that_works_is_logged(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    session = opened(engine, rounds)
    for model in ("n", "m", "n"):
        engine.says.append(Opened(session, model, "CPU", 256, 144))
        rounds.go()
    assert libobs.logged == [f"'Camera': {model} on CPU" for model in "mnmn"]


def test_service_begins_with_the_first_matte_of_each_life(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    assert rounds.services == 0, "an open session is no matte"
    engine.says.append(Matte(opening(engine).session, 77, 2, 1, 0, 1000))  # answers nothing
    rounds.go()
    assert rounds.services == 0
    for _ in range(3):
        serve(engine, rounds)
    assert rounds.services == 1
    engine.alive = engine.listens = False
    rounds.go(3)
    opened(engine, rounds)
    assert rounds.services == 1
    serve(engine, rounds)
    assert rounds.services == 2


def test_a_source_that_is_not_shown_costs_no_session(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge
) -> None:
    """Before it was ever drawn nobody knows its name, either."""
    entry = claim(bridge, shown=False)
    rounds.go(20)
    assert engine.of(Open) == []
    assert "not being shown" in text_of(entry)
    entry.source_name, entry.frames, entry.frame_width, entry.frame_height = b"Late", 1, 640, 360
    opened(engine, rounds)
    assert opening(engine).source == "Late"


def test_filters_that_come_and_go_unseen_leave_no_entry_behind(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge
) -> None:
    for _ in range(40):
        claim(bridge, shown=False).state = FilterState.CLOSED
        rounds.go()
        assert bridge.filters[0].state == FilterState.UNUSED


def test_a_scene_switch_keeps_the_engine(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge, entry: FilterEntry
) -> None:
    """All filters go for a moment and come back."""
    opened(engine, rounds)
    entry.state = FilterState.CLOSED
    for _ in range(int(IDLE_LIMIT_S) - 1):
        engine.says.append(Pong(1))
        rounds.go(20)
    claim(bridge)
    opened(engine, rounds)
    assert (engine.starts, engine.links, engine.kills) == (1, 1, 0)


def test_without_a_filter_the_engine_is_left_after_a_while(
    rounds: Rounds, engine: FakeEngine, bridge: Bridge, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    entry.state = FilterState.CLOSED
    rounds.go(int((IDLE_LIMIT_S + 0.2) / 0.05))
    assert engine.kills == 0, "it ends by itself when its last client has gone"
    assert engine.hang_ups == 1
    claim(bridge)
    opened(engine, rounds)
    assert engine.links == 2


def test_a_work_size_that_does_not_fit_the_ring_is_refused(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    rounds.go(4)
    engine.says.append(Opened(opening(engine).session, "m", "CPU", 4096, 4096))
    rounds.go(20)
    assert entry.ring_address == 0
    assert "Not working" in text_of(entry)
    assert "larger pictures" in text_of(entry)


def test_a_work_size_that_does_not_fit_is_not_logged_as_working(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    rounds.go(4)
    engine.says.append(Opened(opening(engine).session, "m", "CPU", 4096, 4096))
    rounds.go()
    assert not any("m on CPU" in line for line in libobs.logged)
    assert any("larger pictures" in line for line in libobs.logged)


def test_the_look_and_the_frames_size_go_to_the_engine(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    entry.look = b"background=blur\nblur_strength=30"
    session = opened(engine, rounds)
    first = opening(engine)
    assert (first.look, first.frame_width, first.frame_height) == (entry.look.decode(), 1280, 720)
    entry.look = b"background=blur\nblur_strength=31"
    rounds.go(3)
    assert engine.of(Configure) == [Configure(session, "auto", "AUTO", entry.look.decode(), 1280, 720)]
    assert len(engine.of(Open)) == 1


def test_a_look_that_changes_before_the_engine_has_answered_is_sent_afterwards(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    """A slider that is drawn must not load the model again and again."""
    rounds.go(4)
    for strength in range(5):
        entry.look = f"blur_strength={strength}".encode()
        rounds.go()
    assert (len(engine.of(Open)), engine.of(Configure)) == (1, [])
    opened(engine, rounds)
    rounds.go()
    session = opening(engine).session
    assert engine.of(Configure) == [Configure(session, "auto", "AUTO", "blur_strength=4", 1280, 720)]


def test_another_size_of_the_picture_is_told_once_it_has_settled(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    """A telephone that is turned; a window that was small when it was first seen."""
    session = opened(engine, rounds)
    for width in range(1000, 1020):  # somebody draws it larger
        entry.frame_width = width
        rounds.go()
    entry.frame_width, entry.frame_height = 720, 1280
    rounds.go(9)
    assert engine.of(Configure) == []
    rounds.go(20)
    assert engine.of(Configure) == [Configure(session, "auto", "AUTO", "", 720, 1280)]
    entry.frame_width, entry.frame_height = 0, 0  # a source between two pictures
    rounds.go(20)
    entry.frame_width, entry.frame_height = 720, 1280
    rounds.go(20)
    assert len(engine.of(Configure)) == len(engine.of(Open)) == 1


def test_a_session_that_has_ended_is_not_told_of_sizes(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    """The engine would answer that there is no such session, in place of the real reason."""
    session = opened(engine, rounds)
    engine.says.append(Error(session, "no_memory", "there is no memory", "close something"))
    rounds.go()
    entry.frame_width, entry.frame_height = 720, 1280
    rounds.go(40)
    assert engine.of(Configure) == []
    assert "There is no memory" in text_of(entry)


def test_another_look_is_no_news(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs
) -> None:
    session = opened(engine, rounds)
    generation = entry.ring_generation
    engine.says.append(Opened(session, "m", "CPU", 256, 144, classes=2))
    rounds.go()
    assert len([line for line in libobs.logged if "m on CPU" in line]) == 1
    assert (entry.ring_generation, entry.classes) == (generation, 2)


def ring_capacity(engine: FakeEngine) -> int:
    with SharedRegion.open(Path(opening(engine).ring_path)) as region:
        ring = Ring.attach(region.memory)
        capacity = ring.layout.result_capacity
        ring.release()
    return capacity


def test_finished_pictures_have_a_ring_of_their_own(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    entry.look = b"effects_in_engine=1"
    rounds.go(2)
    assert len(engine.of(Open)) == 2
    assert ring_capacity(engine) == 1280 * 720 * 4
    opened(engine, rounds)
    entry.frame_width, entry.frame_height = 1920, 1080
    rounds.go(2)
    assert ring_capacity(engine) == 1920 * 1080 * 4
    entry.look = b"effects_in_engine=1\nview=matte"
    rounds.go(2)
    assert (len(engine.of(Open)), opening(engine).look) == (4, "effects_in_engine=0\nview=matte")
    assert ring_capacity(engine) == RESULT_CAPACITY_BYTES


def test_frames_that_fit_no_ring_are_composed_by_obs(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, tmp_path: Path
) -> None:
    (tmp_path / "beach.png").write_text("a picture")
    look = f"background=image\nimage_path={tmp_path / 'beach.png'}\neffects_in_engine=1"
    entry.look = look.encode()
    entry.frame_width, entry.frame_height = 7680, 4320
    opened(engine, rounds)
    rounds.go(2)
    assert opening(engine).look == look.replace("engine=1", "engine=0")
    assert ring_capacity(engine) == RESULT_CAPACITY_BYTES
    assert len(engine.of(Backdrop)) == 1, "nobody draws the picture"


def test_for_mattes_another_frame_size_changes_nothing(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry
) -> None:
    opened(engine, rounds)
    entry.frame_width, entry.frame_height = 1920, 1080
    rounds.go(3)
    assert len(engine.of(Open)) == 1


def test_a_session_waits_for_the_frames_size(rounds: Rounds, engine: FakeEngine, entry: FilterEntry) -> None:
    entry.frame_width = 0
    rounds.go(10)
    assert engine.of(Open) == []
    entry.frame_width = 1280
    opened(engine, rounds)


def test_a_picture_is_asked_for_published_and_survives_the_engine(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, tmp_path: Path
) -> None:
    (tmp_path / "beach.png").write_text("x")
    entry.look = f"background=image\nimage_path={tmp_path / 'beach.png'}".encode()
    session = opened(engine, rounds)
    (backdrop,) = engine.of(Backdrop)
    assert isinstance(backdrop, Backdrop)
    assert backdrop.session == session
    engine.says.append(BackdropDone(session, backdrop.serial, "", ""))
    rounds.go()
    published = entry.backdrop_address
    assert published
    engine.alive = engine.listens = False
    rounds.go(3)
    opened(engine, rounds)
    rounds.go(10)
    assert entry.backdrop_address == published
    assert len(engine.of(Backdrop)) == 1
    entry.state = FilterState.CLOSED
    rounds.go()
    assert entry.backdrop_address == 0
    assert not list((tmp_path / "run").glob("backdrop-*"))


def test_trouble_with_the_background_is_told_beside_the_state_and_passes(
    rounds: Rounds, engine: FakeEngine, entry: FilterEntry, libobs: FakeLibObs, tmp_path: Path
) -> None:
    entry.look = f"background=image\nimage_path={tmp_path / 'no.png'}".encode()
    opened(engine, rounds)
    serve(engine, rounds)
    rounds.go(20)
    assert text_of(entry).startswith("running: m on CPU")
    assert "(but: The background picture" in text_of(entry)
    assert len([line for line in libobs.logged if "no.png" in line]) == 1
    (tmp_path / "no.png").write_text("x")
    engine.says.append(Pong(1))
    rounds.go(30)
    (backdrop,) = engine.of(Backdrop)
    assert isinstance(backdrop, Backdrop)
    engine.says.append(BackdropDone(backdrop.session, backdrop.serial, "", ""))
    rounds.go(20)
    assert "but:" not in text_of(entry)
