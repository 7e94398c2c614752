"""The bytes of the headers of a ring, as they were when version 3 was fixed."""

from __future__ import annotations

import ctypes

from selfieseg_wire.ring import Ring, RingLayout
from selfieseg_wire.structs import ClassBit, ClassHeader, FrameFormat, Owner, SlotHeader

# magic "SSRG", version 3, size 64, then the layout.
RING_HEADER = (
    "53535247" "0400" "4000" "04000000" "00e00200" "00100000" "00100000" "00400200" "00500200" "00900000"
    + "00000000" * 7
)  # fmt: skip
# The same with class planes of 256 x 144 pixels.
PLANES_RING_HEADER = RING_HEADER[: 2 * 36] + "00900b00005002000010000000400200" + "00000000" * 3
PLANE_HEADER = (
    "0100000000000000" "0100000000000000" "1122334455667700"
    "00010000" "90000000" "00040000" "0d000000"
    + "00000000" * 6
)  # fmt: skip
SLOT_HEADER = (
    "01000000" "01000000"
    "0807060504030201" "0807060504030201" "1122334455667700"
    "00010000" "90000000" "00040000" "01000000"
    "0807060504030201" "0807060504030201"
    "00010000" "90000000" "00010000"
    + "00000000" * 13
)  # fmt: skip
# The same, of a matte that was moved ahead by 66.666 ms.
LED_SLOT_HEADER = SLOT_HEADER[: 2 * 76] + "00000000000000006a040100" + "00000000" * 10


def planned_layout(plane_capacity: int = 0) -> RingLayout:
    return RingLayout.plan(4, 256 * 144 * 4, 256 * 144, plane_capacity)


def test_ring_header() -> None:
    assert planned_layout().to_bytes().hex() == RING_HEADER


def test_ring_header_reads_back() -> None:
    layout = planned_layout()
    assert RingLayout.parse(bytes.fromhex(RING_HEADER), layout.total_bytes) == layout


def test_ring_header_with_class_planes() -> None:
    layout = planned_layout(256 * 144 * 4)
    assert layout.to_bytes().hex() == PLANES_RING_HEADER
    assert RingLayout.parse(bytes.fromhex(PLANES_RING_HEADER), layout.total_bytes) == layout


def test_class_header_written_through_the_ring() -> None:
    layout = planned_layout(256 * 144 * 4)
    memory = bytearray(layout.total_bytes)
    ring = Ring.format(memoryview(memory), layout)
    seq = ring.begin_plane(1)
    classes = ClassBit.HAIR | ClassBit.FACE_SKIN | ClassBit.CLOTHES
    ring.end_plane(1, seq, 256, 144, 1024, classes, 0x0077665544332211)
    start = layout.class_offset + layout.class_stride
    assert bytes(memory[start : start + ctypes.sizeof(ClassHeader)]).hex() == PLANE_HEADER


def test_slot_header_written_through_the_ring() -> None:
    layout = planned_layout()
    memory = bytearray(layout.total_bytes)
    ring = Ring.format(memoryview(memory), layout)
    seq = 0x0102030405060708
    slot = ring.slot(1)
    slot.owner = Owner.FRAME
    slot.frame_format = FrameFormat.RGBX
    slot.frame_width, slot.frame_height, slot.frame_stride = 256, 144, 1024
    slot.frame_t_ns = 0x0077665544332211
    slot.frame_seq_begin = slot.frame_seq_end = seq
    ring.begin_result(1, seq)
    ring.end_result(1, seq, 256, 144, 256)
    start = layout.first_slot_offset + layout.slot_stride
    assert bytes(memory[start : start + ctypes.sizeof(SlotHeader)]).hex() == SLOT_HEADER
    ring.tell_lead(1, 66_666_999)
    assert bytes(memory[start : start + ctypes.sizeof(SlotHeader)]).hex() == LED_SLOT_HEADER
