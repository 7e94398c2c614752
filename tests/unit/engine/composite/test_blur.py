from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.composite.background import BlurBackground
from selfieseg_engine.composite.blend import over
from selfieseg_engine.composite.blur import blur_background, level_size, plan_blur
from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look
from selfieseg_engine.matte.levels import apply_levels

SIZE = (1280, 720)
RED, BLUE = (0, 0, 255), (200, 40, 0)


def samples_taken(strength: float, size: tuple[int, int]) -> int:
    """Return how many samples all passes of a blur take."""
    plan = plan_blur(strength, size[1])
    area = {level: int(np.prod(level_size(size, level))) for level in range(8)}
    down = sum(5 * area[level] for level in range(plan.first + 1, plan.deepest + 1))
    up = sum(8 * area[level] for level in range(plan.first, plan.deepest))
    return 4 * area[plan.first] + down + up


@pytest.mark.parametrize("size", [(640, 360), SIZE, (1920, 1080)])
def test_a_strong_blur_costs_no_more_than_a_weak_one(size: tuple[int, int]) -> None:
    taken = [samples_taken(strength, size) for strength in range(1, 101)]
    assert max(taken) < 4.5 * size[0] * size[1]
    assert max(taken[50:]) <= max(taken[:50])


@pytest.mark.parametrize(
    ("strength", "height", "plan"),
    [(1, 720, (1, 1)), (50, 720, (2, 4)), (50, 1080, (3, 5)), (100, 2160, (4, 6))],
)
def test_the_levels_of_the_page(strength: int, height: int, plan: tuple[int, int]) -> None:
    found = plan_blur(strength, height)
    assert (found.first, found.deepest) == plan
    assert found.offset >= 1


def scene(person: tuple[int, int, int], room: tuple[int, int, int]) -> tuple[npt.NDArray[np.uint8], ...]:
    """Return a frame with a round person, soft by four pixels, and the mask a model would find."""
    alpha = np.zeros(SIZE[::-1], np.float32)
    cv2.circle(alpha, (640, 400), 200, 1, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 2), np.float32)
    frame = alpha[:, :, None] * person + (1 - alpha[:, :, None]) * np.array(room)
    mask = cv2.resize(alpha, (256, 144), interpolation=cv2.INTER_AREA)
    return np.rint(frame).astype(np.uint8), np.rint(mask * 255).astype(np.uint8)


@pytest.mark.parametrize(("person", "room"), [(RED, BLUE), (BLUE, RED), (RED, (20, 20, 20))])
def test_no_halo_of_the_person_in_the_room_nor_of_the_room_in_the_person(
    person: tuple[int, int, int], room: tuple[int, int, int]
) -> None:
    frame, mask = scene(person, room)
    drawn = compose_frame(frame, mask, None, Look(BlurBackground(50)), None)[:, :, :3].astype(int)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    outwards = np.hypot(x - 640, y - 400) - 200
    in_band = (np.abs(outwards) >= 10) & (np.abs(outwards) <= 40)
    outside, inside = in_band & (outwards > 0), in_band & (outwards < 0)
    assert np.abs(drawn[outside] - room).max() <= 3
    assert np.abs(drawn[inside] - person).max() <= 3


def test_a_plain_blur_would_have_failed_that() -> None:
    frame, _ = scene(RED, BLUE)
    plain = np.asarray(cv2.GaussianBlur(frame, (0, 0), 20))
    assert plain[400, 640 + 220, 2] > 30


@pytest.mark.parametrize("strength", [1, 50, 100])
@pytest.mark.parametrize("size", [(1280, 720), (517, 333), (48, 64)])
def test_a_frame_is_drawn_before_its_blurred_background(size: tuple[int, int], strength: int) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), np.uint8)
    frame = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)
    matte = np.zeros(size[::-1], np.uint8)
    cv2.circle(matte, (size[0] // 2, size[1]), size[1] * 2 // 3, 255, -1)
    matte = np.asarray(cv2.GaussianBlur(matte, (0, 0), 3), np.uint8)
    drawn = compose_frame(frame, matte, None, Look(BlurBackground(strength)), None)[:, :, :3].astype(int)
    levels = apply_levels(matte, size, Look().threshold, Look().softness)
    assert np.abs(drawn - over(frame, blur_background(frame, levels, strength), levels)).max() <= 1


def test_strength_0_is_the_frame_itself() -> None:
    frame, mask = scene(RED, BLUE)
    matte = np.asarray(cv2.resize(mask, SIZE), np.uint8)
    assert blur_background(frame, matte, 0) is frame


def test_where_no_background_is_near_the_frame_fills_in() -> None:
    frame = np.full((180, 320, 3), 90, np.uint8)
    assert np.unique(blur_background(frame, np.full((180, 320), 255, np.uint8), 50)).tolist() == [90]
