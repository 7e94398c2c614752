"""The state of a filter in plain words. Pure."""

from __future__ import annotations

from selfieseg_obs.filter_session import FilterSession
from selfieseg_obs.model_names import ModelNames
from selfieseg_obs.model_wait import describe_share
from selfieseg_obs.words import say
from selfieseg_wire.messages import Opened, Progress
from selfieseg_wire.structs import Alignment, Drawn, FilterEntry

FAILS_AT_ITS_START = 2  # failures in a row before the user is told more than that it starts
SHOWN_WITHIN_NS = 2_000_000_000


def describe_start(failures: int, last_words: str) -> str:
    """Return the state of a filter without an engine that answers."""
    if failures < FAILS_AT_ITS_START:
        return say("python.starting")
    if last_words:
        return say("python.engine_ends_saying", words=last_words)
    return say("python.engine_ends")


def describe(session: FilterSession, names: ModelNames, now_ns: int) -> str:
    """Return one line for the filter's properties; what is wrong with an open session is not in it."""
    if ended_by_trouble(session):
        return say("python.not_working", why=session.trouble)
    download = session.model_wait.download(now_ns)
    opened = session.opened
    if opened is None and download is not None:
        return say("python.downloading_first", **_told(download, names))
    if opened is None:
        return say("python.warming_up")
    state = _at_work(session, opened, now_ns)
    if download is not None:
        return say("python.downloading", state=state, **_told(download, names))
    return say("python.loading", state=state) if session.model_wait.is_waiting else state


def _at_work(session: FilterSession, opened: Opened, now_ns: int) -> str:
    """Return how the model that is there does."""
    rate = session.mattes_per_second(now_ns)
    what = {"model": opened.model, "device": opened.device}
    if rate < 0.5 and now_ns - session.entry.last_render_ns < SHOWN_WITHIN_NS:
        return say("python.waiting", **what)
    if rate < 0.5:
        return say("python.ready", **what)
    state = say("python.running", **what, rate=round(rate), ms=round(session.infer_ms()))
    return _with_delay(state, session.entry)


def _told(download: Progress, names: ModelNames) -> dict[str, str]:
    return {"model": names.name(download.model), "share": describe_share(download)}


def _with_delay(state: str, entry: FilterEntry) -> str:
    """Return the state, and for exact pictures by how much the sound has to be delayed."""
    if entry.alignment != Alignment.EXACT or not entry.delay_ns:
        return state
    if entry.drawing != Drawn.RESULT:
        return say("python.exact_too_late", state=state)
    return say("python.exact", state=state, ms=round(entry.delay_ns / 1e6))


def ended_by_trouble(session: FilterSession) -> bool:
    """Return whether the session's trouble is why there are no mattes."""
    return bool(session.trouble) and (session.opened is None or session.ended_at_ns is not None)


def with_troubles(state: str, troubles: list[str]) -> str:
    """Return the state and what is wrong all the same; empty texts say nothing."""
    told = " ".join(trouble for trouble in troubles if trouble)
    return say("python.but", state=state, trouble=told) if told else state
