"""Which file of a batch becomes which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.batch.batch_options import options

from selfieseg_engine.batch.errors import BatchError
from selfieseg_engine.batch.inputs import BatchInput
from selfieseg_engine.batch.plan import FileJob, plan_jobs
from selfieseg_engine.errors import UserError

IN, OUT, MATTES = Path("/in"), Path("/out"), Path("/mattes")


def planned(
    *places: str, background: str = "blur", matte: Path | None = None, **changes: Any
) -> list[FileJob]:
    inputs = [BatchInput(IN / place, Path(place)) for place in places]
    return plan_jobs(inputs, OUT, matte, options(background, **changes))


@pytest.mark.parametrize(
    ("place", "background", "changes", "wanted"),
    [
        ("a/b.mp4", "blur", {}, "a/b.mp4"),
        ("a/b.MOV", "blur", {}, "a/b.MOV"),
        ("b.avi", "blur", {}, "b.mkv"),
        ("b.mp4", "blur", {"recording_suffix": ".webm"}, "b.webm"),
        ("b.mp4", "transparent", {}, "b.mov"),
        ("b.webm", "transparent", {}, "b.webm"),
        ("b.mp4", "blur", {"recording_suffix": "frames"}, "b"),
        ("p.jpg", "blur", {}, "p.jpg"),
        ("p.gif", "blur", {}, "p.png"),
        ("p.jpg", "transparent", {}, "p.png"),
        ("p.webp", "transparent", {}, "p.webp"),
        ("p.jpg", "blur", {"picture_suffix": ".tif"}, "p.tif"),
        ("name.with.dots.mp4", "blur", {"recording_suffix": ".mkv"}, "name.with.dots.mkv"),
    ],
)
def test_outputs_are_named_after_inputs(
    place: str, background: str, changes: dict[str, Any], wanted: str
) -> None:
    assert planned(place, background=background, **changes)[0].output == OUT / wanted


def test_mattes_are_lossless() -> None:
    recording, still = planned("a.mp4", "p.jpg", matte=MATTES)
    assert (recording.matte, still.matte) == (MATTES / "a.mkv", MATTES / "p.png")
    assert planned("a.mp4", matte=MATTES, recording_suffix="frames")[0].matte == MATTES / "a"


@pytest.mark.parametrize(
    ("places", "changes", "told"),
    [
        (
            ("a.mp4", "a.avi"),
            {"recording_suffix": ".mkv"},
            "/out/a.mkv would be made twice, of /in/a.mp4 and /in/a.avi",
        ),
        (
            ("a.mp4", "a/b.mp4"),
            {"recording_suffix": "frames"},
            "/out/a would be a folder of pictures, /out/a/b would lie in it",
        ),
        (
            ("a.mp4", "a/p.jpg"),
            {"recording_suffix": "frames"},
            "/out/a would be a folder of pictures, /out/a/p.jpg would lie in it",
        ),
        (
            ("a.mp4",),
            {"matte": OUT / "a", "recording_suffix": "frames"},
            "/out/a would be a folder of pictures, /out/a/a would lie in it",
        ),
        (("p.jpg", "p.gif"), {"picture_suffix": ".png"}, "/out/p.png would be made twice"),
        (("a.mp4",), {"matte": OUT, "recording_suffix": ".mkv"}, "of picture and matte of /in/a.mp4"),
        (("p.jpg",), {"background": "video:/b.mp4"}, "video: is a background for recordings"),
        (("a.mp4",), {"background": "transparent", "recording_suffix": ".mp4"}, "transparent .mp4"),
        (("p.jpg",), {"background": "transparent", "picture_suffix": ".jpg"}, "cannot hold transparency"),
        (("a.mp4",), {"codec": "ffv1", "crf": 3}, "has no --crf"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_made(
    places: tuple[str, ...], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(UserError) as raised:
        planned(*places, **changes)
    assert told in str(raised.value)


def test_no_input_and_no_background_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "beach.png").touch()
    given = [BatchInput(tmp_path / "x" / "a.mp4", Path("a.mp4"))]
    with pytest.raises(BatchError, match="is an input"):
        plan_jobs(given, tmp_path / "x", None, options())
    given = [BatchInput(tmp_path / "x" / "beach.png", Path("beach.png"))]
    with pytest.raises(BatchError, match="is an input"):
        plan_jobs(given, tmp_path, None, options(f"image:{tmp_path / 'beach.png'}"))
    given = [
        BatchInput(tmp_path / "a.mp4", Path("a.mp4")),
        BatchInput(tmp_path / "a" / "b.mp4", Path("b.mp4")),
    ]
    with pytest.raises(BatchError, match=r"would be a folder of pictures, .*b\.mp4 would lie in it"):
        plan_jobs(given, tmp_path, None, options(recording_suffix="frames"))
