"""Keeps one engine running while there are filters, and every filter in a session with it.

The helper thread's inner loop; needs pyzmq and msgpack. Nothing here holds a lock that a render could want.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from selfieseg_obs.bell import Bell
from selfieseg_obs.bridge import BridgeView, read_options, set_entry_text
from selfieseg_obs.engine_environment import EngineEnvironment
from selfieseg_obs.engine_link import EngineLink
from selfieseg_obs.engine_process import EngineProcess
from selfieseg_obs.filter_session import FRAME_CODES, FilterSession, say_error
from selfieseg_obs.libobs import LOG_INFO, LOG_WARNING, LibObs
from selfieseg_obs.ring_host import RingHost
from selfieseg_obs.state_text import ENGINE_SILENT, NOT_SHOWN, describe, describe_start
from selfieseg_obs.supervision import Action, EngineView, decide
from selfieseg_obs.trouble import TroubleError
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import (
    Close,
    Configure,
    Error,
    Matte,
    Message,
    Open,
    Opened,
    Ping,
    Telemetry,
    Welcome,
)
from selfieseg_wire.paths import run_dir
from selfieseg_wire.structs import FilterEntry, FilterState

LOOP_MS = 50  # while nothing happens; the bell and messages wake it at once
PING_SECONDS = 0.5
TELEMETRY_SECONDS = 1.0
TEXT_SECONDS = 0.5
LAST_WORDS_MS = 200  # for the engine to take our Close; a stopped one must not hold up OBS's exit
TRY_AGAIN_SECONDS = 10.0  # after the engine has refused or ended a session
QUIET_SECONDS = 1.5  # without a word from the engine before the user is told


class Supervisor:
    """One engine, one link, all filters of this OBS."""

    def __init__(
        self,
        libobs: LibObs,
        bridge: BridgeView,
        bell: Bell,
        environment: EngineEnvironment,
        on_service: Callable[[], None],
    ) -> None:
        """Begin with nothing running; ``on_service`` is called at the first matte of each engine's life."""
        self._libobs = libobs
        self._bridge = bridge
        self._bell = bell
        self._process = EngineProcess(environment)
        self._on_service = on_service
        self._view = EngineView()
        self._link: EngineLink | None = None
        self._record: EngineRecord | None = None
        self._sessions: dict[tuple[int, int], FilterSession] = {}  # by entry index and generation
        self._served = False
        self._lives = 0
        self._last_words = ""
        self._told: set[str] = set()
        self._started = 0.0
        self._last_round = 0.0
        self._next_ping = self._next_telemetry = self._next_text = 0.0

    def run(self, stopping: Callable[[], bool]) -> None:
        """Serve until ``stopping`` or until the Lua half has gone; leaves nothing published.

        Raises:
            TroubleError: something outside must change first.
        """
        try:
            while not stopping() and not self._bridge.closed:
                self._go_round()
        finally:
            self._end_sessions(self._sessions)
            self._hang_up(LAST_WORDS_MS)
            self._process.let_go()

    def _go_round(self) -> None:
        now_ns = self._libobs.gettime_ns()
        now = now_ns / 1e9
        self._bridge.beat(now_ns)
        self._follow_filters(now_ns)
        if now - self._last_round > QUIET_SECONDS:  # it was us who did not listen: a hogged GIL, a suspend
            self._view.heard = self._view.since = now
        self._last_round = now
        self._supervise(now)
        if self._link is None:
            self._wait_without_link()
        else:
            self._link.wait(LOOP_MS)
            self._bell.drain()
            for message in list(self._link.received()):
                self._handle(message)
        if self._link is not None:
            self._send_frames()
            self._send_heartbeats(now)
        if now >= self._next_text:
            self._next_text = now + TEXT_SECONDS
            self._tell_states(now)

    # --- filters -------------------------------------------------------------------------------------

    def _follow_filters(self, now_ns: int) -> None:
        """Notice filters that have come, changed and gone."""
        entries = list(self._bridge.entries())
        closed = [entry for _, entry in entries if entry.state == FilterState.CLOSED]
        present = {
            (index, entry.generation): entry for index, entry in entries if entry.state == FilterState.LIVE
        }
        gone = {key: session for key, session in self._sessions.items() if key not in present}
        self._view.wanted = bool(present)
        if present:
            self._view.wanted_at = now_ns / 1e9
        if gone:
            self._end_sessions(gone)
        for entry in closed:  # not those that have closed since: their rings are still ours
            entry.state = FilterState.UNUSED
        if not self._view.welcomed or self._link is None:
            return
        for key, entry in present.items():
            options = read_options(entry)
            if options is None:
                continue
            known = self._sessions.get(key)
            trouble = ""
            if known is not None and self._is_to_begin_again(known, options, now_ns):
                trouble = known.trouble
                self._end_sessions({key: known})
                known = None
            if known is not None and known.options != options:
                known.options = options
                self._link.send(Configure(known.number, *options))
            if known is None and entry.frames:  # shown at least once, and so its source's name is known
                self._begin_session(key, entry, options).trouble = trouble

    @staticmethod
    def _is_to_begin_again(session: FilterSession, options: tuple[str, str], now_ns: int) -> bool:
        if session.ended_at_ns is not None:
            return session.options != options or now_ns - session.ended_at_ns > TRY_AGAIN_SECONDS * 1e9
        return session.options != options and session.opened is None

    def _begin_session(
        self, key: tuple[int, int], entry: FilterEntry, options: tuple[str, str]
    ) -> FilterSession:
        assert self._link is not None
        try:
            host = RingHost(run_dir())
        except OSError as error:
            raise TroubleError(
                f"No shared memory can be made in {run_dir()} ({error}). Free some memory or disk space "
                "there, or set SELFIESEG_RUN_DIR to another folder."
            ) from error
        session = FilterSession(entry, host, options)
        self._sessions[key] = session
        source = entry.source_name.decode(errors="replace")
        model, device = options
        self._link.send(
            Open(session.number, source=source, ring_path=str(host.path), model=model, device=device)
        )
        return session

    def _end_sessions(self, ending: dict[tuple[int, int], FilterSession]) -> None:
        """Take rings back: unpublish, wait for the renders under way, unmap."""
        sessions = list(ending.values())
        if not sessions:
            return
        for key in list(ending):
            self._sessions.pop(key)
        for session in sessions:
            RingHost.unpublish(session.entry)
            if self._link is not None:
                self._link.send(Close(session.number))
        renders_have_ended = self._bridge.wait_for_renders()
        for session in sessions:
            if renders_have_ended:
                session.host.close()
            else:
                session.host.abandon()

    def _session(self, number: int) -> FilterSession | None:
        return next((each for each in self._sessions.values() if each.number == number), None)

    # --- the engine ----------------------------------------------------------------------------------

    def _supervise(self, now: float) -> None:
        view = self._view
        if self._link is None:
            self._record = self._process.record() if view.wanted else None
            view.record_found = self._record is not None
        view.process_alive = self._process.is_alive(self._record)
        if not view.wanted and not view.process_alive:
            view.started = False  # it ended by itself, and nobody was waiting for it
        action = decide(view, now)
        if action is Action.START:
            view.since = now
            self._process.start()
            view.started = True
            self._served = False
            self._lives += 1
        elif action is Action.CONNECT:
            assert self._record is not None
            self._link = EngineLink(self._record, self._bell.ear, "obs")
            view.connected, view.started, view.since, view.heard = True, False, now, now
            self._served = False
            self._started = now
        elif action is Action.KILL:
            self._lose_engine(now)
        elif action is Action.LEAVE:
            self._hang_up(LAST_WORDS_MS)

    def _lose_engine(self, now: float) -> None:
        why = "ended" if not self._view.process_alive else "does not answer"
        self._last_words = "" if self._served else self._process.last_words()
        self._tell_once(f"the engine {why} and will be restarted; the background stays hidden meanwhile")
        self._end_sessions(dict(self._sessions))
        self._hang_up()
        self._process.kill(self._record)
        self._view.started = False
        self._view.back_off.engine_lost(now, self._served, lived_s=now - self._started)
        self._served = False

    def _hang_up(self, linger_ms: int = 0) -> None:
        if self._link is not None:
            self._link.close(linger_ms)
            self._link = None
        self._record = None
        view = self._view
        view.connected = view.welcomed = view.record_found = False

    def _wait_without_link(self) -> None:
        self._bell.wait(LOOP_MS)
        self._bell.drain()

    # --- messages ------------------------------------------------------------------------------------

    def _handle(self, message: Message) -> None:
        now_ns = self._libobs.gettime_ns()
        self._view.heard = now_ns / 1e9
        if isinstance(message, Matte):
            session = self._session(message.session)
            if session is not None and session.take(message, now_ns) and not self._served:
                self._served = True
                self._on_service()
        elif isinstance(message, Opened):
            session = self._session(message.session)
            if session is not None:
                session.open(message)
                if session.opened is not message:
                    self._tell_once(session.trouble)
                    return
                self._told.clear()  # it works again: the next trouble is news
                source = session.entry.source_name.decode(errors="replace")
                self._libobs.log(LOG_INFO, f"{source!r}: {message.model} on {message.device}")
        elif isinstance(message, Welcome):
            self._view.welcomed = True
        elif isinstance(message, Error):
            self._refused(message)

    def _refused(self, error: Error) -> None:
        if error.code == "not_welcome":
            if self._view.welcomed:  # it has given us up: OBS was stopped or suspended for a while
                self._end_sessions(dict(self._sessions))
                self._hang_up()
            return  # a Hello that was refused: supervision kills the engine after WELCOME_LIMIT_S
        session = self._session(error.session)
        if session is not None:
            session.refuse(error, self._libobs.gettime_ns())
        if error.code not in FRAME_CODES:
            self._tell_once(say_error(error))

    def _send_frames(self) -> None:
        assert self._link is not None
        now_ns = self._libobs.gettime_ns()
        for session in self._sessions.values():
            frame = session.next_frame(now_ns)
            if frame is not None:
                self._link.send(frame)

    def _send_heartbeats(self, now: float) -> None:
        assert self._link is not None
        if now >= self._next_ping:
            self._next_ping = now + PING_SECONDS
            self._link.send(Ping(int(now * 1e9)))
        if now >= self._next_telemetry:
            self._next_telemetry = now + TELEMETRY_SECONDS
            for telemetry in self._telemetry():
                self._link.send(telemetry)

    def _telemetry(self) -> Iterator[Telemetry]:
        restarts = max(0, self._lives - 1)
        return (
            session.telemetry(restarts) for session in self._sessions.values() if session.opened is not None
        )

    # --- words ---------------------------------------------------------------------------------------

    def _tell_states(self, now: float) -> None:
        quiet = self._view.welcomed and now - self._view.heard > QUIET_SECONDS
        self._bridge.set_text(ENGINE_SILENT if quiet else "")
        now_ns = int(now * 1e9)
        for index, entry in self._bridge.entries():
            session = self._sessions.get((index, entry.generation))
            if session is not None:
                text = describe(session, now_ns)
            elif self._view.welcomed:
                text = NOT_SHOWN
            else:
                text = describe_start(self._view.back_off.failures, self._last_words)
            set_entry_text(entry, text)

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._libobs.log(LOG_WARNING, text)
