"""Hands a source's frames to the loop: the newest one of a live source, or each one of a recording."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

from selfieseg_engine.live.items import LiveFrame, LiveItem

_SECONDS_TO_LEAVE = 2.0


class Feed(Protocol):
    """Where the loop takes its frames from. One thread, the loop's."""

    @property
    def dropped(self) -> int:
        """Return how many frames came and were never taken."""

    @property
    def has_ended(self) -> bool:
        """Return whether nothing will come any more."""

    def take(self, timeout_s: float) -> LiveItem | None:
        """Return what comes next; None if nothing does in time. Raises what the source raised."""

    def close(self) -> None:
        """Let go of the source. May be called twice."""


class EveryFrame:
    """Each item in its turn, as quickly as it is taken; reads on the caller's thread."""

    dropped = 0

    def __init__(self, items: Iterator[LiveItem]) -> None:
        self._items = items
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Return whether the last item has been taken."""
        return self._has_ended

    def take(self, timeout_s: float) -> LiveItem | None:
        """Return the next item, however long it takes."""
        item = next(self._items, None)
        self._has_ended = item is None
        return item

    def close(self) -> None:
        """Do nothing: no thread is kept."""


class NewestFrame:
    """Reads on a thread of its own and keeps only the newest item; frames that nobody took are counted.

    Args:
        items: of the source; runs on the thread and ends soon after ``stopping`` is set.
        stopping: set by ``close``.
        name: of the thread.
    """

    def __init__(self, items: Iterator[LiveItem], stopping: threading.Event, name: str) -> None:
        self._items = items
        self._stopping = stopping
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._newest: LiveItem | None = None
        self._error: BaseException | None = None
        self._has_ended = False
        self._dropped = 0
        # A camera can hold its reader for seconds; the program need not wait for that to end.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Return how many frames were overtaken by a newer one."""
        with self._changed:
            return self._dropped

    @property
    def has_ended(self) -> bool:
        """Return whether the source has ended and its last item been taken."""
        with self._changed:
            return self._has_ended and self._newest is None and self._error is None

    def take(self, timeout_s: float) -> LiveItem | None:
        """Return the newest item; waits for one that has not been taken yet."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._has_ended, timeout_s)
            item, self._newest = self._newest, None
            if item is None and self._error is not None:
                raise self._error
            return item

    def close(self) -> None:
        """End the thread; it lets go of the source itself, where it can do so soon."""
        self._stopping.set()
        self._thread.join(_SECONDS_TO_LEAVE)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if self._stopping.is_set():
                    break
                with self._changed:
                    self._dropped += isinstance(self._newest, LiveFrame)
                    self._newest = item
                    self._changed.notify()
        except BaseException as raised:  # noqa: BLE001  # raised again where items are taken
            error = raised
        with self._changed:
            self._error = error
            self._has_ended = True
            self._changed.notify()
