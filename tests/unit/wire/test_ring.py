"""Ring logic on plain memory: no files, no sockets."""

from __future__ import annotations

import ctypes
import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_wire.ring import MAX_PAYLOAD_BYTES, PAGE, Ring, RingError, RingLayout, TornSlotError
from selfieseg_wire.structs import (
    STRUCTS_VERSION,
    BackgroundKind,
    FrameFormat,
    Owner,
    ResultKind,
    RingHeader,
    SlotHeader,
)

LAYOUT = RingLayout.plan(slot_count=3, frame_capacity=64 * 4 * 8, result_capacity=64 * 8)


@pytest.fixture
def memory() -> Iterator[memoryview]:
    view = memoryview(bytearray(LAYOUT.total_bytes))
    yield view
    view.release()


def put_frame(ring: Ring, index: int, seq: int) -> None:
    """Write a frame as the Lua half does."""
    slot = ring.slot(index)
    slot.frame_seq_end = 0
    slot.frame_seq_begin = seq
    slot.frame_format = FrameFormat.RGBX
    slot.frame_seq_end = seq
    slot.owner = Owner.FRAME


def test_plan_keeps_payloads_apart_and_on_pages() -> None:
    assert LAYOUT.frame_offset % PAGE == LAYOUT.result_offset % PAGE == LAYOUT.slot_stride % PAGE == 0
    assert LAYOUT.result_offset >= LAYOUT.frame_offset + LAYOUT.frame_capacity
    assert LAYOUT.slot_stride >= LAYOUT.result_offset + LAYOUT.result_capacity


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0, 1, 1), "slot_count"),
        ((17, 1, 1), "slot_count"),
        ((1, 0, 1), "frame_capacity"),
        ((1, MAX_PAYLOAD_BYTES + 1, 1), "frame_capacity"),
        ((1, 1, 0), "result_capacity"),
    ],
)
def test_plan_refuses(arguments: tuple[int, int, int], field: str) -> None:
    with pytest.raises(RingError) as refused:
        RingLayout.plan(*arguments)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"magic": 0}, "magic"),
        ({"version": STRUCTS_VERSION - 1}, "version"),
        ({"version": STRUCTS_VERSION + 1}, "version"),
        ({"header_size": 63}, "header_size"),
        ({"slot_count": 0}, "slot_count"),
        ({"slot_count": 17}, "slot_count"),
        ({"frame_capacity": 0}, "frame_capacity"),
        ({"frame_capacity": 2**32 - 1}, "frame_capacity"),
        ({"result_capacity": 0}, "result_capacity"),
        ({"first_slot_offset": 0}, "first_slot_offset"),
        ({"first_slot_offset": 65}, "first_slot_offset"),
        ({"frame_offset": 64}, "frame_offset"),
        ({"result_offset": 4096}, "result_offset"),
        ({"slot_stride": 4096}, "slot_stride"),
        ({"slot_count": 4}, "slot_stride"),  # more slots than the file has room for
        ({"slot_stride": 2**32 - 64}, "slot_stride"),
    ],
)
def test_parse_refuses_by_name(changes: dict[str, int], field: str) -> None:
    header = RingHeader.from_buffer_copy(LAYOUT.to_bytes())
    for name, value in changes.items():
        setattr(header, name, value)
    with pytest.raises(RingError) as refused:
        RingLayout.parse(bytes(header), LAYOUT.total_bytes)
    assert refused.value.field == field


@pytest.mark.parametrize("size", [0, 1, 63])
def test_parse_refuses_a_truncated_header(size: int) -> None:
    with pytest.raises(RingError) as refused:
        RingLayout.parse(LAYOUT.to_bytes()[:size], LAYOUT.total_bytes)
    assert refused.value.field == "header_size"


def test_parse_refuses_a_truncated_file() -> None:
    with pytest.raises(RingError) as refused:
        RingLayout.parse(LAYOUT.to_bytes(), LAYOUT.total_bytes - 1)
    assert refused.value.field == "slot_stride"


@given(st.binary(max_size=128), st.integers(0, 2**20))
def test_random_headers_never_point_outside(data: bytes, available: int) -> None:
    try:
        layout = RingLayout.parse(data, available)
    except RingError:
        return
    assert layout.total_bytes <= available


@given(st.lists(st.integers(0, 2**32 - 1), min_size=7, max_size=7))
def test_a_random_layout_with_the_right_magic_never_points_outside(values: list[int]) -> None:
    names = ("slot_count", "slot_stride", "first_slot_offset", "frame_offset", "frame_capacity")
    header = RingHeader.from_buffer_copy(LAYOUT.to_bytes())
    for name, value in zip((*names, "result_offset", "result_capacity"), values, strict=True):
        setattr(header, name, value)
    memory = bytearray(LAYOUT.total_bytes)
    memory[: ctypes.sizeof(header)] = bytes(header)
    try:
        ring = Ring.attach(memoryview(memory))
    except RingError:
        return
    for index in range(len(ring)):
        assert len(ring.result_bytes(index, ring.layout.result_capacity)) == ring.layout.result_capacity


def test_attach_sees_what_format_wrote(memory: memoryview) -> None:
    maker = Ring.format(memory[:], LAYOUT)
    other = Ring.attach(memory[:])
    put_frame(maker, 1, 5)
    assert len(other) == 3
    assert list(other.owned_by(Owner.FRAME)) == [1]
    assert list(other.owned_by(Owner.FREE)) == [0, 2]
    other.check_frame(1, 5)


