"""What a picture file tells of itself comes back, and goes out again."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base

from selfieseg_engine.errors import PictureError
from selfieseg_engine.stills.png_chunks import with_metadata
from selfieseg_engine.stills.read import read_still
from selfieseg_engine.stills.still import Metadata, as_u8, without_alpha
from selfieseg_engine.stills.tiff import encode_tiff
from selfieseg_engine.stills.write import write_still

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PLAIN = Metadata()
NOTE = b"a preview of the room"


def noise(*shape: int, dtype: Any = np.uint16) -> npt.NDArray[Any]:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def exif_block(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    exif[Base.Make] = "Maker"
    exif.get_ifd(IFD.Exif).update(
        {Base.DateTimeOriginal: "2020:01:01 00:00:00", Base.ExifImageWidth: 7, Base.MakerNote: NOTE}
    )
    exif.get_ifd(IFD.GPSInfo)[1] = "N"
    return exif.tobytes()


def lying(upright: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Return the pixels as a camera stores them that says ``orientation``, after EXIF's own table."""
    rows_and_columns = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(rows_and_columns[orientation](upright))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_orientation_at_every_depth(tmp_path: Path, orientation: int, suffix: str, dtype: Any) -> None:
    upright = noise(6, 9, 3, dtype=dtype)
    path = tmp_path / f"x{suffix}"
    write_still(path, lying(upright, orientation), Metadata(exif_block(orientation)), 95)
    still = read_still(path)
    assert still.bgr.dtype == dtype
    assert np.array_equal(still.bgr, upright)
    again = tmp_path / f"again{suffix}"
    write_still(again, still.bgr, still.metadata, 95)
    assert np.array_equal(read_still(again).bgr, upright), "it must not be turned twice"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_exif_and_profile_go_with_the_picture(tmp_path: Path, suffix: str) -> None:
    old, new = tmp_path / f"old{suffix}", tmp_path / f"new{suffix}"
    Image.fromarray(noise(40, 60, 3, dtype=np.uint8)).save(old, exif=exif_block(6), icc_profile=SRGB)
    still = read_still(old)
    write_still(new, still.bgr, still.metadata, 95)
    with Image.open(new) as image:
        assert image.size == (40, 60)
        assert image.info["icc_profile"] == SRGB
        exif = image.getexif()
        details = exif.get_ifd(IFD.Exif)
        assert exif[Base.Make] == "Maker"
        assert exif.get(Base.Orientation, 1) == 1
        assert details[Base.DateTimeOriginal] == "2020:01:01 00:00:00"
        assert details[Base.ExifImageWidth] == 40
        assert exif.get_ifd(IFD.GPSInfo)[1] == "N"
    assert NOTE in old.read_bytes()
    assert NOTE not in new.read_bytes(), "a maker's note may show the old picture"


