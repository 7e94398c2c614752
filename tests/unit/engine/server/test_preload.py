from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from selfieseg_engine.device_fallback import DeviceFallbacks
from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.loaded_model import LoadedModel
from selfieseg_engine.model_leases import ModelKey, ModelLeases
from selfieseg_engine.server.preload import Preload

WISH = ModelKey("selfie_segmentation", "AUTO", 1)


def test_a_device_that_hung_is_not_tried_ahead_either() -> None:
    """It would hold up what the CPU is to do in its place."""
    loaded: list[ModelKey] = []

    def load(key: ModelKey) -> LoadedModel:
        loaded.append(key)
        return cast("LoadedModel", SimpleNamespace())

    fallbacks = DeviceFallbacks()
    fallbacks.note(WISH, "GPU.0", InferenceError("no answer comes", "its driver hangs", "x"))
    preload = Preload(ModelLeases(load), fallbacks, WISH)
    preload._load()
    preload.release()
    assert [(key.model, key.device) for key in loaded] == [("selfie_segmentation", "CPU")]
