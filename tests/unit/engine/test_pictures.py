from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import read_picture, write_picture

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
