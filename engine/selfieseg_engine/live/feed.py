"""A source that runs on a thread of its own: its newest item, or each one in its turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_SECONDS_TO_LEAVE = 2.0


class Feed(Generic[T]):
    """Holds one item for the thread that takes.

    Args:
        name: of the thread.
        keeps_newest: an item that was not taken in time gives way to the next and is counted; else the
            source waits.

    Attributes:
        stopping: set when nothing is wanted any more; a source that waits must wait with it.
    """

    def __init__(self, name: str, keeps_newest: bool) -> None:
        self.stopping = threading.Event()
        self._name = name
        self._keeps_newest = keeps_newest
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._item: T | None = None
        self._error: BaseException | None = None
        self._has_ended = False
        self._dropped = 0
        self._thread: threading.Thread | None = None

    def start(self, items: Iterator[T]) -> None:
        """Begin to take from ``items``, which runs on the feed's thread. Call once."""
        # A camera can hold its reader for seconds; the program need not wait for that to end.
        self._thread = threading.Thread(target=self._run, args=(items,), name=self._name, daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Return how many items gave way to a newer one. Any thread."""
        with self._changed:
            return self._dropped

    @property
    def has_ended(self) -> bool:
        """Return whether the source has ended and all of it was taken. Any thread."""
        with self._changed:
            return self._has_ended and self._item is None and self._error is None

    def take(self, timeout_s: float) -> T | None:
        """Return the item that is there, or comes in time, or None. Raises what the source raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._has_ended, timeout_s)
            item, self._item = self._item, None
            self._changed.notify_all()
            if item is None and self._error is not None:
                raise self._error
            return item

    def each(self, seconds_between_looks: float = 0.1) -> Iterator[T]:
        """Yield items until the source has ended or is stopped. Raises what it raised."""
        while not self.stopping.is_set() and not self.has_ended:
            item = self.take(seconds_between_looks)
            if item is not None:
                yield item

    def close(self) -> None:
        """Stop the source and wait for its thread, though not for ever. May be called twice."""
        self.stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_SECONDS_TO_LEAVE)

    def _run(self, items: Iterator[T]) -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not self._put(item):
                    break
        except BaseException as raised:  # noqa: BLE001  # raised again where items are taken
            error = raised
        with self._changed:
            self._error = error
            self._has_ended = True
            self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """Hold an item; return whether another is wanted."""
        with self._changed:
            if not self._keeps_newest:
                self._changed.wait_for(lambda: self._item is None or self.stopping.is_set())
            if self.stopping.is_set():
                return False
            self._dropped += self._item is not None
            self._item = item
            self._changed.notify_all()
            return True
