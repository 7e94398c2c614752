"""The frame ring: where slots lie in a shared region, and views onto them. No I/O, no sockets.

See structs.h for who may write what. Nothing here is locked: a slot has one owner at a time, and the
sequence numbers written before and after each payload tell a reader when that was violated.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

from selfieseg_wire.structs import (
    RING_MAGIC,
    STRUCTS_VERSION,
    BackgroundKind,
    ClassHeader,
    FrameFormat,
    Owner,
    ResultKind,
    RingHeader,
    SlotHeader,
)

PAGE = 4096
MAX_SLOTS = 16
CLASS_PLANES = 2
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
BYTES_PER_PIXEL = {FrameFormat.RGBX: 4}


class RingError(ValueError):
    """A ring's header or slot is not what it should be. ``field`` names the first wrong field."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"ring field {field!r}: {why}")
        self.field = field


class TornSlotError(RingError):
    """A slot was written while it was read, or does not hold the frame that was asked for."""


def _page_aligned(size: int) -> int:
    return -(-size // PAGE) * PAGE


@dataclass(frozen=True)
class RingLayout:
    """Where everything lies in a ring file. All values are bytes, except ``slot_count``."""

    slot_count: int
    frame_capacity: int
    result_capacity: int
    slot_stride: int
    first_slot_offset: int
    frame_offset: int
    result_offset: int
    class_offset: int = 0
    class_stride: int = 0
    plane_offset: int = 0
    plane_capacity: int = 0

    @classmethod
    def plan(
        cls, slot_count: int, frame_capacity: int, result_capacity: int, plane_capacity: int = 0
    ) -> RingLayout:
        """Lay out a ring: headers and payloads start on pages of their own. No class planes for capacity 0.

        Raises:
            RingError: a number is outside its range.
        """
        frame_offset = PAGE
        result_offset = frame_offset + _page_aligned(frame_capacity)
        slot_stride = result_offset + _page_aligned(result_capacity)
        has_planes = plane_capacity > 0
        layout = cls(
            slot_count=slot_count,
            frame_capacity=frame_capacity,
            result_capacity=result_capacity,
            slot_stride=slot_stride,
            first_slot_offset=PAGE,
            frame_offset=frame_offset,
            result_offset=result_offset,
            class_offset=PAGE + slot_count * slot_stride if has_planes else 0,
            class_stride=PAGE + _page_aligned(plane_capacity) if has_planes else 0,
            plane_offset=PAGE if has_planes else 0,
            plane_capacity=plane_capacity,
        )
        layout.check()
        return layout

    @property
    def total_bytes(self) -> int:
        """Size of the whole file."""
        slots_end = self.first_slot_offset + self.slot_count * self.slot_stride
        return self.class_offset + CLASS_PLANES * self.class_stride if self.class_offset else slots_end

    def check(self) -> None:
        """Raise RingError naming the first field that does not fit the others."""
        if not 1 <= self.slot_count <= MAX_SLOTS:
            raise RingError("slot_count", f"{self.slot_count} is outside 1…{MAX_SLOTS}")
        for field in ("frame_capacity", "result_capacity"):
            value = getattr(self, field)
            if not 1 <= value <= MAX_PAYLOAD_BYTES:
                raise RingError(field, f"{value} is outside 1…{MAX_PAYLOAD_BYTES}")
        if self.first_slot_offset < ctypes.sizeof(RingHeader) or self.first_slot_offset % 64:
            raise RingError("first_slot_offset", f"{self.first_slot_offset} overlaps the header")
        if self.frame_offset < ctypes.sizeof(SlotHeader) or self.frame_offset % 64:
            raise RingError("frame_offset", f"{self.frame_offset} overlaps the slot header")
        if self.result_offset < self.frame_offset + self.frame_capacity or self.result_offset % 64:
            raise RingError("result_offset", f"{self.result_offset} overlaps the frame")
        if self.slot_stride < self.result_offset + self.result_capacity or self.slot_stride % 64:
            raise RingError("slot_stride", f"{self.slot_stride} is too small for a slot")
        if self.class_offset:
            self._check_class_planes()

    def _check_class_planes(self) -> None:
        slots_end = self.first_slot_offset + self.slot_count * self.slot_stride
        if self.class_offset < slots_end or self.class_offset % 64:
            raise RingError("class_offset", f"{self.class_offset} overlaps the slots")
        if not 1 <= self.plane_capacity <= MAX_PAYLOAD_BYTES:
            raise RingError("plane_capacity", f"{self.plane_capacity} is outside 1…{MAX_PAYLOAD_BYTES}")
        if self.plane_offset < ctypes.sizeof(ClassHeader) or self.plane_offset % 64:
            raise RingError("plane_offset", f"{self.plane_offset} overlaps the plane's header")
        if self.class_stride < self.plane_offset + self.plane_capacity or self.class_stride % 64:
            raise RingError("class_stride", f"{self.class_stride} is too small for a class plane")

    def to_bytes(self) -> bytes:
        """Return the 64-byte header."""
        return bytes(
            RingHeader(
                magic=RING_MAGIC,
                version=STRUCTS_VERSION,
                header_size=ctypes.sizeof(RingHeader),
                slot_count=self.slot_count,
                slot_stride=self.slot_stride,
                first_slot_offset=self.first_slot_offset,
                frame_offset=self.frame_offset,
                frame_capacity=self.frame_capacity,
                result_offset=self.result_offset,
                result_capacity=self.result_capacity,
                class_offset=self.class_offset,
                class_stride=self.class_stride,
                plane_offset=self.plane_offset,
                plane_capacity=self.plane_capacity,
            )
        )

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview, available_bytes: int) -> RingLayout:
        """Read a header and prove that the ring it describes fits into ``available_bytes``.

        Raises:
            RingError: truncated, another magic or version, or numbers that contradict each other.
        """
        size = ctypes.sizeof(RingHeader)
        if len(data) < size:
            raise RingError("header_size", f"{len(data)} bytes, a header has {size}")
        header = RingHeader.from_buffer_copy(data)
        if header.magic != RING_MAGIC:
            raise RingError("magic", f"{header.magic:#010x}, expected {RING_MAGIC:#010x}")
        if header.version != STRUCTS_VERSION:
            raise RingError("version", f"{header.version}, this side speaks {STRUCTS_VERSION}")
        if header.header_size != size:
            raise RingError("header_size", f"{header.header_size}, expected {size}")
        layout = cls(
            slot_count=header.slot_count,
            frame_capacity=header.frame_capacity,
            result_capacity=header.result_capacity,
            slot_stride=header.slot_stride,
            first_slot_offset=header.first_slot_offset,
            frame_offset=header.frame_offset,
            result_offset=header.result_offset,
            class_offset=header.class_offset,
            class_stride=header.class_stride,
            plane_offset=header.plane_offset,
            plane_capacity=header.plane_capacity,
        )
        layout.check()
        if layout.total_bytes > available_bytes:
            raise RingError("slot_stride", f"the ring needs {layout.total_bytes} bytes of {available_bytes}")
        return layout


