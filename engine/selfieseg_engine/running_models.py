"""What runs at this moment on other devices than the CPU, whose drivers may hang. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident

from selfieseg_engine.measured_choice import CPU
from selfieseg_engine.model_leases import ModelKey


@dataclass(frozen=True)
class RunningModel:
    """A model that runs for frame ``seq`` on ``device``, and the wish that it was loaded for."""

    seq: int
    device: str
    key: ModelKey


class RunningModels:
    """By thread, not by session: one whose driver hangs is still there when its session is not."""

    def __init__(self) -> None:
        self._by_thread: dict[int, RunningModel] = {}

    @contextmanager
    def noting(self, seq: int, device: str, key: ModelKey | None) -> Iterator[None]:
        """Have it known that this thread runs a model meanwhile, if that may hang."""
        if device == CPU or key is None:
            yield
            return
        self._by_thread[get_ident()] = RunningModel(seq, device, key)
        try:
            yield
        finally:
            del self._by_thread[get_ident()]

    def now(self) -> dict[int, RunningModel]:
        """Return what runs, by thread."""
        return dict(self._by_thread)
