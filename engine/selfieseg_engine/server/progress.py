"""Which sessions hear how far which download is. No sockets; the I/O thread's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.registry.download_progress import DownloadProgress
from selfieseg_engine.server.clients import Client, OpenSession
from selfieseg_wire.look_text import parse_look
from selfieseg_wire.messages import MODEL_ID_BYTES, Progress

INTERVAL_SECONDS = 0.5
_CLASS_MODEL = "class_model"


class ProgressReports:
    """Tells the sessions that wait for a model how far its download is, about twice a second.

    Args:
        downloads: what is being downloaded now. Quick.
        model_of: the id of the model that a wish means (``auto``); None where nobody knows yet. Quick.
    """

    def __init__(
        self,
        downloads: Callable[[], Iterable[DownloadProgress]],
        model_of: Callable[[ModelKey], str | None],
    ) -> None:
        self._downloads = downloads
        self._model_of = model_of
        self._next = 0.0
        self._under_way: frozenset[str] = frozenset()

    def due(
        self, sessions: Iterable[tuple[Client, OpenSession]], now: float
    ) -> Iterator[tuple[Client, Progress]]:
        """Yield what is to be sent now, and to whom; ``now`` is in seconds of the monotonic clock."""
        if now < self._next:
            return
        self._next = now + INTERVAL_SECONDS
        downloads = {each.model_id: each for each in self._downloads() if _fits(each.model_id)}
        self._under_way = frozenset(downloads)
        if not downloads:
            return
        for client, entry in sessions:
            for model in self._awaited(entry):
                if model in downloads:
                    each = downloads[model]
                    yield (
                        client,
                        Progress(entry.session.session_id, model, each.done_bytes, each.total_bytes),
                    )

    @property
    def under_way(self) -> frozenset[str]:
        """The ids of the models that were being downloaded when this was looked at last."""
        return self._under_way

    def _awaited(self, entry: OpenSession) -> tuple[str, ...]:
        """Return the ids of the models that a session wishes for; one that it has is not being downloaded."""
        wish = entry.session.wish
        if wish is None:
            return ()
        key, look_text = wish
        matte_model = self._model_of(key) or key.model
        class_model = parse_look(look_text).get(_CLASS_MODEL, "")
        return (matte_model,) if class_model in ("", matte_model) else (matte_model, class_model)


def _fits(model_id: str) -> bool:
    return len(model_id.encode()) <= MODEL_ID_BYTES
