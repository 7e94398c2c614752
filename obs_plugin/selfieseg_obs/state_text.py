"""The state of a filter in plain words. Pure."""

from __future__ import annotations

from selfieseg_obs.filter_session import FilterSession

STARTING = "Starting the engine. Until the first matte your background stays hidden."
FAILS_AT_ITS_START = 2  # failures in a row before the user is told more than that it starts
NOT_SHOWN = "ready: the source is not being shown, so nothing is computed"
WARMING_UP = "Warming up the model. Until the first matte your background stays hidden."
ENGINE_SILENT = (
    "The engine does not answer; it will be restarted. Until then your background stays hidden. "
    "If this does not pass, run: selfieseg doctor"
)


def describe_start(failures: int, last_words: str) -> str:
    """Return the state of a filter without an engine that answers."""
    if failures < FAILS_AT_ITS_START:
        return STARTING
    said = f", saying: {last_words}" if last_words else ""
    return (
        f"Not working: the engine ends as soon as it is started{said}. Run install.py again, or "
        "'selfieseg doctor' to see why. Until then your background stays hidden."
    )


def describe(session: FilterSession, now_ns: int) -> str:
    """Return one line for the filter's properties."""
    opened = session.opened
    if session.trouble and (opened is None or session.ended_at_ns is not None):
        return f"Not working: {session.trouble} Until then your background stays hidden."
    if opened is None:
        return WARMING_UP
    rate = session.mattes_per_second(now_ns)
    what = f"{opened.model} on {opened.device}"
    if rate < 0.5 and now_ns - session.entry.last_render_ns < 2_000_000_000:
        return f"waiting for the first matte: {what}"
    if rate < 0.5:
        return f"ready: {what}; the source is not being shown, so nothing is computed"
    but = f" (but: {session.trouble})" if session.trouble else ""
    return f"running: {what}, {rate:.0f} mattes/s, {session.infer_ms():.0f} ms{but}"
