"""The Python API: frames in, mattes and classes out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.class_model import ClassModel, class_model_beside
from selfieseg_engine.device_fallback import device_failure
from selfieseg_engine.errors import DeviceError
from selfieseg_engine.frames import require_bgr_frame
from selfieseg_engine.inference.request import Mask
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte.levels import as_probability
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.matte_model import MatteModel
from selfieseg_engine.matte_stream import DEFAULT_SMOOTHING, MatteStream, MatteWish
from selfieseg_engine.measured_choice import AS_MEASURED, AUTO_DEVICE, CPU
from selfieseg_engine.model_choice import AUTO
from selfieseg_engine.registry.registry import Registry, default_registry
from selfieseg_engine.result import ClassResult, SegmentationResult
from selfieseg_engine.setup_choice import choose_setup

logger = logging.getLogger(__name__)

_HALF = 0.5


class Segmenter:
    """Segments frames of one stream. A context manager; one thread at a time.

    Args:
        model: a matte model's id, or ``auto`` for what suits this machine best, by measurement.
        device: AUTO, CPU, GPU or NPU. With AUTO the CPU goes on where another one fails.
        threads: upper bound of CPU inference threads; None is as measured, one or two.
        refine: let mattes follow the picture's edges.
        smoothing: how much the mattes of a stream are steadied, 0 (not at all) … 1.
        class_model: a class model's id; ``auto`` for the best that is on this machine, if any; ``none`` for
            none. None gives classes only where the matte model itself tells them.

    Attributes:
        model_id: the matte model in use.
        class_model_id: the class model in use, or None.
        infer_ns: nanoseconds that the matte model ran for the last frame; 0 where it did not have to.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: see ``load_model``. The first use of a
            model on a machine downloads and converts it.
    """

    def __init__(
        self,
        model: str = AUTO,
        device: str = "AUTO",
        threads: int | None = None,
        class_model: str | None = None,
        *,
        refine: bool = True,
        smoothing: float = DEFAULT_SMOOTHING,
    ) -> None:
        registry = default_registry()
        setup = choose_setup(model, device, threads or AS_MEASURED)
        self.model_id = setup.model_id
        self.class_model_id = class_model_beside(self.model_id, class_model, registry)
        self._class_model = (
            None
            if self.class_model_id is None
            else _load_class_model(self.class_model_id, device, setup.threads)
        )
        if self._class_model is not None and self.class_model_id == self.model_id:
            # It tells the person too: one run a frame gives both.
            self._model: MatteModel | None = None
            self._input_size = self._class_model.input_size
        else:
            self._model = MatteModel(setup, device)
            self._input_size = self._model.input_size
        # Classes are told of the whole frame, so a model that tells the person too sees the whole.
        looks_near = refine and self._model is not None
        self._wish = MatteWish(refine, smoothing, looks_near=looks_near, looks_closer=looks_near)
        self._stream = MatteStream(self._input_size, self._wish, self._forget(registry))
        self._size: tuple[int, int] | None = None
        self.infer_ns = 0

    def __enter__(self) -> Segmenter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def device(self) -> str:
        """Return where the matte model really runs now, such as ``CPU``."""
        running = self._model or cast("ClassModel", self._class_model)
        return running.device

    def segment(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> SegmentationResult:
        """Return the matte and, with a class model, the classes of one frame.

        Successive frames of one size are a stream, whose mattes steady each other. The first frame, and the
        first one after a cut, has no predecessor to lean on: where edges are refined it is looked at ten
        times instead (``look_closer``).

        Args:
            frame_bgr: uint8 HxWx3 BGR of any size; not changed, not kept.
            timestamp: seconds since the start of the stream, growing from frame to frame. Nothing so far
                cares for it: each frame is the successor of the one before.

        Raises:
            FrameError: this is no such array.
            InferenceError: OpenVINO failed, or the segmenter is closed.
        """
        return self.fit(self.segment_small(frame_bgr, timestamp), frame_bgr)

    def segment_small(
        self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None
    ) -> SegmentationResult:
        """Return what ``segment`` does, but for the mask, which has the size it was made at.

        For whoever looks for the person in one frame while the one before is drawn: see ``fit``.
        """
        require_bgr_frame(frame_bgr)
        size = frame_bgr.shape[1::-1]
        if size != self._size:
            self.reset()
            self._size = size
        found: ClassResult | None = None
        self.infer_ns = 0

        def infer(model_frame: npt.NDArray[np.uint8]) -> Mask:
            nonlocal found
            started_ns = time.monotonic_ns()
            try:
                if self._model is not None:
                    return self._model.infer(model_frame)
                found = cast("ClassModel", self._class_model).segment(model_frame)
                return cast("Mask", found.person)  # choose_model_id lets only models through that tell it
            finally:
                self.infer_ns += time.monotonic_ns() - started_ns

        if self._wish.is_raw:
            mask = infer(stretch(frame_bgr, self._input_size))
        else:
            t_ns = 0 if timestamp is None else round(timestamp * 1e9)
            mask = self._stream.matte(frame_bgr, t_ns, infer).matte
        if self._class_model is None:
            return SegmentationResult(mask=mask, class_map=None, class_names=())
        if found is None:
            found = self._class_model.segment(frame_bgr, as_probability(mask) > _HALF)
        return SegmentationResult(
            mask=mask,
            class_map=_class_map_of_size(found.class_map, size),
            class_names=self._class_model.class_names,
            class_planes=found.planes,
        )

    def fit(self, result: SegmentationResult, frame_bgr: npt.NDArray[np.uint8]) -> SegmentationResult:
        """Return the result of ``segment_small`` for this frame, the mask at the frame's size. Any thread."""
        size = frame_bgr.shape[1::-1]
        if self._wish.refine_edges:
            return replace(result, mask=upsample_matte(result.mask, frame_bgr))
        return replace(result, mask=stretch(result.mask, size))

    def look_anew(self) -> None:
        """Choose anew, at the next frame, which part of the picture is looked at.

        That choice depends on where the stream began. Two streams over the same frames that choose anew at
        the same ones come to the same mattes soon after: so a recording can be split.
        """
        self._stream.look_anew()

    def reset(self) -> None:
        """Start another stream: the next frame has no predecessor. Raises ``InferenceError`` when closed."""
        self._stream.reset()
        if self._class_model is not None:
            self._class_model.reset()

    def _forget(self, registry: Registry) -> Callable[[], None] | None:
        """Return what makes the matte model forget the frames before; None where it keeps nothing."""
        if not registry.get(self.model_id).is_recurrent:
            return None
        return cast("ClassModel", self._class_model).reset if self._model is None else self._model.reset

    def close(self) -> None:
        """Let go of the models. May be called twice."""
        if self._model is not None:
            self._model.close()
        if self._class_model is not None:
            self._class_model.close()


def _load_class_model(model_id: str, device: str, threads: int) -> ClassModel:
    """Load a class model; on the CPU where another device that the user has not named does not take it."""
    try:
        return ClassModel(model_id, device, threads)
    except DeviceError as error:
        if device != AUTO_DEVICE:
            raise
        logger.warning("%s", device_failure(device, error))
        return ClassModel(model_id, CPU, threads)


def _class_map_of_size(class_map: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    # Between two indices there is nothing to interpolate.
    return np.asarray(cv2.resize(class_map, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
