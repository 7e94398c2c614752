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
        at_once: how many may be under way. With more than one a wish need not wait for the end of one that
            nobody wants any more; ``do`` is then called by several threads.
    """

    def __init__(
        self,
        name: str,
        do: Callable[[Wish], Outcome],
        bring: Callable[[Outcome | Exception], None],
        discard: Callable[[Outcome], None] = lambda _outcome: None,
        at_once: int = 1,
    ) -> None:
        self._name = name
        self._do = do
        self._bring = bring
        self._discard = discard
        self._at_once = at_once
        self._lock = threading.Lock()
        self._asked = 0
        self._next: list[tuple[int, Wish]] = []  # none or one: the newest wish and its number
        self._running = 0
        self._closed = False

    def ask(self, wish: Wish) -> None:
        """Want this instead of whatever was wanted before. Does not wait.

        Where the system has no thread left, a ``MemoryError`` is brought, on the caller's thread.
        """
        with self._lock:
            self._asked += 1
            self._next = [(self._asked, wish)]
            if self._running >= self._at_once or self._closed:
                return
            try:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            except RuntimeError as error:
                if self._running == 0:  # else one of the others takes it
                    self._bring(MemoryError(str(error)))
            else:
                self._running += 1

    def close(self) -> None:
        """Bring nothing any more. Does not wait for what is under way; may be called twice."""
        with self._lock:
            self._closed = True

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._closed or not self._next:
                    self._running -= 1
                    return
                number, wish = self._next.pop()
            outcome = self._try(wish)
            with self._lock:
                wanted = number == self._asked and not self._closed
                if wanted:
                    self._bring(outcome)
            if not wanted and not isinstance(outcome, Exception):
                self._discard(outcome)

    def _try(self, wish: Wish) -> Outcome | Exception:
        try:
            return self._do(wish)
        except Exception as error:  # noqa: BLE001  # told by whoever it is brought to
            return error
