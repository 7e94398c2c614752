"""Stages of a chain that work at the same time, each on a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")

# Between two stages: enough to go on while the other has a slow frame, little enough for 8K frames.
_DEPTH = 2
_SECONDS_BETWEEN_LOOKS = 0.1


class CancelledError(Exception):
    """The chain is being given up; only its own threads ever see this."""


@dataclass(frozen=True)
class _Failure:
    error: BaseException


@dataclass(frozen=True)
class _Stage:
    thread: threading.Thread
    has_ended: threading.Event


class _End:
    """Nothing more comes."""


class Relay:
    """Owns the threads of one chain. A context manager: leaving it stops all stages and waits for them.

    What fails in a stage is raised in the next one, behind the items that came before it, and so reaches
    whoever takes the last stage's items.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._stages: list[_Stage] = []

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancelled.set()
        # A further Ctrl-C waits, too: what is closed after this must not be closed under a stage. (Up to
        # Python 3.12 a thread whose join() was interrupted counts as one that has ended.)
        interruption: KeyboardInterrupt | None = None
        for stage in self._stages:
            while not stage.has_ended.is_set():
                try:
                    stage.has_ended.wait()
                except KeyboardInterrupt as another:
                    interruption = another
            stage.thread.join()
        if interruption is not None:
            raise interruption

    def ahead(self, source: Iterable[T], name: str) -> Iterator[T]:
        """Return the items of ``source``, which a thread called ``name`` takes a few ahead of the caller."""
        items: queue.Queue[T | _Failure | type[_End]] = queue.Queue(_DEPTH)
        has_ended = threading.Event()

        def run() -> None:
            try:
                self._feed(source, items)
            finally:
                has_ended.set()

        stage = _Stage(threading.Thread(target=run, name=name, daemon=True), has_ended)
        stage.thread.start()
        self._stages.append(stage)
        return self._drawn(items)

    def _feed(self, source: Iterable[T], items: queue.Queue[T | _Failure | type[_End]]) -> None:
        try:
            for item in source:
                self._put(items, item)
            self._put(items, _End)
        except CancelledError:
            return
        except BaseException as error:  # noqa: BLE001  # raised again where the items are taken
            try:
                self._put(items, _Failure(error))
            except CancelledError:
                return

    def _put(self, items: queue.Queue[T | _Failure | type[_End]], item: T | _Failure | type[_End]) -> None:
        while not self._cancelled.is_set():
            try:
                items.put(item, timeout=_SECONDS_BETWEEN_LOOKS)
            except queue.Full:
                continue
            return
        raise CancelledError

    def _drawn(self, items: queue.Queue[T | _Failure | type[_End]]) -> Iterator[T]:
        while True:
            if self._cancelled.is_set():
                raise CancelledError
            try:
                item = items.get(timeout=_SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                continue
            if item is _End:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]  # neither the end nor a failure
