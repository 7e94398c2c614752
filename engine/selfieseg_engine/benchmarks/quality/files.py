"""Finds the pictures, masks and mattes to measure, and reads them. Any thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte
from selfieseg_engine.errors import UserError
from selfieseg_engine.pictures import WRITABLE_SUFFIXES, read_picture

NOT_MEASURED = "the mattes cannot be measured"


@dataclass(frozen=True)
class PhotoFiles:
    """A picture with its truth. ``matte``, ``ignore`` and ``predicted`` are None where there are none."""

    name: str
    image: Path
    mask: Path
    matte: Path | None
    ignore: Path | None
    predicted: Path | None


@dataclass(frozen=True)
class PhotoSet:
    """The pictures that have a mask, and how many pictures or masks have no partner."""

    photos: tuple[PhotoFiles, ...]
    left_out: int


def find_photos(
    images: Path, masks: Path, mattes: Path | None, ignore: Path | None, predicted: Path | None
) -> PhotoSet:
    """Pair the pictures of folders by their names without the ending.

    Raises:
        UserError: a folder is missing, no picture has a mask, or one of them was not predicted.
    """
    image_of, mask_of = pictures_in(images), pictures_in(masks)
    matte_of, ignore_of, predicted_of = (
        None if folder is None else pictures_in(folder) for folder in (mattes, ignore, predicted)
    )
    names = sorted(image_of.keys() & mask_of.keys())
    if not names:
        raise UserError(
            NOT_MEASURED,
            f"no picture in {images} has the name of a mask in {masks}",
            "name them alike, but for the ending",
        )
    missing = [] if predicted_of is None else [name for name in names if name not in predicted_of]
    if missing:
        raise UserError(
            NOT_MEASURED,
            f"{len(missing)} of {len(names)} pictures have no matte in {predicted}, such as {missing[0]}",
            "make them, or measure the others alone",
        )
    return PhotoSet(
        tuple(
            PhotoFiles(
                name,
                image_of[name],
                mask_of[name],
                (matte_of or {}).get(name),
                (ignore_of or {}).get(name),
                (predicted_of or {}).get(name),
            )
            for name in names
        ),
        len(image_of.keys() ^ mask_of.keys()),
    )


def pictures_in(folder: Path) -> dict[str, Path]:
    """Return the pictures of a folder by their names without the ending, in the order of the names.

    Raises:
        UserError: there is no such folder, no picture in it, or two of one name.
    """
    found: dict[str, Path] = {}
    for path in _files_in(folder):
        if path.suffix.lower() not in WRITABLE_SUFFIXES:
            continue
        if path.stem in found:
            raise UserError(
                NOT_MEASURED,
                f"{folder} has two pictures named {path.stem}",
                "keep one of them, or give them other names",
            )
        found[path.stem] = path
    if not found:
        raise UserError(NOT_MEASURED, f"there is no picture in {folder}", "choose another folder")
    return found


def read_u8_matte(path: Path) -> U8Matte:
    """Return a mask or matte as uint8 HxW, its grey value if it has colours. Raises ``PictureError``."""
    return np.asarray(cv2.cvtColor(read_picture(path), cv2.COLOR_BGR2GRAY), np.uint8)


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UserError(
            NOT_MEASURED, f"{folder} is no folder that can be read", "check the name and its permissions"
        ) from error
