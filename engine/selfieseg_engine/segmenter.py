"""The Python API: frames in, mattes out."""

from __future__ import annotations

from types import TracebackType

import numpy as np
import numpy.typing as npt

from selfieseg_engine.frames import require_bgr_frame
from selfieseg_engine.inference.devices import DEFAULT_THREADS
from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.resize import frame_to_model_size, mask_to_matte
from selfieseg_engine.model_choice import AUTO, choose_model_id
from selfieseg_engine.registry.registry import default_registry
from selfieseg_engine.result import SegmentationResult


class Segmenter:
    """Segments frames of one stream. A context manager; one thread at a time.

    Args:
        model: a model's id, or ``auto``.
        device: AUTO, CPU, GPU or NPU.
        threads: upper bound of CPU inference threads; None is the measured default, one.

    Attributes:
        model_id: the model in use.
        device: where it really runs, such as ``CPU``.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: see ``load_model``. The first use of a
            model on a machine downloads and converts it.
    """

    def __init__(self, model: str = AUTO, device: str = "AUTO", threads: int | None = None) -> None:
        self.model_id = choose_model_id(model, default_registry())
        self._model = load_model(self.model_id, device, DEFAULT_THREADS if threads is None else threads)
        self._request = self._model.new_request()
        self.device = self._model.device

    def __enter__(self) -> Segmenter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def segment(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> SegmentationResult:
        """Return the matte of one frame.

        Args:
            frame_bgr: uint8 HxWx3 BGR of any size; not changed, not kept.
            timestamp: seconds since the start of the stream, growing from frame to frame. Models
                without temporal state, which are all so far, give the same matte with and without it.

        Raises:
            FrameError: this is no such array.
            InferenceError: OpenVINO failed, or the segmenter is closed.
        """
        require_bgr_frame(frame_bgr)
        height, width = frame_bgr.shape[:2]
        mask = self._request.infer(frame_to_model_size(frame_bgr, self._model.input_size))
        return SegmentationResult(matte=mask_to_matte(mask, (width, height)), class_map=None, class_names=())

    def reset(self) -> None:
        """Start another stream: the next frame has no predecessor. Models so far keep nothing of one."""

    def close(self) -> None:
        """Let go of the model. May be called twice."""
        self._request.close()
