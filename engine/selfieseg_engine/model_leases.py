"""Models loaded once and shared by all sessions that want the same, dropped with the last of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel  # noqa: F401  # in strings, at the end

Key = TypeVar("Key", bound=Hashable)
Model = TypeVar("Model")


@dataclass(frozen=True)
class ModelKey:
    """What is loaded: sessions with equal keys share one compiled model. 0 threads: as many as are right."""

    model: str
    device: str
    threads: int


class _Entry(Generic[Model]):
    def __init__(self) -> None:
        self.users = 0
        self.done = threading.Event()
        self.model: Model | None = None
        self.error: Exception | None = None


class Lease(Generic[Model]):
    """One user's claim on a shared model. Any thread; ``release`` may be called twice."""

    def __init__(self, model: Model, give_back: Callable[[], None]) -> None:
        self.model = model
        self._give_back: Callable[[], None] | None = give_back

    def release(self) -> None:
        """Give the claim back; the model is dropped when nobody else has one."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


class Leases(Generic[Key, Model]):
    """Counts who uses which model. Any thread.

    The lock is never held while a model loads: a download for one session does not keep another, with
    a model that is at hand, waiting.
    """

    def __init__(
        self,
        load: Callable[[Key], Model],
        resolve: Callable[[Key], Key] = lambda key: key,
    ) -> None:
        """Keep what both need.

        Args:
            load: makes a model; called once for each resolved key in use.
            resolve: turns a wish (``auto``, ``AUTO``) into what it means on this machine.
        """
        self._load = load
        self._resolve = resolve
        self._lock = threading.Lock()
        self._entries: dict[Key, _Entry[Model]] = {}

    def acquire(self, key: Key) -> Lease[Model]:
        """Return a lease, loading the model where nobody has it yet. Blocks, for seconds or a download.

        Raises:
            Whatever ``resolve`` and ``load`` raise; everybody who waited for that load gets the same,
            the next asker tries anew.
        """
        key = self._resolve(key)
        with self._lock:
            entry = self._entries.get(key)
            first = entry is None
            if entry is None:
                entry = self._entries[key] = _Entry()
            entry.users += 1
        if first:
            self._fill(entry, key)
        entry.done.wait()
        if entry.model is None:
            self._drop(key, entry)
            raise entry.error or RuntimeError(f"nothing was loaded for {key}")
        return Lease(entry.model, lambda: self._drop(key, entry))

    def __len__(self) -> int:
        """Return how many models are loaded or being loaded."""
        with self._lock:
            return len(self._entries)

    def _fill(self, entry: _Entry[Model], key: Key) -> None:
        try:
            entry.model = self._load(key)
        except Exception as error:  # noqa: BLE001  # handed to everybody who waits, by acquire
            entry.error = error
        finally:
            entry.done.set()

    def _drop(self, key: Key, entry: _Entry[Model]) -> None:
        with self._lock:
            entry.users -= 1
            useless = entry.users == 0 or entry.error is not None
            if useless and self._entries.get(key) is entry:
                del self._entries[key]


ModelLeases = Leases[ModelKey, "LoadedModel"]
ModelLease = Lease["LoadedModel"]
