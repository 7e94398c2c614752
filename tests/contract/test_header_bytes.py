"""The bytes of both headers of a ring, as they were when version 1 was fixed."""

from __future__ import annotations

import ctypes

from selfieseg_wire.ring import Ring, RingLayout
from selfieseg_wire.structs import FrameFormat, Owner, SlotHeader

# magic "SSRG", version 1, size 64, then the layout.
RING_HEADER = (
    "53535247" "0100" "4000" "04000000" "00e00200" "00100000" "00100000" "00400200" "00500200" "00900000"
    + "00000000" * 7
)  # fmt: skip
SLOT_HEADER = (
    "01000000" "01000000"
    "0807060504030201" "0807060504030201" "1122334455667700"
    "00010000" "90000000" "00040000" "01000000"
    "0807060504030201" "0807060504030201"
    "00010000" "90000000" "00010000"
    + "00000000" * 13
)  # fmt: skip


def planned_layout() -> RingLayout:
    return RingLayout.plan(slot_count=4, frame_capacity=256 * 144 * 4, result_capacity=256 * 144)


def test_ring_header() -> None:
    assert planned_layout().to_bytes().hex() == RING_HEADER


def test_ring_header_reads_back() -> None:
    layout = planned_layout()
    assert RingLayout.parse(bytes.fromhex(RING_HEADER), layout.total_bytes) == layout


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
