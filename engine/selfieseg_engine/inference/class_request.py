"""One execution slot of a compiled class model, with the memory of one stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.class_graph import CLASS_MAP, PERSON, PLANES
from selfieseg_engine.inference.failure import inference_errors
from selfieseg_engine.inference.frame_input import FrameInput
from selfieseg_engine.result import ClassResult


class ClassRequest:
    """Runs one frame at a time. One thread at a time; ``infer`` releases the GIL while OpenVINO works.

    It copies the frame into memory of its own, and what it answers belongs to the caller.

    Args:
        compiled: a compiled graph of ``embed_class_processing``.
        frame_input: from which it is to read.

    Raises:
        InferenceError: the device has no room for it.
    """

    def __init__(self, compiled: Any, frame_input: FrameInput) -> None:
        with inference_errors("OpenVINO could not make the class model ready"):
            self._request: Any | None = compiled.create_infer_request()
            self._request.set_input_tensor(frame_input.tensor)
        self._frame_input = frame_input
        self._gives_person = len(compiled.outputs) > PERSON

    def infer(self, frame: npt.NDArray[np.uint8]) -> ClassResult:
        """Compute the classes of one frame.

        Args:
            frame: uint8 HxWxC of the model's input size, in the pixel format of ``frame_input``.

        Raises:
            FrameError: a frame of the wrong shape or type.
            InferenceError: the request is closed, or OpenVINO failed.
        """
        request = self._open_request()
        self._frame_input.take(frame)
        with inference_errors("OpenVINO could not run the class model"):
            request.infer()
        return ClassResult(
            planes=request.get_output_tensor(PLANES).data[0].copy(),
            class_map=request.get_output_tensor(CLASS_MAP).data[0, :, :, 0].copy(),
            person=request.get_output_tensor(PERSON).data[0, :, :, 0].copy() if self._gives_person else None,
        )

    def reset(self) -> None:
        """Forget the frame before. Raises ``InferenceError`` when closed, or where OpenVINO failed."""
        with inference_errors("OpenVINO could not make the class model forget"):
            self._open_request().reset_state()

    def close(self) -> None:
        """Let go of OpenVINO's slot. May be called twice."""
        self._request = None

    def _open_request(self) -> Any:
        if self._request is None:
            raise InferenceError("this class model cannot run", "it is closed", "make a new one")
        return self._request
