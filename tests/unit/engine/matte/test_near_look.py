from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.near_look import WHOLE_EVERY, NearLook, Part

GRID, ASPECT = (256, 144), 256 / 144
WORK = (512, 288)  # of mattes: two pixels a cell


def matte_of(*boxes: tuple[int, int, int, int]) -> npt.NDArray[np.uint8]:
    """Return a matte with a person in each box (left, top, right, bottom), in pixels of the work frame."""
    matte = np.zeros(WORK[::-1], np.uint8)
    for left, top, right, bottom in boxes:
        matte[top:bottom, left:right] = 255
    return matte


def following(*boxes: tuple[int, int, int, int]) -> NearLook:
    """Return a look that has seen the whole once, with these people in it."""
    near = NearLook(GRID, ASPECT)
    assert near.part is None
    near.looked(True, matte_of(*boxes))
    return near


def part_of(near: NearLook) -> Part:
    assert near.part is not None
    return near.part


PERSON = (200, 80, 300, 200)


def test_the_part_has_the_person_with_a_margin() -> None:
    """A fifth on each side, in cells of two pixels; and at least as wide as the model needs it."""
    part = part_of(following((180, 100, 330, 200)))
    assert part.slices == (slice(40, 110), slice(75, 180))
    part = part_of(following(PERSON))
    assert part.slices[0] == slice(28, 112)
    assert part.left + part.right == 2 * 125, "in the middle"
    assert part.size == (90, 84)


def test_a_slim_person_gets_room_beside_him() -> None:
    """Squeezed into a wide input as he is, the model would not know him."""
    part = part_of(following((250, 40, 270, 240)))
    width, height = part.size
    assert width / height == pytest.approx(0.6 * ASPECT, abs=0.05)
    assert part.left < 125 < 135 < part.right


@pytest.mark.parametrize(
    "box", [(0, 100, 40, 220), (472, 100, 512, 220), (200, 0, 300, 100), (200, 188, 300, 288)]
)
def test_parts_stay_within_the_picture(box: tuple[int, int, int, int]) -> None:
    part = part_of(following(box))
    assert 0 <= part.left < part.right <= GRID[0]
    assert 0 <= part.top < part.bottom <= GRID[1]
    rows, columns = np.nonzero(matte_of(box)[::2, ::2])
    assert part.left <= columns.min() < columns.max() < part.right
    assert part.top <= rows.min() < rows.max() < part.bottom


