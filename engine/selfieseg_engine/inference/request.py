"""One execution slot of a compiled model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov

from selfieseg_engine.errors import FrameError, InferenceError
from selfieseg_engine.inference.failure import reason_of
from selfieseg_engine.inference.frame_input import FrameInput

Mask = npt.NDArray[Any]


class Request:
    """Runs one frame at a time. One thread at a time; different requests of one model may run on different
    threads. ``infer`` releases the GIL while OpenVINO works.

    It copies the frame. Between calls it still points at the ``out`` of the last call: ``close`` lets go of
    that, which an ``mmap`` needs before it is closed.
    """

    def __init__(
        self,
        infer_request: Any,
        frame_input: FrameInput,
        mask_shape: tuple[int, int],
        mask_dtype: npt.DTypeLike,
    ) -> None:
        infer_request.set_input_tensor(frame_input.tensor)
        self._request: Any | None = infer_request
        self._frame_input = frame_input
        self._mask_shape = mask_shape
        self._mask_dtype = np.dtype(mask_dtype)

    def infer(self, frame: npt.NDArray[np.uint8], out: Mask | None = None) -> Mask:
        """Compute the person mask of one frame.

        Args:
            frame: uint8 HxWxC of the model's input size; C is 3 for BGR, 4 for RGBX (the fourth byte is
                ignored).
            out: C-contiguous HxW buffer of the output's dtype, written in place; a new one if None.

        Returns:
            ``out``, or the new array: uint8 0…255 or float32 0…1 at the model's output size.

        Raises:
            FrameError: a buffer of the wrong shape or type, or an ``out`` that is not contiguous.
            InferenceError: the request is closed, or OpenVINO failed.
        """
        if self._request is None:
            raise InferenceError("this request cannot run", "it is closed", "ask the model for a new one")
        if out is None:
            out = np.empty(self._mask_shape, self._mask_dtype)
        elif out.shape != self._mask_shape or out.dtype != self._mask_dtype or not _in_place(out):
            raise _wrong_out(out, self._mask_shape, self._mask_dtype)
        self._frame_input.take(frame)
        try:
            self._request.set_output_tensor(ov.Tensor(out[np.newaxis, :, :, np.newaxis], shared_memory=True))
            self._request.infer()
        except RuntimeError as error:
            raise InferenceError(
                "OpenVINO could not run the model",
                reason_of(error),
                "try another device (CPU always works)",
            ) from error
        return out

    def reset(self) -> None:
        """Forget the frames before, where the model keeps any. Raises ``InferenceError`` when closed."""
        if self._request is None:
            raise InferenceError(
                "this request cannot be reset", "it is closed", "ask the model for a new one"
            )
        self._request.reset_state()

    def close(self) -> None:
        """Let go of OpenVINO's slot and of the buffer of the last call. May be called twice."""
        self._request = None


def _in_place(array: npt.NDArray[Any]) -> bool:
    return array.flags.c_contiguous and array.flags.writeable


def _wrong_out(out: npt.NDArray[Any], shape: tuple[int, int], dtype: np.dtype[Any]) -> FrameError:
    layout = "contiguous" if out.flags.c_contiguous else "strided"
    access = "writable" if out.flags.writeable else "read-only"
    return FrameError(
        "`out` does not fit the model",
        f"it is {out.dtype} {out.shape}, {layout}, {access}, and should be {dtype} {shape}, contiguous",
        "pass a buffer of that shape and type",
    )