class Ring:
    """Views onto the slots of a mapped region. Any one thread at a time.

    Call ``release`` before the region is unmapped: the views keep it open.
    """

    def __init__(self, memory: memoryview, layout: RingLayout) -> None:
        self.layout = layout
        self._memory = memory
        self._slots = [
            SlotHeader.from_buffer(memory, layout.first_slot_offset + index * layout.slot_stride)
            for index in range(layout.slot_count)
        ]
        self._planes = [
            ClassHeader.from_buffer(memory, layout.class_offset + index * layout.class_stride)
            for index in range(CLASS_PLANES if layout.class_offset else 0)
        ]

    @classmethod
    def format(cls, memory: memoryview, layout: RingLayout) -> Ring:
        """Write an empty ring into zeroed ``memory`` and return it."""
        header = layout.to_bytes()
        memory[: len(header)] = header
        return cls(memory, layout)

    @classmethod
    def attach(cls, memory: memoryview) -> Ring:
        """Return the ring that another process wrote into ``memory``.

        Raises:
            RingError: it does not hold a ring of this version.
        """
        # A copy: a view would live on in the error's traceback, and the region could not be unmapped.
        header = bytes(memory[: ctypes.sizeof(RingHeader)])
        return cls(memory, RingLayout.parse(header, len(memory)))

    def __len__(self) -> int:
        return self.layout.slot_count

    def slot(self, index: int) -> SlotHeader:
        """Return the live header of slot ``index``.

        Raises:
            RingError: there is no such slot.
        """
        if not 0 <= index < self.layout.slot_count:
            raise RingError("slot", f"{index}, the ring has {self.layout.slot_count}")
        return self._slots[index]

    def owned_by(self, owner: Owner) -> Iterator[int]:
        """Yield the indices of the slots with this owner."""
        return (index for index, slot in enumerate(self._slots) if slot.owner == owner)

    def frame_bytes(self, index: int, seq: int, width: int, height: int, stride: int) -> memoryview:
        """Return the work frame of slot ``index``: ``height`` rows of ``stride`` bytes, RGBX.

        Raises:
            TornSlotError: the slot holds another frame than ``seq``, or half of one.
            RingError: the frame does not fit into the slot.
        """
        self.check_frame(index, seq)
        slot = self.slot(index)
        try:
            bytes_per_pixel = BYTES_PER_PIXEL[FrameFormat(slot.frame_format)]
        except ValueError:
            raise RingError("frame_format", f"{slot.frame_format} is unknown") from None
        if width < 1 or stride < width * bytes_per_pixel:
            raise RingError("stride", f"{stride} bytes cannot hold {width} pixels")
        if height < 1 or stride * height > self.layout.frame_capacity:
            raise RingError("height", f"{height} rows of {stride} bytes exceed {self.layout.frame_capacity}")
        start = self._payload_offset(index, self.layout.frame_offset)
        return self._memory[start : start + stride * height]

    def check_frame(self, index: int, seq: int) -> None:
        """Raise TornSlotError unless the slot holds frame ``seq`` whole; call before and after reading."""
        slot = self.slot(index)
        if slot.frame_seq_begin != seq or slot.frame_seq_end != seq:
            raise TornSlotError("frame_seq_end", f"{slot.frame_seq_begin}/{slot.frame_seq_end}, wanted {seq}")

    def result_bytes(self, index: int, size: int) -> memoryview:
        """Return ``size`` writable bytes of slot ``index`` for a result.

        Raises:
            RingError: it does not fit.
        """
        self.slot(index)
        if not 1 <= size <= self.layout.result_capacity:
            raise RingError("result_capacity", f"{size} bytes do not fit into {self.layout.result_capacity}")
        start = self._payload_offset(index, self.layout.result_offset)
        return self._memory[start : start + size]

    def begin_result(self, index: int, seq: int) -> None:
        """Mark slot ``index`` as being written for frame ``seq``."""
        slot = self.slot(index)
        slot.result_seq_end = 0
        slot.result_seq_begin = seq
        slot.result_lead_us = 0

    def tell_look(self, index: int, background: BackgroundKind, inverted: bool) -> None:
        """Say what the composite in slot ``index`` was drawn with; after ``begin_result``."""
        slot = self.slot(index)
        slot.result_background, slot.result_inverted = background, inverted

    def tell_lead(self, index: int, lead_ns: int) -> None:
        """Say by how much the matte in slot ``index`` was moved ahead; after ``begin_result``."""
        self.slot(index).result_lead_us = lead_ns // 1000

    def end_result(
        self,
        index: int,
        seq: int,
        width: int,
        height: int,
        stride: int,
        kind: ResultKind = ResultKind.MATTE_U8,
    ) -> None:
        """Mark the result (``height`` rows of ``stride`` bytes) of frame ``seq`` as whole."""
        slot = self.slot(index)
        slot.result_kind = kind
        slot.result_width, slot.result_height, slot.result_stride = width, height, stride
        slot.result_seq_end = seq

    def older_plane(self) -> int:
        """Return the index of the class plane to write next.

        Raises:
            RingError: this ring has none.
        """
        if not self._planes:
            raise RingError("class_offset", "the ring has no class planes")
        return 0 if self._planes[0].seq_begin <= self._planes[1].seq_begin else 1

    def plane(self, index: int) -> ClassHeader:
        """Return the live header of a class plane."""
        return self._planes[index]

    def plane_bytes(self, index: int, size: int) -> memoryview:
        """Return ``size`` writable bytes of a class plane: RGBX8 rows.

        Raises:
            RingError: they do not fit.
        """
        if not 1 <= size <= self.layout.plane_capacity:
            raise RingError("plane_capacity", f"{size} bytes do not fit into {self.layout.plane_capacity}")
        start = self.layout.class_offset + index * self.layout.class_stride + self.layout.plane_offset
        return self._memory[start : start + size]

    def begin_plane(self, index: int) -> int:
        """Mark a class plane as being written; return its new sequence number."""
        seq = 1 + max(int(plane.seq_begin) for plane in self._planes)
        plane = self._planes[index]
        plane.seq_end = 0
        plane.seq_begin = seq
        return seq

    def end_plane(
        self, index: int, seq: int, width: int, height: int, stride: int, classes: int, frame_t_ns: int
    ) -> None:
        """Mark a class plane (``height`` rows of ``stride`` bytes) as whole."""
        plane = self._planes[index]
        plane.width, plane.height, plane.stride = width, height, stride
        plane.classes, plane.frame_t_ns = classes, frame_t_ns
        plane.seq_end = seq

    def release(self) -> None:
        """Let go of the memory; the ring must not be used afterwards."""
        self._slots.clear()
        self._planes.clear()
        self._memory.release()

    def _payload_offset(self, index: int, offset_in_slot: int) -> int:
        return self.layout.first_slot_offset + index * self.layout.slot_stride + offset_in_slot
