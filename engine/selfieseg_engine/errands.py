"""Slow wishes done one after the other, on a thread that lives only while there is one; the newest wins."""

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
    """

    def __init__(
        self,
        name: str,
        do: Callable[[Wish], Outcome],
        bring: Callable[[Outcome | Exception], None],
        discard: Callable[[Outcome], None] = lambda _outcome: None,
    ) -> None:
        self._name = name
        self._do = do
        self._bring = bring
        self._discard = discard
        self._lock = threading.Lock()
        self._wishes: list[Wish] = []  # none or one
        self._running = False
        self._closed = False

    def ask(self, wish: Wish) -> None:
        """Want this instead of whatever was wanted before. Does not wait.

        Where the system has no thread left, a ``MemoryError`` is brought, on the caller's thread.
        """
        with self._lock:
            self._wishes = [wish]
            if self._running or self._closed:
                return
            self._running = True
            try:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            except RuntimeError as error:
                self._running = False
                self._bring(MemoryError(str(error)))

    def close(self) -> None:
        """Bring nothing any more. Does not wait for what is under way; may be called twice."""
        with self._lock:
            self._closed = True

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._closed or not self._wishes:
                    self._running = False
                    return
                wish = self._wishes.pop()
            outcome = self._try(wish)
            with self._lock:
                wanted = not self._wishes and not self._closed
                if wanted:
                    self._bring(outcome)
            if not wanted and not isinstance(outcome, Exception):
                self._discard(outcome)

    def _try(self, wish: Wish) -> Outcome | Exception:
        try:
            return self._do(wish)
        except Exception as error:  # noqa: BLE001  # told by whoever it is brought to
            return error
