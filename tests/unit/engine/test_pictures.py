from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import MAX_PICTURE_BYTES, read_picture, write_picture

# A JPEG's APP1 segment whose only entry is the orientation 6: turn 90° clockwise to see it upright.
EXIF_ORIENTATION_6 = bytes.fromhex(
    "ffe1 0022 457869660000 4d4d002a00000008 0001 0112 0003 00000001 00060000 00000000".replace(" ", "")
)


def test_exif_orientation_is_honoured(tmp_path: Path) -> None:
    lying = np.zeros((40, 80, 3), np.uint8)
    lying[:, :40] = 255  # white on the left: on top once turned clockwise
    done, encoded = cv2.imencode(".jpg", lying)
    assert done
    jpeg = encoded.tobytes()
    path = tmp_path / "turned.jpg"
    path.write_bytes(jpeg[:2] + EXIF_ORIENTATION_6 + jpeg[2:])
    upright = read_picture(path)
    assert upright.shape == (80, 40, 3)
    assert upright[:30].min() > 200
    assert upright[-30:].max() < 50


def test_names_outside_ascii_and_alpha_work(tmp_path: Path) -> None:
    path = tmp_path / "фото ü.png"
    bgra = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
    write_picture(path, bgra)
    assert np.array_equal(read_picture(path), bgra[:, :, :3])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_format_without_alpha_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="transparency"):
        write_picture(tmp_path / "x.jpg", np.zeros((2, 2, 4), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_only_plain_files_of_some_size_are_read(tmp_path: Path) -> None:
    """A pipe would be waited for, a device never ends, a picture may unpack to a thousand times its size."""
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(PictureError, match="not a plain file"):
            read_picture(tmp_path / "pipe.png")
        with pytest.raises(PictureError, match="not a plain file"):
            read_picture(Path("/dev/zero"))
    with pytest.raises(PictureError, match="folder"):
        read_picture(tmp_path)
    with pytest.raises(PictureError, match="no such file"):
        read_picture(tmp_path / "nothing.png")
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(MAX_PICTURE_BYTES + 1)
    with pytest.raises(PictureError, match="256"):
        read_picture(tmp_path / "huge.png")


@pytest.mark.parametrize(
    ("size", "why"),
    [((16385, 100), "a side"), ((8200, 8200), "64 megapixels"), ((16384, 4097), "64 megapixels")],
)
def test_a_picture_that_is_too_large_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], why: str
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", *size))
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(PictureError, match=why):
        read_picture(path)


def test_what_does_not_tell_its_size_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.jp2"
    done, encoded = cv2.imencode(".jp2", np.zeros((64, 64, 3), np.uint8))
    assert done
    path.write_bytes(encoded.tobytes())
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(PictureError, match="use a PNG"):
        read_picture(path)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(PictureError, match="not a picture"):
        read_picture(path)


def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"old")
    real_write = Path.write_bytes

    def full_disk(self: Path, content: bytes) -> int:
        real_write(self, content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_bytes_atomically(path, b"new content")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
