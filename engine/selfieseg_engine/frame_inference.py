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
    """A frame in its slot, and its mask: uint8 hxw of the model's output size.

    The mask may lie in the slot too: it is good until the next frame there is answered.
    """

    frame: Frame
    u8_mask: U8Image
    queue_ns: int
    infer_ns: int


def warm_up(model: LoadedModel, request: Request) -> None:
    """Run ``request`` once on an empty frame: the first run of a model is slow. Raises ``InferenceError``."""
    width, height = model.input_size
    request.infer(np.zeros((height, width, _CHANNELS), np.uint8))


def matte_into_slot(
    ring: Ring, frame: Frame, queue_ns: int, model: LoadedModel, request: Request
) -> tuple[FrameMask, Matte]:
    """Compute the u8 matte of ``frame`` and leave it, marked as whole, in the frame's own slot.

    A frame of the model's input size is read in place, and the matte is always written in place.

    Raises:
        TornSlotError: the slot does not hold this frame, or was overwritten while it was read.
        RingError: the frame does not fit into the slot, or the matte not into the result part.
        InferenceError, MemoryError: the model could not run.
    """
    rgbx_frame = _rgbx_frame(ring, frame)
    width, height = model.output_size
    u8_matte = np.frombuffer(ring.result_bytes(frame.slot, width * height), np.uint8).reshape(height, width)
    ring.begin_result(frame.slot, frame.seq)
    started_ns = time.monotonic_ns()
    request.infer(_fitted(rgbx_frame, model.input_size), out=u8_matte)
    infer_ns = time.monotonic_ns() - started_ns
    ring.check_frame(frame.slot, frame.seq)
    ring.end_result(frame.slot, frame.seq, width, height, stride=width)
    matte = Matte(frame.session, frame.seq, frame.slot, int(ResultKind.MATTE_U8), queue_ns, infer_ns)
    return FrameMask(frame, u8_matte, queue_ns, infer_ns), matte


def mask_of_frame(ring: Ring, frame: Frame, queue_ns: int, model: LoadedModel, request: Request) -> FrameMask:
    """Compute the mask of ``frame``, for ``composite_into_slot``. Raises as ``matte_into_slot`` does."""
    rgbx_frame = _rgbx_frame(ring, frame)
    started_ns = time.monotonic_ns()
    u8_mask = request.infer(_fitted(rgbx_frame, model.input_size))
    return FrameMask(frame, u8_mask, queue_ns, infer_ns=time.monotonic_ns() - started_ns)


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


def _fitted(frame: U8Image, size: tuple[int, int]) -> U8Image:
    """Return ``frame`` itself where it has ``size`` = (width, height), else a scaled copy."""
    height, width = frame.shape[:2]
    if (width, height) == size:
        return frame
    shrinks = width >= 2 * size[0] and height >= 2 * size[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(frame, size, interpolation=interpolation), np.uint8)
