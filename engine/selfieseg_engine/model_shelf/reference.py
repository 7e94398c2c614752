"""What the default model finds in a photo, to compare other models with. Any thread; blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.model_shelf.plausibility import FloatMask, shows_somebody
from selfieseg_engine.registry.at_hand import weights_at_hand
from selfieseg_engine.registry.registry import Registry


def reference_masks(
    photos_bgr: Sequence[npt.NDArray[np.uint8]], registry: Registry
) -> tuple[FloatMask | None, ...]:
    """Return the default model's mask of each photo, float32 0…1 at its own size.

    None for a photo in which it finds nobody, and for all where it is not on this machine: nothing is
    downloaded for it. Raises ``ObtainError`` or ``InferenceError`` where it is here and broken.
    """
    if not weights_at_hand(registry.get(DEFAULT_MODEL_ID)):
        return (None,) * len(photos_bgr)
    loaded = load_model(DEFAULT_MODEL_ID, "CPU")
    request = loaded.new_request()
    masks = [np.asarray(request.infer(stretch(photo, loaded.input_size)), np.float32) for photo in photos_bgr]
    return tuple(mask if shows_somebody(mask) else None for mask in masks)