def test_all_of_one_grid_is_all_of_another() -> None:
    """By fractions ceil(343 * (172 / 343)) is 173."""
    for side in range(1, 600):
        for other in (32, 144, 172, 215, 222, 256, 288, 343, 512):
            part = Part(side // 2, side // 2, side, side).scaled((side, side), (other, other))
            assert (part.right, part.bottom) == (other, other)


def test_nobody_is_looked_for_everywhere() -> None:
    near = following()
    assert near.part is None
    near = following(PERSON)
    near.looked(False, matte_of())
    assert near.part is None


@pytest.mark.parametrize("box", [(10, 10, 500, 280), (60, 20, 440, 288)])
def test_who_fills_the_picture_is_not_looked_at_nearer(box: tuple[int, int, int, int]) -> None:
    assert following(box).part is None


@pytest.mark.parametrize("box", [(250, 140, 260, 150), (0, 140, 512, 150)])
def test_what_is_hardly_there_is_not_looked_at_nearer(box: tuple[int, int, int, int]) -> None:
    assert following(box).part is None


def test_the_part_stays_while_the_person_is_well_inside() -> None:
    near = following(PERSON)
    part = part_of(near)
    for step in (4, -4, 8, -8, 6):
        left, top, right, bottom = PERSON
        near.looked(False, matte_of((left + step, top, right + step, bottom)))
        assert near.part == part
        assert not near.is_whole_due


def test_at_the_parts_edge_the_whole_is_looked_at_at_once() -> None:
    near = following(PERSON)
    part = part_of(near)
    left, top, right, bottom = PERSON
    arm = (part.right * 2 - 4 - 60, 120, part.right * 2, 140)
    near.looked(False, matte_of((left, top, right, bottom), arm))
    assert near.is_whole_due
    assert part_of(near).right > part.right
    near.looked(True, matte_of((left, top, right, bottom), arm))
    assert not near.is_whole_due


def test_who_goes_away_is_looked_at_nearer_again() -> None:
    near = following((150, 20, 330, 250))
    wide = part_of(near)
    near.looked(False, matte_of((200, 80, 280, 180)))
    assert part_of(near).area < wide.area / 1.5
    assert not near.is_whole_due, "nothing was cut off"


def test_somebody_new_is_found_within_some_pictures() -> None:
    """He comes in far from the part, where only a look at the whole sees him."""
    near, somebody = following(PERSON), (20, 100, 70, 250)
    pictures = 0
    while not near.is_whole_due:
        near.looked(False, matte_of(PERSON))
        pictures += 1
    assert pictures == WHOLE_EVERY - 1
    near.looked(True, matte_of(PERSON, somebody))
    part = near.part
    assert part is None or (part.left <= 10 and part.right >= 150)
    near.looked(part is None, matte_of(PERSON, somebody))
    assert near.part is None or near.part.holds(Part(10, 50, 150, 125))


def test_the_whole_is_due_every_so_often() -> None:
    near = following(PERSON)
    wholes = []
    for _ in range(5 * WHOLE_EVERY):
        wholes.append(near.is_whole_due)
        near.looked(near.is_whole_due, matte_of(PERSON))
    assert sum(wholes) == 5
    assert not any(wholes[: WHOLE_EVERY - 1])


def test_a_part_can_be_taken_anew() -> None:
    """Two looks that have come to other parts agree from then on."""
    moved = (PERSON[0] + 8, PERSON[1], PERSON[2] + 8, PERSON[3])
    old, fresh = following(PERSON), following(moved)
    old.looked(True, matte_of(moved))
    assert part_of(old) != part_of(fresh)
    for near in (old, fresh):
        near.take_anew()
        assert near.is_whole_due
        near.looked(True, matte_of(moved))
    assert part_of(old) == part_of(fresh)
    assert not old.is_whole_due
    old.take_anew()
    old.reset()
    assert not old.is_whole_due


def test_a_reset_begins_with_the_whole() -> None:
    near = following(PERSON)
    for _ in range(WHOLE_EVERY):
        near.looked(False, matte_of(PERSON))
    near.reset()
    assert near.part is None
    assert not near.is_whole_due


def test_half_transparent_hair_is_no_person() -> None:
    matte = matte_of(PERSON)
    matte[0:60, 0:60] = 127
    near = NearLook(GRID, ASPECT)
    near.looked(True, matte)
    assert near.part == following(PERSON).part


@pytest.mark.parametrize("size", [(1280, 720), (512, 288), (300, 200), (256, 144), (40, 30)])
def test_scaled_parts_lie_over_the_same_place(size: tuple[int, int]) -> None:
    part = Part(13, 29, 201, 143)
    scaled = part.scaled(GRID, size)
    for cell, pixel, cells, pixels in (
        (part.left, scaled.left, GRID[0], size[0]),
        (part.right, scaled.right, GRID[0], size[0]),
        (part.top, scaled.top, GRID[1], size[1]),
        (part.bottom, scaled.bottom, GRID[1], size[1]),
    ):
        assert pixel == pytest.approx(cell * pixels / cells, abs=1)
    assert scaled.left <= 13 * size[0] / GRID[0]
    assert scaled.right >= 201 * size[0] / GRID[0]
    assert Part(0, 0, *GRID).scaled(GRID, size) == Part(0, 0, *size)


def test_holding() -> None:
    part = Part(10, 10, 20, 20)
    assert part.holds(part)
    assert part.holds(Part(11, 12, 13, 14))
    for outside in (Part(9, 12, 13, 14), Part(11, 9, 13, 14), Part(11, 12, 21, 14), Part(11, 12, 13, 21)):
        assert not part.holds(outside)