def test_the_thumbnail_of_the_old_picture_does_not_go_with_the_new_one(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(thumbnail, "JPEG")
    shown = thumbnail.getvalue()
    ifd0 = b"\0\1" + bytes.fromhex("0112 0003 00000001 00010000".replace(" ", "")) + (26).to_bytes(4, "big")
    entries = bytes.fromhex("0002 0201 0004 00000001".replace(" ", "")) + (56).to_bytes(4, "big")
    entries += bytes.fromhex("0202 0004 00000001".replace(" ", "")) + len(shown).to_bytes(4, "big") + bytes(4)
    block = b"Exif\0\0MM\0*\0\0\0\x08" + ifd0 + entries + shown
    old, new = tmp_path / "old.jpg", tmp_path / "new.jpg"
    Image.new("RGB", (30, 30), "blue").save(old, exif=block)
    assert shown in old.read_bytes()
    still = read_still(old)
    write_still(new, still.bgr, still.metadata, 95)
    assert shown not in new.read_bytes()


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3), (200, 7, 3), (200, 7, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_of_ours_is_what_others_read(tmp_path: Path, shape: tuple[int, ...], dtype: Any) -> None:
    pixels = noise(*shape, dtype=dtype)
    encoded = encode_tiff(pixels, Metadata(exif_block(1), SRGB))
    seen = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    if dtype == np.uint16 or shape[-1] != 4:  # OpenCV multiplies 8-bit colours by their alpha
        assert np.array_equal(np.asarray(seen), pixels)
    with Image.open(io.BytesIO(encoded)) as image:
        image.load()
        assert image.size == (shape[1], shape[0])
        if dtype == np.uint8:
            order = [2, 1, 0, 3][: shape[2]] if len(shape) == 3 else ...
            assert np.array_equal(np.asarray(image), pixels[..., order] if len(shape) == 3 else pixels)
    if len(shape) == 3:
        path = tmp_path / "x.tif"
        path.write_bytes(encoded)
        still = read_still(path)
        assert (still.alpha is None) == (shape[2] == 3)
        if still.alpha is not None:
            assert np.array_equal(still.alpha, pixels[:, :, 3])


def with_tag(encoded: bytes, tag: int, value: int) -> bytes:
    """Return a TIFF of ours whose tag of one short number has another value."""
    start = encoded.index(struct.pack("<HHI", tag, 3, 1)) + 8
    return encoded[:start] + struct.pack("<H", value) + encoded[start + 2 :]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_may_count_from_white(tmp_path: Path, dtype: Any) -> None:
    pixels = noise(20, 30, dtype=dtype)
    path = tmp_path / "negative.tif"
    path.write_bytes(with_tag(encode_tiff(pixels, PLAIN), 262, 0))
    np.testing.assert_array_equal(read_still(path).bgr[:, :, 1], ~pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colours_of_a_tiff_may_be_multiplied_by_its_alpha(tmp_path: Path, dtype: Any) -> None:
    top = np.iinfo(dtype).max
    straight = noise(20, 30, 4, dtype=dtype)
    straight[:, :, 3] |= top // 2 + 1  # of colours that are hardly seen little is left
    straight[:5, :, 3] = 0
    share = straight[:, :, 3:].astype(np.float64) / top
    multiplied = np.concatenate(
        (np.rint(straight[:, :, :3] * share).astype(dtype), straight[:, :, 3:]), axis=2
    )
    path = tmp_path / "multiplied.tif"
    path.write_bytes(with_tag(encode_tiff(multiplied, PLAIN), 338, 1))
    still = read_still(path)
    assert still.alpha is not None
    np.testing.assert_array_equal(still.alpha, straight[:, :, 3])
    np.testing.assert_allclose(still.bgr[5:].astype(int), straight[5:, :, :3].astype(int), atol=2)
    assert (still.bgr[:5] == top).all()  # white, as all that is transparent


def test_grey_of_any_depth_is_told(tmp_path: Path) -> None:
    for name, pixels in (
        ("a.png", noise(5, 4)),
        ("b.tif", noise(5, 4)),
        ("c.png", noise(5, 4, dtype=np.uint8)),
    ):
        write_still(tmp_path / name, pixels, PLAIN, 95)
        still = read_still(tmp_path / name)
        assert still.is_grey
        assert all(np.array_equal(still.bgr[:, :, channel], pixels) for channel in range(3))


def test_a_profile_for_other_colours_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    write_still(path, noise(5, 4, dtype=np.uint8), Metadata(None, SRGB), 95)
    with Image.open(path) as image:
        assert "icc_profile" not in image.info
    write_still(path, noise(5, 4, 3, dtype=np.uint8), Metadata(None, SRGB), 95)
    with Image.open(path) as image:
        assert image.info["icc_profile"] == SRGB


def test_what_is_transparent_is_white_without_alpha(tmp_path: Path) -> None:
    bgra = noise(2, 3, 4)
    bgra[:, :, 3] = [[0, 65535, 32768]] * 2
    path = tmp_path / "x.png"
    write_still(path, bgra, PLAIN, 95)
    still = read_still(path)
    assert still.alpha is not None
    assert (still.bgr[:, 0] == 65535).all()
    flat = without_alpha(still)
    assert flat.alpha is None
    assert (flat.bgr[:, 0] == 65535).all()
    assert np.array_equal(flat.bgr[:, 1], bgra[:, 1, :3])
    half = bgra[:, 2, :3] * (32768 / 65535) + 65535 * (32767 / 65535)
    assert np.abs(flat.bgr[:, 2] - half).max() <= 1


def test_where_16_bits_do_not_fit_they_are_rounded(tmp_path: Path) -> None:
    deep = np.full((8, 8, 3), 257 * 100 + 129, np.uint16)
    assert (as_u8(deep) == 101).all()
    write_still(tmp_path / "x.webp", deep, PLAIN, 95)
    assert (read_still(tmp_path / "x.webp").bgr == 101).all()


def test_palettes_gifs_and_cmyk_are_read(tmp_path: Path) -> None:
    red = Image.new("RGB", (8, 8), "red")
    red.quantize(4).save(tmp_path / "p.png", transparency=0)
    red.save(tmp_path / "g.gif")
    red.convert("CMYK").save(tmp_path / "c.jpg", quality=100)
    assert read_still(tmp_path / "p.png").alpha is not None
    for name in ("g.gif", "c.jpg"):
        assert np.abs(read_still(tmp_path / name).bgr.astype(int) - (0, 0, 255)).max() <= 3


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".gif", ".bmp"])
@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_a_file_that_is_cut_short_is_no_picture(tmp_path: Path, suffix: str, kept: float) -> None:
    whole = tmp_path / f"whole{suffix}"
    Image.fromarray(noise(80, 80, 3, dtype=np.uint8)).save(whole)
    assert read_still(whole).bgr.shape == (80, 80, 3)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * kept)])
    with pytest.raises(PictureError, match="damaged"):
        read_still(cut)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_deep_file_that_is_cut_short_is_no_picture(tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole{suffix}"
    write_still(whole, noise(80, 80, 3), PLAIN, 95)
    whole.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(PictureError, match="damaged"):
        read_still(whole)


def test_other_numbers_than_of_8_or_16_bits_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    cv2.imwrite(str(path), np.zeros((4, 4), np.float32))
    with pytest.raises(PictureError, match="channels have 32 bits and a point, save it with 8 or 16"):
        read_still(path)
    path.write_bytes(with_tag(encode_tiff(noise(4, 4), PLAIN), 258, 12))
    with pytest.raises(PictureError, match="channels have 12 bits, save it"):
        read_still(path)


def test_damaged_exif_is_left_out_and_the_picture_read(tmp_path: Path) -> None:
    done, encoded = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))
    assert done
    path = tmp_path / "x.png"
    path.write_bytes(with_metadata(encoded.tobytes(), Metadata(b"Exif\0\0no TIFF header at all")))
    still = read_still(path)
    assert still.bgr.shape == (4, 4, 3)
    assert still.metadata.exif is None


def test_a_format_that_does_not_take_the_size_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="use PNG"):
        write_still(tmp_path / "x.webp", np.zeros((1, 16384, 3), np.uint8), PLAIN, 95)
    assert list(tmp_path.iterdir()) == []


def test_the_quality_of_a_jpeg(tmp_path: Path) -> None:
    pixels = noise(64, 64, 3, dtype=np.uint8)
    sizes = []
    for quality in (20, 95):
        write_still(tmp_path / "x.jpg", pixels, PLAIN, quality)
        sizes.append((tmp_path / "x.jpg").stat().st_size)
    assert sizes[0] < sizes[1] / 2
