"""Class models: where hair, skin and clothes are in a frame. They run beside the matte model.

Choosing one is cheap and loads nothing; OpenVINO loads with the first ``ClassModel``.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import FrameError, RegistryError
from selfieseg_engine.model_choice import AUTO
from selfieseg_engine.registry.at_hand import weights_at_hand
from selfieseg_engine.registry.registry import Registry
from selfieseg_wire.structs import ClassBit

if TYPE_CHECKING:
    from selfieseg_engine.inference.frame_input import PixelFormat
    from selfieseg_engine.result import ClassResult

NONE = "none"
# What ``auto`` tries, in order: the first tells all classes apart, the second only hair.
PREFERRED = ("selfie_multiclass_256x256", "hair_segmentation")

_BITS = {
    "hair": ClassBit.HAIR,
    "body-skin": ClassBit.BODY_SKIN,
    "face-skin": ClassBit.FACE_SKIN,
    "clothes": ClassBit.CLOTHES,
}


def choose_class_model(requested: str, registry: Registry) -> str | None:
    """Return the id of the class model to use, None for no class model. Any thread.

    ``auto`` is the best of ``PREFERRED`` whose weights are on this machine: classes are an extra, for
    which nothing is downloaded unasked. ``none`` is None. Raises ``RegistryError`` for an id that is not
    in ``registry``, or gives no classes.
    """
    if requested == NONE:
        return None
    if requested == AUTO:
        known = {manifest.id: manifest for manifest in registry.manifests}
        return next((name for name in PREFERRED if name in known and weights_at_hand(known[name])), None)
    manifest = registry.get(requested)
    if not manifest.output.classes:
        raise RegistryError(
            f"{manifest.id} gives no classes",
            "it is a matte model",
            "choose a class model; `selfieseg models list` describes them",
        )
    return manifest.id


def class_model_beside(matte_model_id: str, requested: str | None, registry: Registry) -> str | None:
    """Return the id of the class model for one that gives mattes, None for none. Any thread.

    A matte model that itself tells classes is its own class model for ``auto``, and where nothing is
    requested (None). Raises as ``choose_class_model`` does.
    """
    if requested in (None, AUTO) and registry.get(matte_model_id).output.classes:
        return matte_model_id
    return None if requested is None else choose_class_model(requested, registry)


def available_classes(requested: str, registry: Registry) -> tuple[int, str]:
    """Return the bits (``ClassBit``) and the id of what ``choose_class_model`` gives; 0 and "" for none.

    Cheap, it only looks whether files are there. Any thread. Raises as ``choose_class_model`` does.
    """
    model_id = choose_class_model(requested, registry)
    if model_id is None:
        return 0, ""
    return class_bits(registry.get(model_id).output.classes), model_id


def class_bits(class_names: tuple[str, ...]) -> int:
    """Return the bits of the classes that a class plane has a channel for. Pure."""
    bits = 0
    for name in class_names:
        bits |= _BITS.get(name, 0)
    return int(bits)


class ClassModel:
    """Finds the classes in frames of one stream. A context manager; one thread at a time.

    The model is compiled here, on the calling thread, and shared with nobody.

    Args:
        model_id: an id of ``choose_class_model``.
        device: AUTO, CPU, GPU or NPU.
        threads: upper bound of CPU inference threads.
        pixel_format: ``BGR`` (HxWx3) or ``RGBX`` (HxWx4, the fourth byte is ignored) frames.

    Attributes:
        model_id: the model in use.
        device: where it really runs, such as ``CPU``.
        class_names: what an index of a class map means.
        classes: bits of ``ClassBit``, the planes that can be other than 0.
        input_size: (width, height) at which the model looks, and of what it answers.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: see ``load_class_model``. The first use of
            a model on a machine downloads and converts it.
    """

    def __init__(
        self, model_id: str, device: str = "AUTO", threads: int = 1, pixel_format: PixelFormat = "BGR"
    ) -> None:
        from selfieseg_engine.class_stream import ClassStream
        from selfieseg_engine.inference.frame_input import PIXEL_BYTES
        from selfieseg_engine.inference.loaded_class_model import load_class_model

        loaded = load_class_model(model_id, device, threads, pixel_format)
        self.model_id = model_id
        self.device = loaded.device
        self.class_names: tuple[str, ...] = loaded.manifest.output.classes
        self.classes = class_bits(self.class_names)
        self.input_size = loaded.input_size
        self._channels = PIXEL_BYTES[pixel_format]
        self._stream = ClassStream(loaded)

    def __enter__(self) -> ClassModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def segment(
        self, frame: npt.NDArray[np.uint8], person: npt.NDArray[np.bool_] | None = None
    ) -> ClassResult:
        """Return the classes of one frame, at the model's size.

        The GIL is free while OpenVINO works. A model with a memory also looks at its answer to the frame
        before.

        Args:
            frame: uint8 HxWxC of any size; not changed, not kept.
            person: bool hxw of any size, where somebody is: some models look only there, and the better for
                it. None where that is not known.

        Raises:
            FrameError: this is no such array.
            InferenceError: OpenVINO failed, or the model is closed.
        """
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != self._channels or frame.size == 0:
            raise FrameError(
                "this is no frame",
                f"it is {frame.dtype} {frame.shape}",
                f"pass a uint8 array of shape (height, width, {self._channels})",
            )
        return self._stream.segment(frame, person)

    def reset(self) -> None:
        """Start another stream: the next frame has no predecessor. Raises ``InferenceError`` when closed."""
        self._stream.reset()

    def close(self) -> None:
        """Let go of the model. May be called twice."""
        self._stream.close()
