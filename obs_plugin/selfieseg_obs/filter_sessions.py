"""The sessions of all filters with one engine: begun, changed and ended as filters come, change and go.

The helper thread only. Messages are sent through a function that the supervisor gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from selfieseg_obs.bridge import BridgeView, FilterKey
from selfieseg_obs.composites import composite_size
from selfieseg_obs.filter_session import FilterSession
from selfieseg_obs.options import Options
from selfieseg_obs.ring_host import RingHost
from selfieseg_obs.words import say
from selfieseg_wire.messages import Close, Configure, Frame, Message, Open
from selfieseg_wire.paths import run_dir
from selfieseg_wire.structs import FilterEntry

TRY_AGAIN_SECONDS = 10.0  # after the engine has refused or ended a session
ROOM_AGAIN_SECONDS = 2.0  # after there was no room for a ring


@dataclass(frozen=True)
class _NoRoom:
    text: str
    since_ns: int


class FilterSessions:
    """Sessions by filter."""

    def __init__(self, bridge: BridgeView, send: Callable[[Message], object]) -> None:
        """Begin without any; ``send`` gives a message to the engine, or drops it where there is none."""
        self._bridge = bridge
        self._send = send
        self._sessions: dict[FilterKey, FilterSession] = {}
        self._no_room: dict[FilterKey, _NoRoom] = {}

    def __iter__(self) -> Iterator[FilterSession]:
        return iter(list(self._sessions.values()))

    def get(self, key: FilterKey) -> FilterSession | None:
        """Return a filter's session."""
        return self._sessions.get(key)

    def trouble(self, key: FilterKey) -> str:
        """Return why a filter has no session although it was shown, empty if it is for nothing wrong."""
        no_room = self._no_room.get(key)
        return "" if no_room is None else no_room.text

    def troubles(self) -> set[str]:
        """Return all that keeps filters from having a session."""
        return {each.text for each in self._no_room.values()}

    def numbered(self, number: int) -> tuple[FilterKey, FilterSession] | None:
        """Return the session of this number and whose it is."""
        return next((pair for pair in self._sessions.items() if pair[1].number == number), None)

    def follow(self, key: FilterKey, entry: FilterEntry, options: Options, now_ns: int) -> None:
        """Begin, change or renew one filter's session; see ``trouble`` for one that cannot have any."""
        known = self._sessions.get(key)
        trouble = ""
        if known is not None and _is_to_begin_again(known, entry, options, now_ns):
            trouble = known.trouble
            self.end([key])
            known = None
        if known is not None and known.opened is not None and known.ended_at_ns is None:
            is_resized = known.follow_size(now_ns)
            if is_resized or known.options != options:
                known.choose(options)
                wish = (options.model, options.device, known.engine_look, *known.picture_size)
                self._send(Configure(known.number, *wish))
        # Shown at least once: then its source's name and size are known.
        if known is None and entry.frames and entry.frame_width and self._may_have_room(key, now_ns):
            self._begin(key, entry, options, trouble, now_ns)

    def _may_have_room(self, key: FilterKey, now_ns: int) -> bool:
        no_room = self._no_room.get(key)
        return no_room is None or now_ns - no_room.since_ns > ROOM_AGAIN_SECONDS * 1e9

    def _begin(self, key: FilterKey, entry: FilterEntry, options: Options, trouble: str, now_ns: int) -> None:
        size = composite_size(entry, options)
        try:
            host = RingHost(run_dir(), size)
        except OSError as error:  # of one filter: the others' smaller ones go on
            text = say("python.trouble.no_shared_memory", folder=run_dir(), why=error.strerror or error)
            self._no_room[key] = _NoRoom(text, now_ns)
            return
        self._no_room.pop(key, None)
        session = FilterSession(entry, host, options, size)
        session.trouble = trouble
        self._sessions[key] = session
        self._send(
            Open(
                session.number,
                source=entry.source_name.decode(errors="replace"),
                ring_path=str(host.path),
                model=options.model,
                device=options.device,
                look=session.engine_look,
                frame_width=session.picture_size[0],
                frame_height=session.picture_size[1],
            )
        )

    def end_gone(self, present: Iterable[FilterKey]) -> None:
        """End the sessions of filters that are not there any more."""
        there = set(present)
        self.end(self._sessions.keys() - there)
        for key in self._no_room.keys() - there:
            del self._no_room[key]

    def end_all(self) -> None:
        """End every session."""
        self.end(self._sessions)

    def end(self, keys: Iterable[FilterKey]) -> None:
        """Take rings back: unpublish, wait for the renders under way, unmap."""
        sessions = [self._sessions.pop(key) for key in list(keys)]
        if not sessions:
            return
        for session in sessions:
            RingHost.unpublish(session.entry)
            self._send(Close(session.number))
        renders_have_ended = self._bridge.wait_for_renders()
        for session in sessions:
            if renders_have_ended:
                session.host.close()
            else:
                session.host.abandon()

    def frames(self, now_ns: int) -> Iterator[Frame]:
        """Yield what is to be sent now, at most one frame of each."""
        for session in self:
            frame = session.next_frame(now_ns)
            if frame is not None:
                yield frame


def _is_to_begin_again(session: FilterSession, entry: FilterEntry, options: Options, now_ns: int) -> bool:
    if session.composite_size != composite_size(entry, options) or session.is_backdrop_another(now_ns):
        return True
    if session.ended_at_ns is not None:
        return session.options != options or now_ns - session.ended_at_ns > TRY_AGAIN_SECONDS * 1e9
    # An answer to the first choice must not be taken for one to the second.
    choice, was = (options.model, options.device), (session.options.model, session.options.device)
    return session.opened is None and choice != was
