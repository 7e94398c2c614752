"""Closes a program's windows as its user does. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.error import BadWindow, ConnectionClosedError, DisplayError
from Xlib.protocol.event import ClientMessage

_FORMAT = 32  # bits of each number in a message


def close_main_windows(pid: int, display_name: str) -> bool:
    """Ask a process to close its windows, but for dialogues, and return whether it was asked.

    It is not where it has none, and where the display has gone.

    Args:
        pid: of the process, on this machine.
        display_name: of the X display, such as ``:99``.
    """
    try:
        with closing(Display(display_name)) as display:
            return _close_main_windows(display, pid)
    except (DisplayError, ConnectionClosedError):
        return False


def _close_main_windows(display: Display, pid: int) -> bool:
    found = [window for window in _windows_below(display.screen().root) if _is_main(display, window, pid)]
    for window in found:
        _ask_to_close(display, window)
    display.sync()
    return bool(found)


def _windows_below(window: Any) -> Iterator[Any]:
    """Yield all windows: a window manager puts each into another of its own."""
    try:
        children = window.query_tree().children
    except BadWindow:  # it has gone meanwhile
        return
    for child in children:
        yield child
        yield from _windows_below(child)


def _is_main(display: Display, window: Any, pid: int) -> bool:
    try:
        owner = window.get_full_property(display.intern_atom("_NET_WM_PID"), X.AnyPropertyType)
        return (
            owner is not None
            and list(owner.value) == [pid]
            and window.get_wm_transient_for() is None
            and display.intern_atom("WM_DELETE_WINDOW") in (window.get_wm_protocols() or ())
        )
    except BadWindow:
        return False


def _ask_to_close(display: Display, window: Any) -> None:
    """Send what a window manager sends (ICCCM 4.2.8.1, "Window Deletion")."""
    numbers = [display.intern_atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]
    kind = display.intern_atom("WM_PROTOCOLS")
    window.send_event(ClientMessage(window=window, client_type=kind, data=(_FORMAT, numbers)))
