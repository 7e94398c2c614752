"""One execution slot of a compiled model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.failure import inference_errors
from selfieseg_engine.inference.frame_input import FrameInput

Mask = npt.NDArray[Any]


class Request:
    """Runs one frame at a time. One thread at a time; different requests of one model may run on different
    threads. ``infer`` releases the GIL while OpenVINO works.

    It copies the frame into memory of its own, and what it answers belongs to the caller. Raises
    ``InferenceError`` where the device has no room for it.
    """

    def __init__(
        self,
        compiled: Any,
        frame_input: FrameInput,
        mask_shape: tuple[int, int],
        mask_dtype: npt.DTypeLike,
    ) -> None:
        self._frame_input = frame_input
        self._mask: Mask = np.empty(mask_shape, mask_dtype)
        with inference_errors("OpenVINO could not make the model ready"):
            self._request: Any | None = compiled.create_infer_request()
            self._request.set_input_tensor(frame_input.tensor)
            # Once, and a copy a frame: OpenVINO takes ten times as long to be given other memory.
            self._request.set_output_tensor(
                ov.Tensor(self._mask[np.newaxis, :, :, np.newaxis], shared_memory=True)
            )

    def infer(self, frame: npt.NDArray[np.uint8]) -> Mask:
        """Compute the person mask of one frame.

        Args:
            frame: uint8 HxWxC of the model's input size; C is 3 for BGR, 4 for RGBX (the fourth byte is
                ignored).

        Returns:
            HxW of the model's output size: uint8 0…255 or float32 0…1.

        Raises:
            FrameError: a frame of the wrong shape or type.
            InferenceError: the request is closed, or OpenVINO failed.
        """
        if self._request is None:
            raise InferenceError("this request cannot run", "it is closed", "ask the model for a new one")
        self._frame_input.take(frame)
        with inference_errors("OpenVINO could not run the model"):
            self._request.infer()
        return self._mask.copy()

    def reset(self) -> None:
        """Forget the frames before, where the model keeps any.

        Raises ``InferenceError`` when closed, or where OpenVINO failed.
        """
        if self._request is None:
            raise InferenceError(
                "this request cannot be reset", "it is closed", "ask the model for a new one"
            )
        with inference_errors("OpenVINO could not make the model forget"):
            self._request.reset_state()

    def close(self) -> None:
        """Let go of OpenVINO's slot. May be called twice."""
        self._request = None
