from __future__ import annotations

import pytest

from selfieseg_engine.work_size import Size, WorkPlan, plan_work

MATTE = (256, 144)
ROOM = 1920 * 1080 * 4


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
    assert plan_work(matte_input, class_input, False, (1280, 720), ROOM, ROOM) == WorkPlan(expected, False)


@pytest.mark.parametrize(
    ("source", "frame_capacity", "result_capacity", "expected"),
    [
        ((1280, 720), ROOM, ROOM, WorkPlan((1280, 720), True)),
        ((1920, 1080), ROOM, ROOM, WorkPlan((1920, 1080), True)),
        ((1921, 1080), ROOM, ROOM, WorkPlan(MATTE, False)),
        ((1920, 1080), ROOM - 1, ROOM, WorkPlan(MATTE, False)),
        ((1920, 1080), ROOM, ROOM - 1, WorkPlan(MATTE, False)),
        ((0, 0), ROOM, ROOM, WorkPlan(MATTE, False)),
        ((0, 720), ROOM, ROOM, WorkPlan(MATTE, False)),
    ],
)
def test_composites_need_the_sources_size_and_room(
    source: Size, frame_capacity: int, result_capacity: int, expected: WorkPlan
) -> None:
    assert plan_work(MATTE, None, True, source, frame_capacity, result_capacity) == expected


def test_without_room_for_classes_the_matte_is_served() -> None:
    assert plan_work(MATTE, (512, 512), False, (0, 0), 512 * 512 * 4 - 1, ROOM).size == MATTE


def test_composites_count_more_than_classes() -> None:
    assert plan_work(MATTE, (512, 512), True, (640, 480), ROOM, ROOM).size == (640, 480)
