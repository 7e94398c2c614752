"""Which pictures ``IN…`` means: files, folders and patterns. Only looks at folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import has_magic
from itertools import takewhile
from pathlib import Path

from selfieseg_engine.errors import PictureError
from selfieseg_engine.stills.read import READABLE_SUFFIXES


@dataclass(frozen=True)
class ImageInput:
    """One picture to read. ``place`` is its name, with folders where those are mirrored in the output."""

    path: Path
    place: Path


@dataclass(frozen=True)
class ImageInputs:
    """All pictures. ``is_list`` where a folder or a pattern was given: outputs go into a folder then."""

    pictures: tuple[ImageInput, ...]
    is_list: bool


def find_inputs(given: Sequence[Path], recursive: bool, outputs: Sequence[str]) -> ImageInputs:
    """Return the pictures that the arguments mean, each folder's and pattern's sorted by name.

    A file stands for itself, whatever it is called and whether it exists. Of a folder those files count that
    end like a picture and do not begin with a dot; of several folders each keeps its own name in the output.

    Args:
        given: files, folders, and patterns with ``*``, ``?``, ``[…]`` and ``**``.
        recursive: go into the folders of folders, too.
        outputs: what is written to; what lies in such a folder is not looked for.

    Raises:
        PictureError: a folder or a pattern has no picture, or a folder cannot be read.
    """
    written = [Path(each).resolve() for each in outputs]
    folders = sum(path.is_dir() for path in given)
    found: list[ImageInput] = []
    is_list = False
    for path in given:
        if path.is_dir():
            is_list = True
            name = Path(path.resolve().name) if folders > 1 else Path()
            apart = _strictly_below(written, path)
            inside = [ImageInput(file, name / file.relative_to(path)) for file in _files(path, recursive)]
            inside = [each for each in inside if not _is_below(each.path, apart)]
            found += _require_some(inside, f"the folder {path}", recursive)
        elif not os.path.lexists(path) and has_magic(str(path)):
            is_list = True
            root, inside = _matching(path)
            apart = _strictly_below(written, root)
            inside = [each for each in inside if not _is_below(each.path, apart)]
            found += _require_some(inside, f"the pattern {path}", True)
        else:
            found.append(ImageInput(path, Path(path.name)))
    return ImageInputs(tuple(found), is_list)


def _files(folder: Path, recursive: bool) -> Iterator[Path]:
    """Yield the pictures of a folder; links to folders are not followed."""
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if recursive and not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in READABLE_SUFFIXES:
                yield Path(place, name)


def _refuse(error: OSError) -> None:
    raise PictureError(
        f"the folder {error.filename} cannot be read", error.strerror or str(error), "check its permissions"
    ) from error


def _matching(pattern: Path) -> tuple[Path, list[ImageInput]]:
    """Return a pattern's part without wildcards, and the files that fit, placed by what lies below that.

    Names that begin with a dot, of folders too, are passed over, unless a part of the pattern does.
    """
    fixed = list(takewhile(lambda part: not has_magic(part), pattern.parts))
    wildcards = pattern.parts[len(fixed) :]
    root = Path(*fixed)
    with_hidden = any(part.startswith(".") for part in wildcards)
    files = [path for path in sorted(root.glob("/".join(wildcards))) if path.is_file()]
    found = [ImageInput(file, file.relative_to(root)) for file in files]
    return root, [each for each in found if with_hidden or not _is_hidden(each.place)]


def _is_hidden(place: Path) -> bool:
    return any(part.startswith(".") for part in place.parts)


def _strictly_below(written: Sequence[Path], place: Path) -> list[Path]:
    """Return what is written to inside of ``place``; of that very folder, or one around it, files count."""
    base = place.resolve()
    return [folder for folder in written if folder != base and folder.is_relative_to(base)]


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.resolve().is_relative_to(folder) for folder in folders)


def _require_some(found: list[ImageInput], told: str, recursive: bool) -> list[ImageInput]:
    if not found:
        deeper = "" if recursive else "; --recursive looks into the folders in it, too"
        raise PictureError(f"there is no picture in {told}", "nothing fits", f"check the name{deeper}")
    return found
