"""One frame of a ring: from its slot, through the model, into the same slot. The thread that owns the ring.

The client may take a slot back at any time (it restarted the session, or gave up waiting). Then the result
stays marked as torn, and nobody draws it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte_stream import MatteStream
from selfieseg_wire.messages import Frame, Matte
from selfieseg_wire.ring import BYTES_PER_PIXEL, Ring
from selfieseg_wire.structs import BackgroundKind, FrameFormat, ResultKind

if TYPE_CHECKING:
    from selfieseg_engine.class_worker import ClassPlanes
    from selfieseg_engine.inference.loaded_model import LoadedModel
    from selfieseg_engine.inference.request import Request

U8Image = npt.NDArray[np.uint8]

_CHANNELS = BYTES_PER_PIXEL[FrameFormat.RGBX]


@dataclass(frozen=True)
class Composition:
    """How finished pictures are made.

    Attributes:
        draw: from a frame (uint8 HxWx3 BGR) and its mask (uint8 hxw) to a picture (uint8 HxWx4 BGRA,
            premultiplied).
        background: what it shows behind the person.
        inverted: it shows that in the person's place.
    """

    draw: Callable[[U8Image, U8Image], U8Image]
    background: BackgroundKind
    inverted: bool


@dataclass(frozen=True)
class FrameMask:
    """A frame in its slot, and its matte before the user's levels.

    Attributes:
        frame: where it lies.
        u8_mask: uint8 hxw of the frame's view; not to be written to.
        is_new: the model has run for it, rather than the last mask being good for it too.
        lead_ns: the mask has been moved ahead by so much time.
        queue_ns: how long the frame waited.
        infer_ns: how long the model ran, 0 where it did not.
    """

    frame: Frame
    u8_mask: U8Image
    is_new: bool
    lead_ns: int
    queue_ns: int
    infer_ns: int


def warm_up(model: LoadedModel, request: Request) -> None:
    """Run ``request`` once on an empty frame: the first run of a model is slow. Raises ``InferenceError``."""
    width, height = model.input_size
    request.infer(np.zeros((height, width, _CHANNELS), np.uint8))
    request.reset()  # the empty frame is nobody's predecessor


def mask_of_frame(
    ring: Ring, frame: Frame, queue_ns: int, request: Request, stream: MatteStream
) -> FrameMask:
    """Compute the mask of ``frame``, the next one of ``stream``.

    Raises:
        TornSlotError: the slot does not hold this frame.
        RingError: the frame does not fit into the slot.
        InferenceError, MemoryError: the model could not run.
    """
    infer_ns = 0

    def infer(rgbx_picture: U8Image) -> U8Image:
        nonlocal infer_ns
        started_ns = time.monotonic_ns()
        mask = request.infer(rgbx_picture)
        infer_ns += time.monotonic_ns() - started_ns
        return mask

    made = stream.matte(_rgbx_frame(ring, frame), frame.t_ns, infer)
    return FrameMask(frame, made.matte, made.is_new, made.lead_ns, queue_ns, infer_ns)


def matte_into_slot(ring: Ring, found: FrameMask) -> Matte:
    """Leave the mask of a frame, marked as whole, in the frame's own slot.

    Raises:
        TornSlotError: the slot does not hold this frame any more: it may have been overwritten while the mask
            was computed from it.
        RingError: the matte does not fit into the result part.
    """
    frame = found.frame
    height, width = found.u8_mask.shape
    result = np.frombuffer(ring.result_bytes(frame.slot, width * height), np.uint8)
    ring.begin_result(frame.slot, frame.seq)
    result.reshape(height, width)[:] = found.u8_mask
    ring.check_frame(frame.slot, frame.seq)
    ring.tell_lead(frame.slot, found.lead_ns)
    ring.end_result(frame.slot, frame.seq, width, height, stride=width)
    return Matte(
        frame.session, frame.seq, frame.slot, int(ResultKind.MATTE_U8), found.queue_ns, found.infer_ns
    )


def composite_into_slot(ring: Ring, found: FrameMask, composition: Composition) -> Matte:
    """Compute the finished picture of a frame and leave it in the frame's own slot: RGBA8, premultiplied.

    Raises:
        TornSlotError: the slot does not hold this frame any more, or was overwritten while it was read.
        RingError: the picture does not fit into the result part.
        Exception: whatever ``composition.draw`` raises.
    """
    frame = found.frame
    rgbx_frame = _rgbx_frame(ring, frame)
    stride = frame.width * _CHANNELS
    result = np.frombuffer(ring.result_bytes(frame.slot, stride * frame.height), np.uint8)
    rgba_result = result.reshape(frame.height, frame.width, _CHANNELS)
    ring.begin_result(frame.slot, frame.seq)
    bgr_frame = np.asarray(cv2.cvtColor(rgbx_frame, cv2.COLOR_RGBA2BGR), np.uint8)
    cv2.cvtColor(composition.draw(bgr_frame, found.u8_mask), cv2.COLOR_BGRA2RGBA, dst=rgba_result)
    ring.check_frame(frame.slot, frame.seq)
    ring.tell_look(frame.slot, composition.background, composition.inverted)
    ring.end_result(frame.slot, frame.seq, frame.width, frame.height, stride, kind=ResultKind.COMPOSITE_RGBA)
    holds = int(ResultKind.COMPOSITE_RGBA)
    return Matte(frame.session, frame.seq, frame.slot, holds, found.queue_ns, found.infer_ns)


def frame_copy(ring: Ring, frame: Frame) -> U8Image:
    """Return a copy of a work frame: uint8 HxWx4 RGBX.

    Raises:
        TornSlotError: the slot does not hold this frame, or was overwritten while it was copied.
        RingError: the frame does not fit into the slot.
    """
    copy = _rgbx_frame(ring, frame).copy()
    ring.check_frame(frame.slot, frame.seq)
    return copy


def publish_planes(ring: Ring, made: ClassPlanes, classes: int) -> None:
    """Write class planes into the ring, as the newest.

    Args:
        ring: this session's.
        made: the planes; their fourth dimension is one byte per class.
        classes: ``ClassBit`` of those that the model knows.

    Raises:
        RingError: the ring has no class planes, or they are too small.
    """
    height, width, channels = made.planes.shape
    stride = width * channels
    index = ring.older_plane()
    target = np.frombuffer(ring.plane_bytes(index, stride * height), np.uint8)
    seq = ring.begin_plane(index)
    target.reshape(made.planes.shape)[:] = made.planes
    ring.end_plane(index, seq, width, height, stride, classes, made.frame_t_ns)


def _rgbx_frame(ring: Ring, frame: Frame) -> U8Image:
    """Return a view of the frame in its slot."""
    rgbx_bytes = ring.frame_bytes(frame.slot, frame.seq, frame.width, frame.height, frame.stride)
    return np.ndarray(
        (frame.height, frame.width, _CHANNELS), np.uint8, rgbx_bytes, strides=(frame.stride, _CHANNELS, 1)
    )
