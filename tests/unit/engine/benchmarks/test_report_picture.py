"""Pictures of reports: what is drawn is asked of matplotlib; how it looks was looked at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from tests.unit.engine.benchmarks.bench_reports import report, row

from selfieseg_engine.benchmarks import drawing, picture
from selfieseg_engine.benchmarks.picture import draw_report, parts_of
from selfieseg_engine.benchmarks.picture_file import require_picture_place, write_picture_file
from selfieseg_engine.errors import UserError

ROWS = row("short", 2.0, 3.0), row("long", 8.0, 9.0) | {"cpu_ms_per_frame": None}


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Return a list that gets every figure made."""
    made: list[Figure] = []

    def new_figure(inches: tuple[float, float]) -> Figure:
        made.append(drawing.new_figure(inches))
        return made[-1]

    monkeypatch.setattr(picture, "new_figure", new_figure)
    return made


def texts_and_widths(figure: Figure) -> tuple[list[str], list[float]]:
    (axes,) = figure.axes
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    return [text.get_text() for text in axes.texts], [round(bar.get_width(), 3) for bar in bars]


def test_medians_and_cpu_are_bars(figures: list[Figure]) -> None:
    png = draw_report(report(*ROWS))
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    assert drawn.std() > 10
    texts, widths = texts_and_widths(figures[0])
    assert texts == ["2", "8"]
    assert widths == [2.0, 8.0, 2.0]  # the long row has no CPU
    axes = figures[0].axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["short  (n 100)", "long  (n 100)"]
    assert axes.get_xlim()[1] > 9, "whiskers are within"
    assert figures[0].get_supxlabel() == "2026-11-20: processor Fast, cores 2"
    assert figures[0].get_suptitle() == "bench effects, 1280x720"


def test_old_medians_are_drawn_beside_the_new(figures: list[Figure]) -> None:
    old = report(row("long", 16.0, 17.0), machine={"processor": "Slow"})
    draw_report(report(*ROWS), old)
    texts, widths = texts_and_widths(figures[0])
    assert texts == ["2", "8 (was 16)"]
    assert widths == [16.0, 2.0, 8.0, 2.0]
    assert figures[0].get_supxlabel().splitlines()[1] == "before: processor Slow"


def test_nothing_in_common_is_drawn_all_the_same(figures: list[Figure]) -> None:
    draw_report(report(*ROWS), report(row("other", 1.0, None)))
    assert texts_and_widths(figures[0])[0] == ["2", "8"]


def test_a_row_of_seconds_does_not_hide_those_of_milliseconds(figures: list[Figure]) -> None:
    start = row("start", 1500.0, 1600.0)
    assert parts_of([*ROWS, start]) == [list(ROWS), [start]]
    draw_report(report(*ROWS, start))
    short, long = figures[0].axes
    assert short.get_xlim()[1] < 20
    assert long.texts[0].get_text() == "1500"
    assert parts_of(list(ROWS)) == [list(ROWS)]


def test_where_a_picture_can_be_written(tmp_path: Path) -> None:
    require_picture_place(tmp_path / "new.PNG")
    assert list(tmp_path.iterdir()) == [], "nothing is left of the trial"
    write_picture_file(tmp_path / "new.png", b"old")
    write_picture_file(tmp_path / "new.png", b"png")
    assert (tmp_path / "new.png").read_bytes() == b"png"


def test_where_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    for path, why in (
        (tmp_path / "x.jpg", "does not end in .png"),
        (tmp_path / "folder.png", "it is a folder"),
        (tmp_path / "nowhere" / "x.png", "there is no folder"),
        (Path("/proc/x.png"), "cannot be written"),  # not even root may
    ):
        with pytest.raises(UserError, match=why):
            require_picture_place(path)
    with pytest.raises(UserError, match="cannot be written"):
        write_picture_file(tmp_path / "folder.png", b"png")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"matplotlib is missing, .*\[report\]"):
        require_picture_place(tmp_path / "x.png")
    with pytest.raises(UserError, match="matplotlib is missing"):
        draw_report(report(*ROWS))
