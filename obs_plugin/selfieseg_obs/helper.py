"""The helper thread: everything that the Python half does while OBS runs.

It never stops working for good: what keeps it from working is told in the filter's properties and once in
OBS's log, and tried again until it is gone. Standard library only; the parts that need more come in late.
"""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable

from selfieseg_obs.bell import Bell
from selfieseg_obs.bridge import BridgeError, BridgeView
from selfieseg_obs.chores import Chores
from selfieseg_obs.engine_environment import import_messaging, read_install_record
from selfieseg_obs.libobs import LOG_ERROR, LOG_INFO, LibObs
from selfieseg_obs.lua_half import LuaHalf, LuaHalfError
from selfieseg_obs.trouble import TroubleError
from selfieseg_obs.words import say

RETRY_SECONDS = 2.0
BEAT_SECONDS = 0.5


class Helper:
    """Owns the thread, the bell and our side of the bridge."""

    def __init__(self, libobs: LibObs, lua_half: LuaHalf) -> None:
        self._libobs = libobs
        self._lua_half = lua_half
        self._bell = Bell()
        self._bridge: BridgeView | None = None
        self._chores: Chores | None = None  # the thread's own
        self._stop = threading.Event()
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="selfieseg helper", daemon=True)

    def attach(self) -> None:
        """Attach to the Lua half if there is one; what keeps it from being there is told by the thread.

        UI thread: there no other script can be unloaded between the finding and the attaching.
        """
        with contextlib.suppress(LuaHalfError, BridgeError):
            self._attach()

    def _attach(self) -> None:
        self._bridge = BridgeView(self._lua_half.ensure())
        self._bridge.set_bell(self._bell.rope)

    def start(self) -> None:
        """Begin (UI thread)."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; afterwards nothing of ours is published (UI thread; waits for a render)."""
        self._stop.set()
        self._bell.ring()
        self._thread.join()
        bridge = self._bridge
        if bridge is not None and not bridge.closed:
            bridge.set_bell(-1)
            if not bridge.wait_for_renders():
                return  # a render that is stuck may yet ring: better a socket too many
        self._bell.close()

    def let_go_of_bridge(self) -> None:
        """Free the bridge if the Lua half has gone, else leave it to it (UI thread, after ``stop``)."""
        bridge, self._bridge = self._bridge, None
        if bridge is None:
            return
        if bridge.closed:
            self._libobs.free(bridge.address)
        else:
            bridge.detach()

    def _run(self) -> None:
        try:
            self._go_on()
        finally:
            self._end_chores()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            self._fenced(self._work)
            if not self._fenced(self._pause):
                self._stop.wait(RETRY_SECONDS)  # it may have ended at once

    def _fenced(self, step: Callable[[], None]) -> bool:
        """Return whether ``step`` went well; tell why it did not."""
        try:
            step()
        except (TroubleError, BridgeError, LuaHalfError) as trouble:
            self._tell(str(trouble))
        except Exception:  # noqa: BLE001  # the fence: an error of ours must neither vanish nor end the filter
            self._tell(say("python.trouble.internal", why=traceback.format_exc().replace("\n", " | ")))
        else:
            return True
        return False

    def _work(self) -> None:
        """Serve until stopped or until the Lua half has gone."""
        if self._bridge is not None and self._bridge.closed:
            self._end_chores()
            self._libobs.free(self._bridge.address)
            self._bridge = None
        if self._bridge is None:
            self._attach()
        assert self._bridge is not None
        if self._chores is None:
            self._chores = Chores(self._libobs, self._bridge)
        self._bridge.beat(self._libobs.gettime_ns())
        environment = read_install_record()
        import_messaging(environment)
        from selfieseg_obs.supervisor import Supervisor  # only now can it be imported

        supervisor = Supervisor(
            self._libobs, self._bridge, self._bell, environment, self._chores, self._tell_service
        )
        supervisor.run(self._stop.is_set)

    def _pause(self) -> None:
        waited = 0.0
        while waited < RETRY_SECONDS and not self._stop.is_set():
            if self._bridge is not None and not self._bridge.closed:
                now_ns = self._libobs.gettime_ns()
                self._bridge.beat(now_ns)
                filters = self._bridge.filters()
                if self._chores is not None:
                    self._chores.go_round(filters, now_ns / 1e9)
                filters.give_back()  # there is no supervisor now, and so no session
            self._stop.wait(BEAT_SECONDS)
            waited += BEAT_SECONDS

    def _end_chores(self) -> None:
        """Let go of all that OBS knows of entries and scripts: only then may bridge and Lua half go."""
        chores, self._chores = self._chores, None
        if chores is not None:
            chores.end()

    def _tell_service(self) -> None:
        if self._told:
            self._told.clear()
            self._libobs.log(LOG_INFO, "working again")

    def _tell(self, text: str) -> None:
        if self._bridge is not None and not self._bridge.closed:
            self._bridge.set_text(say("python.not_working", why=text))
        if text not in self._told:
            self._told.add(text)
            self._libobs.log(LOG_ERROR, text)
