"""Which models there are, for the list in OBS: read beside the I/O thread, told when it has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from selfieseg_engine.errands import Errands
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.refusal import clipped
from selfieseg_wire.messages import MAX_MODELS, MODEL_ID_BYTES, MODEL_TITLE_BYTES, ModelRow, Models

if TYPE_CHECKING:
    from selfieseg_engine.registry.manifest import Manifest

logger = logging.getLogger(__name__)

# People copy weights into folders, or fetch them in a terminal, while OBS runs.
LOOK_SECONDS = 3.0


def read_rows() -> tuple[ModelRow, ...]:
    """Return the models of the registry as they stand on this machine. Slow: it looks for files.

    Raises:
        RegistryError: the registry cannot be read.
    """
    load_libraries()
    from selfieseg_engine.registry.at_hand import weights_at_hand
    from selfieseg_engine.registry.registry import default_registry

    return sorted_rows((manifest, weights_at_hand(manifest)) for manifest in default_registry().manifests)


def sorted_rows(models: Iterable[tuple[Manifest, bool]]) -> tuple[ModelRow, ...]:
    """Return the models that can be chosen, those at hand first, each part by title. Pure.

    A model that is neither at hand nor to be had from anywhere is left out: choosing it could only fail.
    So is one whose id does not fit into OBS's settings, and into a line of its list.
    """
    rows = [_row(manifest, at_hand) for manifest, at_hand in models if at_hand or _is_published(manifest)]
    fitting = [row for row in rows if len(row.id.encode()) <= MODEL_ID_BYTES and row.id.isprintable()]
    fitting.sort(key=lambda row: (not row.at_hand, row.title.casefold(), row.id))
    return tuple(fitting[:MAX_MODELS])


def _row(manifest: Manifest, at_hand: bool) -> ModelRow:
    from selfieseg_engine.class_model import class_bits

    gives_classes = class_bits(manifest.output.classes) != 0
    title = "".join(each if each.isprintable() else " " for each in manifest.title)
    gives_matte = bool(manifest.output.person)
    return ModelRow(manifest.id, clipped(title, MODEL_TITLE_BYTES), gives_matte, gives_classes, at_hand)


def _is_published(manifest: Manifest) -> bool:
    from selfieseg_engine.registry.manifest import OwnExport

    return any(not isinstance(source, OwnExport) for source in manifest.sources)


class ModelList:
    """The newest list. Every method is the I/O thread's; none waits.

    Args:
        read: returns the rows, on a thread of its own; may be slow and may raise.
    """

    def __init__(self, read: Callable[[], tuple[ModelRow, ...]] = read_rows) -> None:
        self._reads: Errands[None, tuple[ModelRow, ...]] = Errands("models", lambda _wish: read(), self._take)
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._newest: Models | None = None
        self._is_news = False
        self._told = ""
        # The I/O thread's:
        self._next_look = 0.0

    @property
    def newest(self) -> Models | None:
        """The list, None before it was read first."""
        with self._lock:
            return self._newest

    def look(self, now: float) -> None:
        """Look for what has changed, if it is time again; ``now`` is in seconds of the monotonic clock."""
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._reads.ask(None)

    def look_soon(self) -> None:
        """Let the next ``look`` be due: something has happened to the models."""
        self._next_look = 0.0

    def news(self) -> Models | None:
        """Return the list if it has changed since this was asked last."""
        with self._lock:
            is_news, self._is_news = self._is_news, False
            return self._newest if is_news else None

    def close(self) -> None:
        """Read no more."""
        self._reads.close()

    def _take(self, rows: tuple[ModelRow, ...] | Exception) -> None:
        """Keep what was read (the reader's thread); what cannot be read is told once, the last list stays."""
        with self._lock:
            if isinstance(rows, Exception):
                if str(rows) != self._told:
                    self._told = str(rows)
                    logger.warning("the list of models cannot be read: %s", rows)
                return
            self._told = ""
            models = Models(rows)
            self._is_news = self._is_news or models != self._newest
            self._newest = models
