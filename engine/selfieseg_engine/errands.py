"""Slow wishes done on threads that live only while there is one; the newest wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")


class Errands(Generic[Wish, Outcome]):
    """Any thread. A wish that was not begun when a newer one came is dropped; so is what it would bring.

    Args:
        name: of the thread.
        do: fulfils a wish on the errands' own thread; may block and may raise.
        bring: takes what came of the newest wish, on that thread, with the errands' lock held: it must be
            quick and must not call back. Never called after ``close``.
        discard: lets go of an outcome that nobody wants any more.
        patience_seconds: after so long a wish no longer waits for the end of one that nobody wants any more;
            ``do`` is then called by two threads. None: it waits for ever.
    """

    def __init__(
        self,
        name: str,
        do: Callable[[Wish], Outcome],
        bring: Callable[[Outcome | Exception], None],
        discard: Callable[[Outcome], None] = lambda _outcome: None,
        patience_seconds: float | None = None,
    ) -> None:
        self._name = name
        self._do = do
        self._bring = bring
        self._discard = discard
        self._patience_seconds = patience_seconds
        self._lock = threading.Condition()  # notified when less is under way
        self._asked = 0
        self._next: list[tuple[int, Wish]] = []  # none or one: the newest wish and its number
        self._running = 0  # threads, those that wait included
        self._busy = 0  # of them, those that fulfil a wish
        self._closed = False

    def ask(self, wish: Wish) -> None:
        """Want this instead of whatever was wanted before. Does not wait.

        Where the system has no thread left, a ``MemoryError`` is brought, on the caller's thread.
        """
        with self._lock:
            self._asked += 1
            self._next = [(self._asked, wish)]
            most = 1 if self._patience_seconds is None else 2
            if self._running >= most or self._closed:
                return
            is_second = self._running == 1
            try:
                threading.Thread(target=lambda: self._run(is_second), name=self._name, daemon=True).start()
            except RuntimeError as error:
                if not is_second:  # else the first takes it
                    self._bring(MemoryError(str(error)))
            else:
                self._running += 1

    def close(self) -> None:
        """Bring nothing any more. Does not wait for what is under way; may be called twice."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _run(self, is_second: bool) -> None:
        patience_seconds = self._patience_seconds if is_second else 0
        while (taken := self._take(patience_seconds)) is not None:
            patience_seconds = 0
            number, wish = taken
            outcome = self._try(wish)
            with self._lock:
                self._busy -= 1
                self._lock.notify_all()
                wanted = number == self._asked and not self._closed
                if wanted:
                    self._bring(outcome)
            if not wanted and not isinstance(outcome, Exception):
                self._discard(outcome)

    def _take(self, patience_seconds: float | None) -> tuple[int, Wish] | None:
        """Return the newest wish if nobody else has taken it by then; None where the thread is to end.

        Who is patient waits for somebody who is busy, and for nobody else.

        With the lock held from the last look to the end, or the second thread would take at once what was
        asked for in between, and a third wish would be begun.
        """
        with self._lock:
            self._lock.wait_for(lambda: self._closed or not self._next or not self._busy, patience_seconds)
            if self._closed or not self._next:
                self._running -= 1
                return None
            taken = self._next.pop()
            self._busy += 1
            self._lock.notify_all()
            return taken

    def _try(self, wish: Wish) -> Outcome | Exception:
        try:
            return self._do(wish)
        except Exception as error:  # noqa: BLE001  # told by whoever it is brought to
            return error
