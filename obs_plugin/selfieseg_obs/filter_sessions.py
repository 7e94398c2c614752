"""The sessions of all filters with one engine: begun, changed and ended as filters come, change and go.

The helper thread only. Messages are sent through a function that the supervisor gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from selfieseg_obs.bridge import BridgeView, FilterKey
from selfieseg_obs.composites import composite_size
from selfieseg_obs.filter_session import FilterSession
from selfieseg_obs.options import Options
from selfieseg_obs.ring_host import RingHost
from selfieseg_obs.trouble import TroubleError
from selfieseg_obs.words import say
from selfieseg_wire.messages import MAX_SIDE, Close, Configure, Frame, Message, Open
from selfieseg_wire.paths import run_dir
from selfieseg_wire.structs import FilterEntry

TRY_AGAIN_SECONDS = 10.0  # after the engine has refused or ended a session


class FilterSessions:
    """Sessions by filter."""

    def __init__(self, bridge: BridgeView, send: Callable[[Message], object]) -> None:
        """Begin without any; ``send`` gives a message to the engine, or drops it where there is none."""
        self._bridge = bridge
        self._send = send
        self._sessions: dict[FilterKey, FilterSession] = {}

    def __iter__(self) -> Iterator[FilterSession]:
        return iter(list(self._sessions.values()))

    def get(self, key: FilterKey) -> FilterSession | None:
        """Return a filter's session."""
        return self._sessions.get(key)

    def numbered(self, number: int) -> tuple[FilterKey, FilterSession] | None:
        """Return the session of this number and whose it is."""
        return next((pair for pair in self._sessions.items() if pair[1].number == number), None)

    def follow(self, key: FilterKey, entry: FilterEntry, options: Options, now_ns: int) -> None:
        """Begin, change or renew one filter's session.

        Raises:
            TroubleError: there is no room for its ring.
        """
        known = self._sessions.get(key)
        trouble = ""
        if known is not None and _is_to_begin_again(known, entry, options, now_ns):
            trouble = known.trouble
            self.end([key])
            known = None
        if known is not None and known.opened is not None and known.options != options:
            known.choose(options)
            self._send(Configure(known.number, options.model, options.device, known.engine_look))
        # Shown at least once: then its source's name and size are known.
        if known is None and entry.frames and entry.frame_width:
            self._begin(key, entry, options).trouble = trouble

    def _begin(self, key: FilterKey, entry: FilterEntry, options: Options) -> FilterSession:
        size = composite_size(entry, options)
        try:
            host = RingHost(run_dir(), size)
        except OSError as error:
            raise TroubleError(say("python.trouble.no_shared_memory", folder=run_dir(), why=error)) from error
        session = FilterSession(entry, host, options, size)
        self._sessions[key] = session
        self._send(
            Open(
                session.number,
                source=entry.source_name.decode(errors="replace"),
                ring_path=str(host.path),
                model=options.model,
                device=options.device,
                look=session.engine_look,
                frame_width=min(entry.frame_width, MAX_SIDE),
                frame_height=min(entry.frame_height, MAX_SIDE),
            )
        )
        return session

    def end_gone(self, present: Iterable[FilterKey]) -> None:
        """End the sessions of filters that are not there any more."""
        self.end(self._sessions.keys() - set(present))

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
