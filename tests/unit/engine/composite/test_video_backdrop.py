from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.composite import backdrop as backdrop_module
from selfieseg_engine.composite.video_backdrop import VideoBackdrop
from selfieseg_engine.errors import PictureError

SIZE = (64, 36)
FPS, FRAMES = 10, 8
STEP = 28  # of brightness, from frame to frame


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Frame n has the brightness ``n * STEP``."""
    path = tmp_path / "loop ü.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (96, 96))
    assert writer.isOpened()
    for index in range(FRAMES):
        writer.write(np.full((96, 96, 3), index * STEP, np.uint8))
    writer.release()
    return path


def shown(backdrop: VideoBackdrop, t_seconds: float) -> int:
    picture = backdrop.frame_at(t_seconds)
    assert picture.shape == (36, 64, 3)
    assert picture.dtype == np.uint8
    return round(float(picture.mean()) / STEP)


def test_it_plays_at_its_own_rate_and_loops(video: Path) -> None:
    backdrop = VideoBackdrop(video, SIZE)
    assert [shown(backdrop, 50 + index / FPS) for index in range(20)] == [
        index % FRAMES for index in range(20)
    ]
    backdrop.close()
    backdrop.close()


def test_a_quicker_clock_repeats_frames_and_a_slower_one_skips_some(video: Path) -> None:
    quick, slow = VideoBackdrop(video, SIZE), VideoBackdrop(video, SIZE)
    assert [shown(quick, index / 20) for index in range(8)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [shown(slow, index / 5) for index in range(7)] == [0, 2, 4, 6, 0, 2, 4]
    quick.close()
    slow.close()


def test_after_a_pause_or_a_clock_set_back_it_plays_on(video: Path) -> None:
    backdrop = VideoBackdrop(video, SIZE)
    assert [shown(backdrop, t) for t in (0, 0.1, 0.2, 1000, 1000.1, 3, 3.1)] == [0, 1, 2, 3, 4, 4, 5]
    backdrop.close()


def test_what_cannot_be_played_is_told(tmp_path: Path, video: Path) -> None:
    text, cut = tmp_path / "notes.mp4", tmp_path / "cut.avi"
    text.write_text("no video", encoding="utf-8")
    cut.write_bytes(video.read_bytes()[:4096])
    for path, why in (
        (tmp_path / "nowhere.mp4", "no such file"),
        (tmp_path, "a folder"),
        (text, "not a video"),
        (Path(), "none is chosen"),
    ):
        with pytest.raises(PictureError, match=why):
            VideoBackdrop(path, SIZE)
    with pytest.raises(PictureError, match=r"not a video|no frame"):
        VideoBackdrop(cut, SIZE)


def test_a_side_that_is_too_long_is_refused(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backdrop_module, "MAX_SIDE", 95)
    with pytest.raises(PictureError, match="96x96"):
        VideoBackdrop(video, SIZE)
