"""The segmenter of a worker's process: loading a model takes longer than a picture. One thread at a time."""

from __future__ import annotations

from functools import lru_cache

from selfieseg_engine.batch.options import BatchOptions
from selfieseg_engine.segmenter import Segmenter


def segmenter_for(options: BatchOptions) -> Segmenter:
    """Return what these options ask for; it is kept for the tasks that come. Raises as ``Segmenter`` does."""
    engine = options.engine
    return _loaded(
        engine.model_id, engine.class_model_id, engine.device, engine.threads, options.look.refine_edges
    )


@lru_cache(maxsize=1)
def _loaded(model_id: str, class_model_id: str | None, device: str, threads: int, refine: bool) -> Segmenter:
    return Segmenter(model_id, device, threads, class_model_id, refine=refine)
