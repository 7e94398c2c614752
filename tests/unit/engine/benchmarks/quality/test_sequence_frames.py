from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.unit.engine.benchmarks.quality.shapes import write_grey

from selfieseg_engine.benchmarks.quality.files import find_photos, pictures_in
from selfieseg_engine.benchmarks.quality.frames import open_frames, read_mattes, require_equal_counts
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte
from selfieseg_engine.errors import PictureError, UserError


def grey(level: int) -> U8Matte:
    return np.full((48, 64), level, np.uint8)


def test_a_folder_comes_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name, level in (("00010", 30), ("00002", 20), ("00001", 10)):
        write_grey(tmp_path / f"{name}.png", grey(level))
    (tmp_path / "sequence.json").write_text("{}")
    source = open_frames(tmp_path)
    assert (source.count(), source.names()) == (3, ["00001", "00002", "00010"])
    assert [int(u8_matte[0, 0]) for u8_matte in read_mattes(source)] == [10, 20, 30]


def test_a_video_is_counted_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "frames.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for level in (40, 120, 200):
        writer.write(cv2.cvtColor(grey(level), cv2.COLOR_GRAY2BGR))
    writer.release()
    source = open_frames(path)
    assert (source.count(), source.fps, source.names()) == (3, 25, ["00000", "00001", "00002"])
    levels = [int(frame_bgr.mean()) for frame_bgr in source.read()]
    assert levels == pytest.approx([40, 120, 200], abs=3)
    write_grey(tmp_path / "two" / "0.png", grey(0))
    with pytest.raises(UserError, match=r"3 frames in .*frames\.avi and 1 in .*two"):
        require_equal_counts(source, open_frames(tmp_path / "two"))


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    with pytest.raises(UserError, match="is not a video"):
        open_frames(path)
    with pytest.raises(PictureError, match="no such file"):
        open_frames(tmp_path / "nowhere.mp4")


def test_photos_are_paired_by_name(tmp_path: Path) -> None:
    for name in (
        "images/a.jpg",
        "images/b.png",
        "images/alone.png",
        "masks/a.png",
        "masks/b.png",
        "mattes/b.png",
    ):
        write_grey(tmp_path / name, grey(0))
    found = find_photos(tmp_path / "images", tmp_path / "masks", tmp_path / "mattes", None, None)
    assert [(photo.name, photo.matte is not None) for photo in found.photos] == [("a", False), ("b", True)]
    assert found.left_out == 1


def test_two_pictures_of_one_name_are_told(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        write_grey(tmp_path / name, grey(0))
    with pytest.raises(UserError, match="two pictures named a"):
        pictures_in(tmp_path)
