from __future__ import annotations

from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine import pictures
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
    with pytest.raises(PictureError, match="not a plain file"):
        VideoBackdrop(Path("/dev/zero"), SIZE)


def write_noise(path: Path, count: int) -> None:
    """Write frames that differ so much that every one is stored for itself."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (96, 96))
    noise = np.random.default_rng(1)
    for _ in range(count):
        writer.write(noise.integers(0, 256, (96, 96, 3), np.uint8))
    writer.release()


def test_a_recording_of_bad_frames_is_given_up(tmp_path: Path) -> None:
    """Each loop would be searched through for the few that can be decoded, again and again."""
    path = tmp_path / "bad.avi"
    write_noise(path, 300)
    content = bytearray(path.read_bytes())
    starts = [at for at in range(len(content) - 4) if content[at : at + 4] == b"00dc"][:300]
    for start, stop in zip(starts[3:], [*starts[4:], len(content)], strict=False):
        content[start + 8 : stop] = bytes(stop - start - 8)
    path.write_bytes(content)
    backdrop = VideoBackdrop(path, SIZE)
    with pytest.raises(PictureError, match="hardly any of its frames"):
        deque(map(backdrop.frame_at, np.arange(100) / 30), maxlen=0)
    backdrop.close()


def test_frames_that_cannot_be_had_are_passed_over_but_not_for_ever(video: Path) -> None:
    backdrop = VideoBackdrop(video, SIZE)
    real = backdrop._capture

    class Stubborn:
        """A recording of which the next so many frames cannot be had."""

        def __init__(self, bad: int) -> None:
            self.bad = bad
            self.grabbed = 0

        def grab(self) -> bool:
            self.grabbed += 1
            return real.grab() or (real.set(cv2.CAP_PROP_POS_FRAMES, 0) and real.grab())

        def retrieve(self) -> tuple[bool, np.ndarray | None]:
            self.bad -= 1
            return (False, None) if self.bad >= 0 else real.retrieve()

    assert shown(backdrop, 0) == 0
    backdrop._capture = Stubborn(3)  # type: ignore[assignment]
    assert shown(backdrop, 0.1) == 4
    backdrop._capture = endless = Stubborn(10**9)  # type: ignore[assignment]
    with pytest.raises(PictureError, match="no frame"):
        backdrop.frame_at(0.2)
    assert endless.grabbed < 100
    real.release()


def test_one_frame_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "still.avi"
    write_noise(path, 1)
    backdrop = VideoBackdrop(path, SIZE)
    first = backdrop.frame_at(0).copy()
    for index in range(1, 50):
        assert np.array_equal(backdrop.frame_at(index / 30), first)
    assert backdrop._frames_in_loop == 1, "and is not decoded again"
    backdrop.close()


def test_a_side_that_is_too_long_is_refused(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_SIDE", 95)
    with pytest.raises(PictureError, match="96x96"):
        VideoBackdrop(video, SIZE)
