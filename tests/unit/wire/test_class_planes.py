"""The two class planes behind the slots of a ring, on plain memory."""

from __future__ import annotations

import dataclasses

import pytest

from selfieseg_wire.ring import PAGE, Ring, RingError, RingLayout
from selfieseg_wire.structs import RingHeader

CAPACITY = 64 * 36 * 4
LAYOUT = RingLayout.plan(3, CAPACITY, 64 * 36, plane_capacity=CAPACITY)


@pytest.fixture
def ring() -> Ring:
    return Ring.format(memoryview(bytearray(LAYOUT.total_bytes)), LAYOUT)


def write(ring: Ring, value: int) -> int:
    """Write a whole plane as the engine does; return its sequence number."""
    index = ring.older_plane()
    seq = ring.begin_plane(index)
    ring.plane_bytes(index, CAPACITY)[:] = bytes([value]) * CAPACITY
    ring.end_plane(index, seq, 64, 36, 256, classes=15, frame_t_ns=value * 1000)
    return seq


def test_planes_lie_behind_the_slots_on_pages() -> None:
    assert LAYOUT.class_offset % PAGE == LAYOUT.class_stride % PAGE == LAYOUT.plane_offset % PAGE == 0
    assert LAYOUT.class_offset >= LAYOUT.first_slot_offset + 3 * LAYOUT.slot_stride
    assert LAYOUT.total_bytes == LAYOUT.class_offset + 2 * LAYOUT.class_stride


def test_a_ring_without_planes_ends_with_its_slots() -> None:
    layout = RingLayout.plan(3, CAPACITY, 64 * 36)
    assert (layout.class_offset, layout.plane_capacity) == (0, 0)
    assert layout.total_bytes == LAYOUT.class_offset
    ring = Ring.format(memoryview(bytearray(layout.total_bytes)), layout)
    with pytest.raises(RingError) as refused:
        ring.older_plane()
    assert refused.value.field == "class_offset"


def test_the_older_plane_is_written_and_the_newer_one_stays_whole(ring: Ring) -> None:
    seqs = [write(ring, value) for value in (10, 20, 30)]
    assert seqs == [1, 2, 3]
    assert [ring.plane(index).seq_end for index in (0, 1)] == [3, 2]
    assert set(ring.plane_bytes(0, CAPACITY)) == {30}
    assert set(ring.plane_bytes(1, CAPACITY)) == {20}
    ring.begin_plane(ring.older_plane())
    assert (ring.plane(1).seq_begin, ring.plane(1).seq_end) == (4, 0), "being written"
    assert ring.plane(0).seq_begin == ring.plane(0).seq_end == 3


def test_planes_and_slots_do_not_overlap(ring: Ring) -> None:
    write(ring, 1)
    write(ring, 2)
    ring.result_bytes(2, 64 * 36)[:] = bytes([77]) * (64 * 36)
    assert set(ring.plane_bytes(0, CAPACITY)) == {1}
    assert set(ring.plane_bytes(1, CAPACITY)) == {2}
    assert [ring.plane(index).seq_end for index in (0, 1)] == [1, 2]


@pytest.mark.parametrize("size", [0, -1, CAPACITY + 1])
def test_a_plane_that_does_not_fit(ring: Ring, size: int) -> None:
    with pytest.raises(RingError) as refused:
        ring.plane_bytes(0, size)
    assert refused.value.field == "plane_capacity"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"class_offset": PAGE}, "class_offset"),
        ({"class_offset": LAYOUT.class_offset + 1}, "class_offset"),
        ({"plane_capacity": 0}, "plane_capacity"),
        ({"plane_capacity": 2**32 - 1}, "plane_capacity"),
        ({"plane_offset": 63}, "plane_offset"),
        ({"class_stride": PAGE}, "class_stride"),
        ({"class_stride": 2**32 - 64}, "slot_stride"),  # the file ends before
    ],
)
def test_planes_that_contradict_the_rest_are_refused_by_name(changes: dict[str, int], field: str) -> None:
    header = RingHeader.from_buffer_copy(LAYOUT.to_bytes())
    for name, value in changes.items():
        setattr(header, name, value)
    with pytest.raises(RingError) as refused:
        RingLayout.parse(bytes(header), LAYOUT.total_bytes)
    assert refused.value.field == field


def test_what_one_side_plans_the_other_reads() -> None:
    assert RingLayout.parse(LAYOUT.to_bytes(), LAYOUT.total_bytes) == LAYOUT
    assert dataclasses.replace(LAYOUT, class_offset=0) != LAYOUT
