"""A model compiled as the engine has it, and nothing around it: what is measured of models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from selfieseg_engine.inference.loaded_class_model import load_class_model
from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.registry.manifest import Manifest


def bare_inference(manifest: Manifest, threads: int, device: str = "CPU") -> Callable[[], object]:
    """Return what runs a model once on a noisy frame of its own size (RGBX in, 8 bits out).

    One thread at a time may call it; it raises ``InferenceError``. Raises what ``load_model`` does.
    """
    size = manifest.input.height, manifest.input.width, 4
    frame = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    if not manifest.output.person:
        class_request = load_class_model(manifest.id, device, threads, "RGBX").new_request()
        return lambda: class_request.infer(frame)
    request = load_model(manifest.id, device, threads, "RGBX", "u8").new_request()
    return lambda: request.infer(frame)