def test_slots_do_not_overlap(memory: memoryview) -> None:
    ring = Ring.format(memory, LAYOUT)
    for index in range(3):
        put_frame(ring, index, index + 1)
        ring.frame_bytes(index, index + 1, 64, 8, 256)[:] = bytes([index + 1]) * 2048
        ring.result_bytes(index, 512)[:] = bytes([index + 101]) * 512
    for index in range(3):
        assert set(ring.frame_bytes(index, index + 1, 64, 8, 256)) == {index + 1}
        assert set(ring.result_bytes(index, 512)) == {index + 101}
        ring.check_frame(index, index + 1)
    ring.release()


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_no_such_slot(memory: memoryview, index: int) -> None:
    ring = Ring.format(memory, LAYOUT)
    for ask in (ring.slot, lambda i: ring.result_bytes(i, 1), lambda i: ring.frame_bytes(i, 1, 1, 1, 4)):
        with pytest.raises(RingError) as refused:
            ask(index)
        assert refused.value.field == "slot"
    ring.release()


@pytest.mark.parametrize(
    ("width", "height", "stride", "field"),
    [
        (64, 8, 255, "stride"),
        (0, 8, 256, "stride"),
        (64, 0, 256, "height"),
        (64, 9, 256, "height"),
        (16384, 16384, 131072, "height"),
    ],
)
def test_a_frame_that_does_not_fit(
    memory: memoryview, width: int, height: int, stride: int, field: str
) -> None:
    ring = Ring.format(memory, LAYOUT)
    put_frame(ring, 0, 1)
    with pytest.raises(RingError) as refused:
        ring.frame_bytes(0, 1, width, height, stride)
    assert refused.value.field == field
    ring.release()


def test_a_format_nobody_knows(memory: memoryview) -> None:
    ring = Ring.format(memory, LAYOUT)
    put_frame(ring, 0, 1)
    ring.slot(0).frame_format = 77
    with pytest.raises(RingError) as refused:
        ring.frame_bytes(0, 1, 64, 8, 256)
    assert refused.value.field == "frame_format"
    ring.release()


@pytest.mark.parametrize("size", [0, -1, 513])
def test_a_result_that_does_not_fit(memory: memoryview, size: int) -> None:
    ring = Ring.format(memory, LAYOUT)
    with pytest.raises(RingError) as refused:
        ring.result_bytes(0, size)
    assert refused.value.field == "result_capacity"
    ring.release()


def test_a_slot_rewritten_while_it_was_read_is_torn(memory: memoryview) -> None:
    """The engine was slow, OBS took the slot back: the matte would belong to another picture."""
    ring = Ring.format(memory, LAYOUT)
    put_frame(ring, 0, 1)
    ring.check_frame(0, 1)
    ring.slot(0).frame_seq_begin = 2  # the writer has begun the next frame
    with pytest.raises(TornSlotError, match="2/1, wanted 1"):
        ring.check_frame(0, 1)
    put_frame(ring, 0, 2)  # and has finished it
    with pytest.raises(TornSlotError, match="2/2, wanted 1"):
        ring.frame_bytes(0, 1, 64, 8, 256)
    ring.release()


def test_a_result_is_whole_only_between_end_and_the_next_begin(memory: memoryview) -> None:
    ring = Ring.format(memory, LAYOUT)
    slot: SlotHeader = ring.slot(2)
    ring.begin_result(2, 9)
    assert (slot.result_seq_begin, slot.result_seq_end) == (9, 0)
    ring.end_result(2, 9, 64, 8, 64)
    assert (slot.result_seq_begin, slot.result_seq_end) == (9, 9)
    assert (slot.result_kind, slot.result_width, slot.result_height) == (ResultKind.MATTE_U8, 64, 8)
    ring.begin_result(2, 10)
    assert slot.result_seq_begin != slot.result_seq_end
    ring.tell_look(2, BackgroundKind.GRAYSCALE, inverted=True)
    assert (slot.result_background, slot.result_inverted) == (7, 1)
    del slot
    ring.release()


def test_a_lead_is_told_and_forgotten_with_its_result(memory: memoryview) -> None:
    """One that stayed in the slot would be taken for that of a matte that was not moved."""
    ring = Ring.format(memory, LAYOUT)
    slot: SlotHeader = ring.slot(1)
    ring.begin_result(1, 9)
    assert slot.result_lead_us == 0
    ring.tell_lead(1, 66_666_667)
    ring.end_result(1, 9, 64, 8, 64)
    assert slot.result_lead_us == 66_666
    assert (ring.slot(0).result_lead_us, ring.slot(2).result_lead_us) == (0, 0)
    ring.begin_result(1, 10)
    assert slot.result_lead_us == 0
    del slot
    ring.release()


def test_release_lets_the_memory_go() -> None:
    memory = bytearray(LAYOUT.total_bytes)
    Ring.format(memoryview(memory), LAYOUT).release()
    memory.append(0)  # a bytearray with views on it refuses to grow


def test_a_refused_ring_lets_the_memory_go() -> None:
    """The error's traceback once held a view of the header; unmapping then failed, and the engine with it."""
    memory = bytearray(LAYOUT.total_bytes)
    view = memoryview(memory)
    with pytest.raises(RingError) as refused:
        Ring.attach(view)
    view.release()
    memory.append(0)
    assert refused.value.field == "magic"


def test_layout_is_compared_by_value() -> None:
    assert dataclasses.replace(LAYOUT) == LAYOUT
