"""The helper thread with a fake OBS: trouble is told once, tried again, and passes."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.obs.conftest import FakeLibObs, claim

from selfieseg_obs import helper as helper_module
from selfieseg_obs import supervisor
from selfieseg_obs.bridge import BridgeView, FilterKey, FilterRound
from selfieseg_obs.engine_environment import EngineEnvironment
from selfieseg_obs.helper import Helper
from selfieseg_obs.lua_half import LuaHalf
from selfieseg_obs.trouble import TroubleError
from selfieseg_wire.structs import Bridge, FilterState


class World:
    """What the helper meets: the environment may be in trouble, the supervisor serves until it is stopped."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.trouble_while_serving: Exception | None = None
        self.chores_trouble: Exception | None = None
        self.attempts = 0
        self.serving = threading.Event()
        self.gives_mattes = True
        self.chores: list[str] = []
        self.seen: set[FilterKey] = set()
        self.freed: list[int] = []

    def read_record(self) -> EngineEnvironment:
        self.attempts += 1
        if self.trouble is not None:
            raise type(self.trouble)(*self.trouble.args)
        return EngineEnvironment(Path("/usr/bin/python3"), "3.11", ())


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    class Supervisor:
        def __init__(
            self,
            _libobs: Any,
            bridge: BridgeView,
            _bell: Any,
            _environment: Any,
            chores: Any,
            on_service: Callable[[], None],
        ) -> None:
            assert isinstance(chores, Chores)
            self._bridge = bridge
            self._on_service = on_service

        def run(self, stopping: Callable[[], bool]) -> None:
            self._bridge.set_text("")
            if made.trouble_while_serving is not None:
                raise type(made.trouble_while_serving)(*made.trouble_while_serving.args)
            if made.gives_mattes:
                self._on_service()
            made.serving.set()
            while not stopping() and not self._bridge.closed:
                time.sleep(0.005)
            made.serving.clear()

    class Chores:
        """Notes when it is there, and what its end meets."""

        def __init__(self, _libobs: Any, bridge: BridgeView) -> None:
            self._bridge = bridge
            made.chores.append("begin")

        def go_round(self, filters: FilterRound, _now: float) -> None:
            made.seen |= filters.present.keys()
            if made.chores_trouble is not None:
                raise type(made.chores_trouble)(*made.chores_trouble.args)

        def end(self) -> None:
            made.chores.append("end, freed" if self._bridge.address in made.freed else "end")

    monkeypatch.setattr(helper_module, "Chores", Chores)
    monkeypatch.setattr(helper_module, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(helper_module, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(helper_module, "read_install_record", made.read_record)
    monkeypatch.setattr(helper_module, "import_messaging", lambda _environment: None)
    monkeypatch.setattr(supervisor, "Supervisor", Supervisor)
    return made


@pytest.fixture
def helper(libobs: FakeLibObs, bridge: Bridge, world: World, tmp_path: Path) -> Iterator[Helper]:
    libobs.bridge_text = str(ctypes.addressof(bridge))
    libobs.freed = world.freed
    made = Helper(libobs, LuaHalf(libobs, tmp_path))
    yield made
    if made._thread.is_alive():
        made.stop()


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def text_of(bridge: Bridge) -> str:
    raw: bytes = bridge.text[bridge.text_index % 2].value
    return raw.decode()


def test_it_attaches_publishes_the_bell_and_serves(helper: Helper, bridge: Bridge, world: World) -> None:
    helper.start()
    assert world.serving.wait(5)
    assert bridge.python_attached == 1
    assert bridge.bell >= 0
    assert bridge.python_beat_ns > 0


def test_stopping_leaves_nothing_published(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    helper.start()
    assert world.serving.wait(5)
    entry = bridge.filters[3]
    entry.state, entry.render_count = FilterState.LIVE, 1  # a render may be sending to the bell
    rang_at_the_end = []

    def end_the_render() -> None:
        rope = bridge.bell
        while bridge.bell != -1:
            time.sleep(0.001)
        with socket.socket(fileno=os.dup(rope)) as still_open:
            rang_at_the_end.append(still_open.send(b"x"))
        entry.render_count = 2

    render = threading.Thread(target=end_the_render)
    render.start()
    helper.stop()
    render.join()
    assert rang_at_the_end == [1]
    assert bridge.bell == -1
    helper.let_go_of_bridge()
    assert bridge.python_attached == 0
    assert libobs.freed == []


def test_a_bridge_whose_lua_half_has_gone_is_freed_once(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    helper.start()
    assert world.serving.wait(5)
    helper.stop()
    bridge.closed = 1
    helper.let_go_of_bridge()
    helper.let_go_of_bridge()
    assert libobs.freed == [ctypes.addressof(bridge)]


def test_trouble_is_told_once_tried_again_and_passes(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    world.trouble = TroubleError("The engine is not installed.")
    helper.start()
    wait_until(lambda: world.attempts >= 4)
    assert libobs.logged == ["The engine is not installed."]
    assert text_of(bridge).startswith("Not working: The engine is not installed.")
    assert "hidden" in text_of(bridge)

    world.trouble = None
    assert world.serving.wait(5)
    assert libobs.logged[-1] == "working again"
    assert text_of(bridge) == ""


def test_it_works_again_only_when_there_is_a_matte(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    world.trouble, world.gives_mattes = TroubleError("The engine is not installed."), False
    helper.start()
    wait_until(lambda: world.attempts >= 2)
    world.trouble = None
    assert world.serving.wait(5)
    assert libobs.logged == ["The engine is not installed."]


def test_what_always_worked_does_not_work_again(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    helper.start()
    assert world.serving.wait(5)
    assert libobs.logged == []


def test_trouble_that_comes_back_after_service_is_told_again(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    world.trouble = TroubleError("x")
    helper.start()
    wait_until(lambda: world.attempts >= 2)
    world.trouble = None
    assert world.serving.wait(5)
    world.trouble = TroubleError("x")
    successor = Bridge.from_buffer_copy(bridge)
    libobs.bridge_text = str(ctypes.addressof(successor))
    bridge.closed = 1  # the Lua half was reloaded: everything is looked for anew
    wait_until(lambda: libobs.logged == ["x", "working again", "x"])
    helper.stop()


def test_other_trouble_is_told_again(helper: Helper, libobs: FakeLibObs, world: World) -> None:
    world.trouble = TroubleError("one")
    helper.start()
    wait_until(lambda: libobs.logged == ["one"])
    world.trouble = TroubleError("two")
    wait_until(lambda: libobs.logged == ["one", "two"])


def test_an_internal_error_is_fenced_and_told_with_its_place(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    world.trouble = ZeroDivisionError("a bug")
    helper.start()
    wait_until(lambda: world.attempts >= 3)
    assert len(libobs.logged) == 1
    assert "internal error" in libobs.logged[0]
    assert "ZeroDivisionError: a bug" in libobs.logged[0]
    assert "\n" not in libobs.logged[0]
    world.trouble = None
    assert world.serving.wait(5)


def test_it_beats_while_it_waits(helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World) -> None:
    world.trouble = TroubleError("x")
    helper.start()
    wait_until(lambda: world.attempts >= 1)
    libobs.now_ns = 99_000_000_000
    wait_until(lambda: bridge.python_beat_ns == 99_000_000_000)


def test_without_a_lua_half_it_waits_for_one(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    address, libobs.bridge_text, libobs.script_runs = libobs.bridge_text, None, False
    helper.start()
    wait_until(lambda: libobs.calls.count("create_script") >= 3)
    assert len(libobs.logged) == 1
    assert "Lua half" in libobs.logged[0]
    libobs.bridge_text = address
    assert world.serving.wait(5)


def test_another_version_of_the_lua_half_is_trouble(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    bridge.version += 1
    helper.start()
    wait_until(lambda: libobs.logged)
    assert "different versions" in libobs.logged[0]
    assert bridge.python_attached == 0


def test_it_follows_a_lua_half_that_was_reloaded(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    helper.start()
    assert world.serving.wait(5)
    successor = Bridge.from_buffer_copy(bridge)
    successor.python_attached = 0
    libobs.bridge_text = str(ctypes.addressof(successor))
    bridge.closed = 1
    wait_until(lambda: successor.python_attached == 1 and world.serving.is_set())
    assert libobs.freed == [ctypes.addressof(bridge)]
    assert successor.bell >= 0
    helper.stop()


def test_chores_are_done_in_trouble_too(helper: Helper, bridge: Bridge, world: World) -> None:
    """The panic key must work without an engine."""
    world.trouble = TroubleError("x")
    claim(bridge, 3)
    helper.start()
    wait_until(lambda: world.seen == {(3, 1)})
    assert world.chores == ["begin"]
    helper.stop()
    assert world.chores == ["begin", "end"]


def test_chores_that_fail_do_not_end_the_thread(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    """Neither while it serves nor while it waits."""
    world.chores_trouble = ZeroDivisionError("a bug")
    world.trouble = TroubleError("x")
    helper.start()
    wait_until(lambda: world.attempts >= 3)
    assert len(libobs.logged) == 2, "two troubles in turn are not told in turn"
    assert "ZeroDivisionError: a bug" in libobs.logged[1]
    world.chores_trouble = world.trouble = None
    assert world.serving.wait(5)


def test_chores_end_before_the_memory_that_they_use(helper: Helper, bridge: Bridge, world: World) -> None:
    helper.start()
    assert world.serving.wait(5)
    successor = Bridge.from_buffer_copy(bridge)
    successor.python_attached = 0
    helper._libobs.bridge_text = str(ctypes.addressof(successor))  # type: ignore[attr-defined]
    bridge.closed = 1
    wait_until(lambda: len(world.chores) == 3)
    helper.stop()
    assert world.chores == ["begin", "end", "begin", "end"]


def test_stopping_in_trouble_is_quick(helper: Helper, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_module, "RETRY_SECONDS", 60.0)
    monkeypatch.setattr(helper_module, "BEAT_SECONDS", 60.0)
    world.trouble = TroubleError("x")
    helper.start()
    wait_until(lambda: world.attempts >= 1)
    started = time.monotonic()
    helper.stop()
    assert time.monotonic() - started < 5


def test_filters_come_and_go_while_there_is_trouble(helper: Helper, bridge: Bridge, world: World) -> None:
    """There is no supervisor to free their entries, and there are only 32."""
    world.trouble = TroubleError("x")
    helper.start()
    wait_until(lambda: world.attempts >= 1)
    live = claim(bridge, 1)
    claim(bridge).state = FilterState.CLOSED
    wait_until(lambda: bridge.filters[0].state == FilterState.UNUSED)
    assert live.state == FilterState.LIVE


def test_trouble_of_the_supervisor_is_told_once_too(helper: Helper, libobs: FakeLibObs, world: World) -> None:
    world.trouble_while_serving = TroubleError("No shared memory can be made.")
    helper.start()
    wait_until(lambda: world.attempts >= 4)
    assert libobs.logged == ["No shared memory can be made."]


def test_attaching_is_done_before_the_thread_runs(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    """On the UI thread no other script can be unloaded between the finding and the attaching."""
    helper.attach()
    assert bridge.python_attached == 1
    assert bridge.bell >= 0
    helper.start()
    assert world.serving.wait(5)
    assert libobs.calls == [], "it attached twice"


def test_a_lua_half_that_goes_before_the_thread_runs_is_noticed(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World
) -> None:
    helper.attach()
    successor = Bridge.from_buffer_copy(bridge)
    successor.python_attached, successor.bell = 0, -1
    libobs.bridge_text = str(ctypes.addressof(successor))
    bridge.closed = 1
    helper.start()
    assert world.serving.wait(5)
    assert libobs.freed == [ctypes.addressof(bridge)]
    assert successor.python_attached == 1
    helper.stop()


@pytest.mark.parametrize("version", [0, 1])
def test_what_keeps_it_from_attaching_is_told_by_the_thread(
    helper: Helper, bridge: Bridge, libobs: FakeLibObs, world: World, version: int
) -> None:
    if version:
        bridge.version += 1
    else:
        libobs.bridge_text, libobs.script_runs = None, False
    helper.attach()
    assert libobs.logged == []
    helper.start()
    wait_until(lambda: libobs.logged)
    assert ("different versions" if version else "Lua half") in libobs.logged[0]
    assert bridge.python_attached == 0
