"""Every snippet of docs/python.md runs as it stands there, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import frames, tracks, walk, write_clip

import selfieseg_engine

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "python.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

U8Image = npt.NDArray[np.uint8]


@pytest.mark.usefixtures("real_model")
def test_every_snippet_runs(
    tmp_path: Path,
    astronaut_bgr: U8Image,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.jpg", astronaut_bgr)
    cv2.imwrite("beach.jpg", np.full((40, 60, 3), (230, 190, 120), np.uint8))
    talk = write_clip(Path("talk.mp4"), walk(astronaut_bgr, 6), sound_from=0)
    names: dict[str, Any] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/python.md", "exec"), names)
    told = capsys.readouterr().out
    assert re.search(r"^[3-6]\d% of the picture is the person$", told, re.MULTILINE)
    assert "selfie_segmentation Apache-2.0" in told
    assert "hair_segmentation" not in told.partition("no model is called")[0]
    assert "selfie_segmentation CPU" in told
    assert "6 frames, libx264" in told
    assert "no model is called 'no_such_model', there are " in told
    # What the pictures are, not only that they are there:
    person = names["result"].matte
    assert person.shape == (120, 160)  # of the last frame of the stream
    matte = cv2.imread("matte.png", cv2.IMREAD_UNCHANGED)
    cut_out = cv2.imread("cut_out.png", cv2.IMREAD_UNCHANGED)
    assert matte is not None
    assert cut_out is not None
    assert (matte.shape, cut_out.shape) == ((512, 512), (512, 512, 4))
    blurred = cv2.imread("blurred.png")
    assert blurred is not None
    photo = cv2.imread("photo.jpg")
    assert photo is not None
    changed = np.abs(blurred.astype(int) - photo).mean(axis=2)
    assert changed[matte == 255].mean() < 1 < 5 < changed[matte == 0].mean()
    assert tracks(Path("out.mp4"))["audio"] == tracks(talk)["audio"]
    assert [frame.shape for frame in frames(Path("cut_out.mov"), "bgra")] == [(120, 160, 4)] * 6
    assert len(frames(Path("matte.mkv"), "gray")) == 6


def test_the_page_tells_every_public_name() -> None:
    missing = [name for name in selfieseg_engine.__all__ if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == [
        "RecordingFrame",
        "RecordingReport",
        "SegmentationResult",
    ]  # what is given back, told by its attributes


def test_the_snippets_were_found() -> None:
    assert len(SNIPPETS) == PAGE.count("```python") >= 8


@pytest.mark.parametrize("name", selfieseg_engine.__all__)
def test_public_names_have_a_docstring(name: str) -> None:
    assert len((getattr(selfieseg_engine, name).__doc__ or "").strip()) > 40


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        if not target.startswith("http"):
            assert (DOCS / target).is_file(), target
