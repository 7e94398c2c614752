"""Keeps one engine running while there are filters, and every filter in a session with it.

The helper thread's inner loop; needs pyzmq and msgpack. Nothing here holds a lock that a render could want.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from selfieseg_obs.bell import Bell
from selfieseg_obs.bridge import BridgeView, FilterRound, read_options, set_entry_text
from selfieseg_obs.chores import Chores
from selfieseg_obs.dialogue_news import DialogueNews
from selfieseg_obs.engine_environment import EngineEnvironment
from selfieseg_obs.engine_link import EngineLink
from selfieseg_obs.engine_process import EngineProcess
from selfieseg_obs.filter_session import FRAME_CODES, FilterSession
from selfieseg_obs.filter_sessions import FilterSessions
from selfieseg_obs.libobs import LOG_INFO, LOG_WARNING, LibObs
from selfieseg_obs.model_names import ModelNames
from selfieseg_obs.picture_backgrounds import PictureBackgrounds
from selfieseg_obs.say_error import say_error
from selfieseg_obs.state_text import describe, describe_start, ended_by_trouble, with_troubles
from selfieseg_obs.supervision import Action, EngineView, decide
from selfieseg_obs.words import say
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import (
    BackdropDone,
    Error,
    Matte,
    Message,
    Models,
    Opened,
    Ping,
    Progress,
    Welcome,
)

LOOP_MS = 50  # while nothing happens; the bell and messages wake it at once
PING_SECONDS = 0.5
TELEMETRY_SECONDS = 1.0
TEXT_SECONDS = 0.5
LAST_WORDS_MS = 200  # for the engine to take our Close; a stopped one must not hold up OBS's exit
QUIET_SECONDS = 1.5  # without a word from the engine before the user is told


class Supervisor:
    """One engine, one link, all filters of this OBS."""

    def __init__(
        self,
        libobs: LibObs,
        bridge: BridgeView,
        bell: Bell,
        environment: EngineEnvironment,
        chores: Chores,
        on_service: Callable[[], None],
    ) -> None:
        """Begin with nothing running; ``on_service`` is called at the first matte of each engine's life.

        ``chores`` are done in every round, and stay their maker's.
        """
        self._libobs = libobs
        self._bridge = bridge
        self._bell = bell
        self._process = EngineProcess(environment)
        self._chores = chores
        self._on_service = on_service
        self._view = EngineView()
        self._link: EngineLink | None = None
        self._record: EngineRecord | None = None
        self._sessions = FilterSessions(bridge, self._send)
        self._pictures = PictureBackgrounds(bridge, self._warn)
        self._names = ModelNames()
        self._dialogue_news = DialogueNews()
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
        with contextlib.ExitStack() as at_the_end:  # all of it, the last first, whatever fails
            at_the_end.callback(self._process.let_go)
            at_the_end.callback(self._hang_up, LAST_WORDS_MS)
            at_the_end.callback(self._sessions.end_all)
            at_the_end.callback(self._pictures.end)
            while not stopping() and not self._bridge.closed:
                self._go_round()

    def _go_round(self) -> None:
        now_ns = self._libobs.gettime_ns()
        now = now_ns / 1e9
        self._bridge.beat(now_ns)
        filters = self._bridge.filters()
        self._follow_filters(filters, now_ns)
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
            for frame in self._sessions.frames(self._libobs.gettime_ns()):
                self._send(frame)
            self._send_heartbeats(now)
        if now >= self._next_text:
            self._next_text = now + TEXT_SECONDS
            self._tell_states(filters, now)

    # --- filters -------------------------------------------------------------------------------------

    def _follow_filters(self, filters: FilterRound, now_ns: int) -> None:
        """Notice filters that have come, changed and gone."""
        now = now_ns / 1e9
        self._view.wanted = bool(filters.present)
        if filters.present:
            self._view.wanted_at = now
        self._sessions.end_gone(filters.present)
        self._pictures.end_gone(filters.present)
        self._chores.go_round(filters, now)
        filters.give_back()
        for key, entry in filters.present.items():
            options = read_options(entry)
            if options is None:
                continue
            if self._view.welcomed:
                self._sessions.follow(key, entry, options, now_ns)
                self._tell_once(self._sessions.trouble(key))
            session = self._sessions.get(key)
            number = session.number if session is not None and session.ended_at_ns is None else None
            backdrop = self._pictures.follow(key, entry, options, number, now)
            if backdrop is not None:
                self._send(backdrop)

    def _send(self, message: Message) -> None:
        if self._link is not None:
            self._link.send(message)

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
        self._sessions.end_all()
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
        if isinstance(message, Welcome):
            self._view.welcomed = True
        elif isinstance(message, Models):
            self._names.take(message.rows)
            self._bridge.set_models(message.rows)
        elif isinstance(message, Error):
            self._refused(message)
        elif isinstance(message, Matte | Opened | Progress | BackdropDone):
            found = self._sessions.numbered(message.session)
            if found is None:
                return  # of a session that has ended since
            key, session = found
            if isinstance(message, BackdropDone):
                self._pictures.done(key, message)
            elif isinstance(message, Progress):
                if session.model_wait.tell(message, now_ns):
                    self._log(session, f"downloading {self._names.name(message.model)}")
            elif isinstance(message, Opened):
                self._opened(session, message)
            elif session.take(message, now_ns):
                self._note_service(session)

    def _opened(self, session: FilterSession, message: Opened) -> None:
        before = session.opened
        session.open(message)
        if session.opened is not message:
            self._tell_once(session.trouble)
            return
        if before is not None and (before.model, before.device) == (message.model, message.device):
            return  # only its look has changed
        if before is not None:
            self._forget_told()  # it was changed while it worked
        self._log(session, f"{message.model} on {message.device}")

    def _note_service(self, session: FilterSession) -> None:
        """A matte has come: it works again, as a session that was opened may not do."""
        if session.answers == 1:
            self._forget_told()
        if not self._served:
            self._served = True
            self._on_service()

    def _refused(self, error: Error) -> None:
        if error.code == "not_welcome":
            if self._view.welcomed:  # it has given us up: OBS was stopped or suspended for a while
                self._sessions.end_all()
                self._hang_up()
            return  # a Hello that was refused: supervision kills the engine after WELCOME_LIMIT_S
        found = self._sessions.numbered(error.session)
        if found is not None:
            found[1].refuse(error, self._libobs.gettime_ns())
        if error.code not in FRAME_CODES:
            self._tell_once(say_error(error.text, error.remedy))

    def _send_heartbeats(self, now: float) -> None:
        if now >= self._next_ping:
            self._next_ping = now + PING_SECONDS
            self._send(Ping(int(now * 1e9)))
        if now >= self._next_telemetry:
            self._next_telemetry = now + TELEMETRY_SECONDS
            restarts = max(0, self._lives - 1)
            for session in self._sessions:
                if session.opened is not None:
                    self._send(session.telemetry(restarts))

    # --- words ---------------------------------------------------------------------------------------

    def _tell_states(self, filters: FilterRound, now: float) -> None:
        quiet = self._view.welcomed and now - self._view.heard > QUIET_SECONDS
        self._bridge.set_text(say("python.engine_silent") if quiet else "")
        for key, entry in filters.present.items():
            session = self._sessions.get(key)
            troubles = [self._chores.trouble(key), self._pictures.trouble(key)]
            if session is not None:
                state = describe(session, self._names, int(now * 1e9))
                own_trouble = "" if ended_by_trouble(session) else session.trouble
                troubles = [own_trouble, *session.choice_troubles(), *troubles]
            elif self._view.welcomed and self._sessions.trouble(key):
                state = say("python.not_working", why=self._sessions.trouble(key))
            elif self._view.welcomed:
                state = say("python.not_shown")
            else:
                state = describe_start(self._view.back_off.failures, self._last_words)
            set_entry_text(entry, with_troubles(state, troubles))
            waits = "" if session is None else session.model_wait.news(int(now * 1e9))
            if self._dialogue_news.is_due(key, f"{self._bridge.model_list_version} {waits}", now):
                self._chores.renew_dialogue(key)
        self._dialogue_news.forget(set(filters.present))

    def _forget_told(self) -> None:
        """The next trouble is news, but not one that lasts."""
        lasting = {text for session in self._sessions for text in session.choice_troubles()}
        self._told &= lasting | self._sessions.troubles()

    def _tell_once(self, text: str, level: int = LOG_WARNING) -> None:
        if text and text not in self._told:
            self._told.add(text)
            self._libobs.log(level, text)

    def _log(self, session: FilterSession, text: str) -> None:
        source = session.entry.source_name.decode(errors="replace")
        self._tell_once(f"{source!r}: {text}", LOG_INFO)

    def _warn(self, text: str) -> None:
        self._libobs.log(LOG_WARNING, text)
