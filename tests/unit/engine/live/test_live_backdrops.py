from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.unit.engine.recording.clips import write_clip

from selfieseg_engine.composite.background import BlurBackground, ImageBackground, VideoBackground
from selfieseg_engine.errors import PictureError
from selfieseg_engine.live.backdrops import BackdropShelf

SIZE = (16, 12)


@pytest.fixture
def picture(tmp_path: Path) -> ImageBackground:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((20, 20, 3), 77, np.uint8))
    return ImageBackground(path)


@pytest.fixture
def clip(tmp_path: Path) -> VideoBackground:
    levels = [np.full((12, 16, 3), level, np.uint8) for level in (40, 200)]
    return VideoBackground(write_clip(tmp_path / "clip.mkv", levels, codec="ffv1", pixel_format="bgr0"))


def test_each_background_has_its_picture(picture: ImageBackground, clip: VideoBackground) -> None:
    errors: list[Exception] = []
    shelf = BackdropShelf([picture, BlurBackground(50), clip], SIZE, errors.append)
    try:
        still = shelf.picture(picture, SIZE, 0.0)
        assert still is not None
        assert still.shape == (12, 16, 3)
        assert (still == 77).all()
        moving = [shelf.picture(clip, SIZE, number / 30) for number in range(3)]
        assert [int(each[0, 0, 0]) for each in moving if each is not None] == [40, 200, 40]
        assert shelf.picture(BlurBackground(50), SIZE, 0.0) is None
        other = shelf.picture(picture, (8, 8), 1.0)  # the camera came back with another size
        assert other is not None
        assert other.shape == (8, 8, 3)
    finally:
        shelf.close()
        shelf.close()
    assert errors == []


def test_what_is_not_there_is_told_at_once(picture: ImageBackground, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="there is no such file"):
        BackdropShelf([picture, ImageBackground(tmp_path / "no.png")], SIZE, lambda error: None)


def test_a_file_that_goes_later_is_told_once_and_never_shows_the_room(
    picture: ImageBackground, clip: VideoBackground
) -> None:
    """None is drawn as dark grey."""
    errors: list[Exception] = []
    shelf = BackdropShelf([picture, clip], SIZE, errors.append)
    clip.path.unlink()
    assert shelf.picture(clip, (8, 8), 0.0) is None
    assert shelf.picture(clip, (8, 8), 0.1) is None
    assert [type(error) for error in errors] == [PictureError]
    assert shelf.picture(picture, (8, 8), 0.2) is not None
    shelf.close()


def test_a_picture_that_breaks_stays(picture: ImageBackground) -> None:
    errors: list[Exception] = []
    shelf = BackdropShelf([picture], SIZE, errors.append)
    shelf.picture(picture, SIZE, 0.0)
    picture.path.write_bytes(b"this is no picture")
    os.utime(picture.path, (1, 1))
    later = shelf.picture(picture, SIZE, 10.0)
    assert later is not None
    assert (later == 77).all()
    assert len(errors) == 1
    shelf.close()
