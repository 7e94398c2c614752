"""One frame: from a slot of the ring, through the model, into the same slot. Pixels are never copied."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from selfieseg_wire.messages import Frame, Matte
from selfieseg_wire.ring import BYTES_PER_PIXEL, Ring
from selfieseg_wire.structs import FrameFormat, ResultKind

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel
    from selfieseg_engine.inference.request import Request

_CHANNELS = BYTES_PER_PIXEL[FrameFormat.RGBX]


def warm_up(model: LoadedModel, request: Request) -> None:
    """Run ``request`` once on an empty frame: the first run of a model is slow. Raises ``InferenceError``."""
    width, height = model.input_size
    request.infer(np.zeros((height, width, _CHANNELS), np.uint8))


def infer_slot(ring: Ring, frame: Frame, queue_ns: int, model: LoadedModel, request: Request) -> Matte:
    """Compute the u8 matte of ``frame`` and leave it, marked as whole, in the frame's own slot.

    The thread that owns ``request``. The client may have taken the slot back meanwhile (it restarted
    the session, or gave up waiting): then the result stays marked as torn and nobody draws it.

    Raises:
        TornSlotError: the slot does not hold this frame, or was overwritten while it was read.
        RingError: the frame does not fit into the slot, or the matte not into the result part.
        InferenceError, MemoryError: the model could not run.
    """
    rgbx_bytes = ring.frame_bytes(frame.slot, frame.seq, frame.width, frame.height, frame.stride)
    rgbx_work_frame: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]] = np.ndarray(
        (frame.height, frame.width, _CHANNELS), np.uint8, rgbx_bytes, strides=(frame.stride, _CHANNELS, 1)
    )
    width, height = model.output_size
    u8_matte = np.frombuffer(ring.result_bytes(frame.slot, width * height), np.uint8).reshape(height, width)
    ring.begin_result(frame.slot, frame.seq)
    started_ns = time.monotonic_ns()
    request.infer(rgbx_work_frame, out=u8_matte)
    infer_ns = time.monotonic_ns() - started_ns
    ring.check_frame(frame.slot, frame.seq)
    ring.end_result(frame.slot, frame.seq, width, height, stride=width)
    return Matte(frame.session, frame.seq, frame.slot, int(ResultKind.MATTE_U8), queue_ns, infer_ns)
