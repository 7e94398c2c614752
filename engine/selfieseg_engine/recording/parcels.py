"""What travels through the stages: a frame, and the packets to be copied that stood before it. Any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import av
import numpy as np
import numpy.typing as npt
from av.stream import Stream

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Timing:
    """When a frame is shown: ``pts`` and ``duration`` (0: unknown) in ticks of the recording's time base.

    A frame of the lead-in (see ``Span``) is segmented for the sake of those after it, and not written. At one
    that ``looks_anew`` the segmenter does so, too.
    """

    pts: int
    duration: int
    seconds: float
    is_lead_in: bool = False
    looks_anew: bool = False


@dataclass(frozen=True)
class SourceFrame:
    """One upright frame of the input.

    Attributes:
        bgr: uint8 HxWx3.
        alpha: uint8 HxW, straight; None for an opaque recording.
        fine_bgr: uint16 HxWx3, the same in 0…65535; None where the input has 8 bit.
        stored: as it was decoded, where that is upright and of the recording's size; else None.
    """

    bgr: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8] | None
    fine_bgr: npt.NDArray[np.uint16] | None
    stored: av.VideoFrame | None = None


@dataclass(frozen=True)
class Frame(Generic[A]):
    """Something at a time."""

    timing: Timing
    content: A


@dataclass(frozen=True)
class Parcel(Generic[A]):
    """A frame, if any, and the sound and subtitles that were stored before it."""

    frame: Frame[A] | None
    packets: tuple[av.Packet[Stream], ...]


def each_frame(parcels: Iterable[Parcel[Any]], change: Callable[[Frame[Any]], B]) -> Iterator[Parcel[B]]:
    """Yield the parcels with what ``change`` makes of each frame."""
    for parcel in parcels:
        frame = None if parcel.frame is None else Frame(parcel.frame.timing, change(parcel.frame))
        yield Parcel(frame, parcel.packets)


def without_lead_in(parcels: Iterable[Parcel[A]]) -> Iterator[Parcel[A]]:
    """Yield the parcels without the frames of a lead-in."""
    for parcel in parcels:
        is_lead_in = parcel.frame is not None and parcel.frame.timing.is_lead_in
        yield Parcel(None, parcel.packets) if is_lead_in else parcel
