from __future__ import annotations

import numpy as np

from selfieseg_engine.benchmarks.models.contact_sheet import (
    CELL,
    NAME_ROWS,
    SheetRow,
    draw_contact_sheet,
    over_grey,
)
from selfieseg_engine.benchmarks.models.sheet_choice import choose_photos

RED, BLUE = (0, 0, 255), (255, 0, 0)


def test_worst_median_best_and_five_by_position() -> None:
    # Falling, but for the worst, which is the third: so the median is the twenty-second, the best the first.
    judged = [1 - index / 41 for index in range(41)]
    judged[2] = 0.0
    assert choose_photos(41, judged) == [0, 2, 10, 20, 21, 30, 40]
    judged[3] = 2.0
    assert choose_photos(41, judged) == [0, 2, 3, 10, 20, 21, 30, 40]


def test_few_photos_are_shown_once() -> None:
    assert choose_photos(1, [0.3]) == [0]
    assert choose_photos(3, []) == [0, 1, 2]
    assert choose_photos(100, []) == [0, 25, 50, 74, 99]


def test_photos_go_down_and_models_across() -> None:
    wide = np.full((50, 100, 3), RED, np.uint8)
    tall = np.full((100, 50, 3), BLUE, np.uint8)
    rows = [
        SheetRow("first", wide, {"a": wide, "b": tall}, {"a": "IoU 0.9"}),
        SheetRow("second", tall, {"a": tall, "b": wide}, {}),
    ]
    sheet = draw_contact_sheet(rows, ["b", "a"])
    assert sheet.shape == (NAME_ROWS + 2 * (CELL + NAME_ROWS), 3 * CELL, 3)
    middles = [
        [
            tuple(sheet[NAME_ROWS + row * (CELL + NAME_ROWS) + CELL // 2, column * CELL + CELL // 2])
            for column in range(3)
        ]
        for row in range(2)
    ]
    assert middles == [[RED, BLUE, RED], [BLUE, RED, BLUE]]
    notes = sheet[NAME_ROWS + CELL : 2 * NAME_ROWS + CELL]
    written = [notes[:, column * CELL : (column + 1) * CELL].max() > 200 for column in range(3)]
    assert written == [True, False, True], "the photo's name and the score of a"


def test_the_person_over_grey() -> None:
    photo = np.full((1, 3, 3), 200, np.uint8)
    shown = over_grey(photo, np.array([[0, 255, 128]], np.uint8))
    assert shown[0, :, 0].tolist() == [128, 200, 164]
