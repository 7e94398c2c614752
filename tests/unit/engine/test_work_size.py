from __future__ import annotations

import pytest

from selfieseg_engine.work_size import Size, WorkPlan, guide_size, plan_work

MATTE = (256, 144)
ROOM = 1920 * 1080 * 4
HD = (1280, 720)


@pytest.mark.parametrize(
    ("matte_input", "class_input", "expected"),
    [
        (MATTE, None, MATTE),
        (MATTE, (512, 512), (512, 512)),
        (MATTE, (128, 256), (256, 256)),
        ((513, 513), None, (513, 513)),
        ((513, 513), (256, 256), (512, 512)),
        (MATTE, (1024, 64), (512, 144)),
    ],
)
def test_the_larger_of_both_models(matte_input: Size, class_input: Size | None, expected: Size) -> None:
    assert plan_work(matte_input, class_input, False, False, HD, ROOM, ROOM) == WorkPlan(expected, False)


@pytest.mark.parametrize(
    ("source", "class_input", "frame_capacity", "expected"),
    [
        (HD, None, ROOM, (512, 288)),
        (HD, (512, 512), ROOM, (512, 512)),
        (HD, (256, 256), ROOM, (512, 288)),
        (HD, (512, 512), 512 * 512 * 4 - 1, (512, 288)),
        (HD, None, 512 * 288 * 4 - 1, MATTE),
        (HD, (512, 512), 512 * 288 * 4 - 1, MATTE),
        ((0, 0), None, ROOM, MATTE),
        ((1280, 0), None, ROOM, MATTE),
        ((320, 180), None, ROOM, (320, 180)),
    ],
)
def test_edges_take_a_work_frame_that_shows_them(
    source: Size, class_input: Size | None, frame_capacity: int, expected: Size
) -> None:
    plan = plan_work(MATTE, class_input, False, True, source, frame_capacity, ROOM)
    assert plan == WorkPlan(expected, False)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (HD, (512, 288)),
        ((1920, 1080), (512, 288)),
        ((3840, 2160), (512, 288)),
        ((640, 480), (444, 333)),
        ((720, 1280), (288, 512)),
        ((320, 180), (320, 180)),
        ((10, 10), (8, 10)),
        ((1, 1), (4, 1)),
    ],
)
def test_a_guide_keeps_the_pictures_proportions(picture: Size, expected: Size) -> None:
    assert guide_size(picture) == expected


def test_a_guide_is_never_larger_than_planned() -> None:
    for width in range(1, 4000, 37):
        for height in (1, 9, 240, 721, 2160):
            columns, rows = guide_size((width, height))
            assert columns % 4 == 0
            assert columns * rows <= 1.05 * 512 * 288
            assert rows <= height


@pytest.mark.parametrize("refines", [True, False])
@pytest.mark.parametrize(
    ("source", "frame_capacity", "result_capacity", "composes"),
    [
        (HD, ROOM, ROOM, True),
        ((1920, 1080), ROOM, ROOM, True),
        ((1921, 1080), ROOM, ROOM, False),
        ((1920, 1080), ROOM - 1, ROOM, False),
        ((1920, 1080), ROOM, ROOM - 1, False),
        ((0, 0), ROOM, ROOM, False),
        ((0, 720), ROOM, ROOM, False),
    ],
)
def test_composites_need_the_sources_size_and_room(
    source: Size, frame_capacity: int, result_capacity: int, composes: bool, refines: bool
) -> None:
    plan = plan_work(MATTE, None, True, refines, source, frame_capacity, result_capacity)
    assert plan.composes == composes
    if composes:
        assert plan.size == source
    else:
        assert plan.size == ((512, 288) if refines and all(source) else MATTE)


def test_without_room_for_classes_the_matte_is_served() -> None:
    assert plan_work(MATTE, (512, 512), False, False, (0, 0), 512 * 512 * 4 - 1, ROOM).size == MATTE


def test_composites_count_more_than_classes() -> None:
    assert plan_work(MATTE, (512, 512), True, True, (640, 480), ROOM, ROOM).size == (640, 480)
