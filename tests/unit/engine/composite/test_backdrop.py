from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.composite.backdrop import ImageBackdrop, load_backdrop
from selfieseg_engine.composite.picture_header import announced_size
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import MAX_PICTURE_BYTES

SIZE = (64, 36)


def write(path: Path, level: int) -> None:
    """Write a picture of one grey, with a time stamp that differs from the last one's."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    cv2.imwrite(str(path), np.full((36, 64, 3), level, np.uint8))
    os.utime(path, ns=(before + 10**9, before + 10**9))


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that announces a size and holds nothing."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    write(path, 10)
    return path


def test_a_changed_picture_is_read_again_but_looked_at_once_a_second_only(picture: Path) -> None:
    backdrop = ImageBackdrop(picture, SIZE)
    assert backdrop.frame_at(100.0).shape == (36, 64, 3)
    write(picture, 20)
    assert backdrop.frame_at(100.9).max() == 10
    assert backdrop.frame_at(101.0).max() == 20
    write(picture, 30)
    assert backdrop.frame_at(101.5).max() == 20
    assert backdrop.frame_at(5.0).max() == 30, "the clock went back"
    backdrop.close()


def test_a_broken_new_picture_keeps_the_old_one_and_is_told_once(picture: Path) -> None:
    told: list[PictureError] = []
    backdrop = ImageBackdrop(picture, SIZE, told.append)
    backdrop.frame_at(0)
    picture.write_bytes(b"half a pict")
    assert [backdrop.frame_at(t).max() for t in (1, 2, 3)] == [10, 10, 10]
    assert len(told) == 1
    assert "damaged" in str(told[0])
    picture.unlink()
    assert backdrop.frame_at(4).max() == 10
    assert "no such file" in str(told[1])
    write(picture, 50)
    assert backdrop.frame_at(5).max() == 50
    assert len(told) == 2


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture", encoding="utf-8")
    for path, why in (
        (tmp_path / "nowhere.png", "no such file"),
        (tmp_path, "a folder"),
        (text, "not a picture"),
        (Path(), "none is chosen"),
    ):
        with pytest.raises(PictureError, match=why):
            load_backdrop(path, SIZE)
        with pytest.raises(PictureError, match=why):
            ImageBackdrop(path, SIZE)


def test_a_side_that_is_too_long_is_refused_by_the_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(16385, 100))
    with pytest.raises(PictureError, match="16385x100"):
        load_backdrop(path, SIZE)
    path.write_bytes(png_header(16384, 100))
    with pytest.raises(PictureError, match="damaged"):
        load_backdrop(path, SIZE)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_background_that_becomes_something_else_is_told_and_harmless(picture: Path) -> None:
    """Opening a pipe would wait for ever: every reload looks as closely as the first load."""
    told: list[PictureError] = []
    backdrop = ImageBackdrop(picture, SIZE, told.append)
    backdrop.frame_at(0)
    picture.unlink()
    os.mkfifo(picture)
    assert backdrop.frame_at(1).max() == 10
    assert "not a plain file" in str(told[-1])
    picture.unlink()
    with picture.open("wb") as file:
        file.truncate(MAX_PICTURE_BYTES + 1)
    assert backdrop.frame_at(2).max() == 10
    assert "too large" in str(told[-1])
    picture.write_bytes(png_header(10000, 10000))
    assert backdrop.frame_at(3).max() == 10
    assert "64 megapixels" in str(told[-1])
    with pytest.raises(PictureError, match="not a plain file"):
        load_backdrop(Path("/dev/zero"), SIZE)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp"])
@pytest.mark.parametrize("size", [(1, 1), (7, 300), (640, 33)])
def test_headers_announce_what_is_decoded(suffix: str, size: tuple[int, int]) -> None:
    done, encoded = cv2.imencode(suffix, np.full((size[1], size[0], 3), 99, np.uint8))
    assert done
    assert announced_size(encoded.tobytes()) == size


def test_a_lossless_webp_and_one_with_alpha_announce_their_size() -> None:
    for picture, quality in ((np.zeros((5, 9, 3), np.uint8), 101), (np.zeros((5, 9, 4), np.uint8), 80)):
        done, encoded = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])
        assert done
        assert announced_size(encoded.tobytes()) == (9, 5)


def test_a_jpeg_with_something_between_its_segments_announces_its_size() -> None:
    done, encoded = cv2.imencode(".jpg", np.full((20, 30, 3), 99, np.uint8))
    assert done
    jpeg = encoded.tobytes()
    assert announced_size(jpeg[:2] + b"lost\xff\x00bytes" + jpeg[2:]) == (30, 20)
    assert announced_size(b"\xff\xd8" + b"\xff\xd0" * 10_000_000) is None, "and is not searched for ever"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp"])
def test_a_header_cut_anywhere_does_no_harm(suffix: str) -> None:
    done, encoded = cv2.imencode(suffix, np.full((20, 30, 3), 99, np.uint8))
    assert done
    content = encoded.tobytes()
    for length in range(min(200, len(content))):
        assert announced_size(content[:length]) in (None, (30, 20))
