"""What finds the person in a batch: chosen once, on this machine, for all workers."""

from __future__ import annotations

from selfieseg_engine.batch.options import EngineChoice
from selfieseg_engine.registry.obtain import obtain_weights
from selfieseg_engine.registry.registry import default_registry
from selfieseg_engine.setup_choice import choose_setup


def choose_engine(model: str, class_model_id: str | None, device: str, threads: int) -> EngineChoice:
    """Return the choice; fetches the models, so that many workers need not at once.

    The number of threads is given, never measured: it may change the last bit of a matte.
    Raises as ``choose_setup`` and ``obtain_weights`` do.
    """
    setup = choose_setup(model, device, threads)
    digests = {}
    for model_id in (setup.model_id, class_model_id):
        if model_id is not None:
            manifest = default_registry().get(model_id)
            obtain_weights(manifest)
            digests[model_id] = str(manifest.file.digest)
    return EngineChoice(setup.model_id, class_model_id, setup.device, threads, digests)
