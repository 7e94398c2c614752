"""Which files a batch works on: those of a folder, or of a list. Only looks at folders and reads the list."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.batch.errors import BatchError
from selfieseg_engine.plain_file import read_plain_file
from selfieseg_engine.stills.read import READABLE_SUFFIXES

RECORDING_SUFFIXES = (
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".ts",
    ".mts",
    ".m2ts",
    ".flv",
    ".wmv",
    ".mpg",
    ".mpeg",
    ".3gp",
    ".ogv",
)
_MOST_LIST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class BatchInput:
    """One file to read: its absolute path, and its name in the output with folders (``place``)."""

    path: Path
    place: Path


def is_still(path: Path) -> bool:
    """Return whether a file is a picture, by its ending; all else is taken for a recording."""
    return path.suffix.lower() in READABLE_SUFFIXES


def find_inputs(source: Path, written: Sequence[Path]) -> list[BatchInput]:
    """Return the files that ``source`` means, each once.

    Of a folder those count, and of the folders in it, that end like a recording or a picture and do not begin
    with a dot. Links to folders are not followed, and nothing is looked for in the folders ``written``. In a
    list each line is a path; one that is not absolute counts from the list's folder. In the output a file
    keeps its folders below the folder or the list, one from elsewhere only its name.

    Raises:
        BatchError: there is nothing, or the list names a folder or a file twice, or a folder cannot be read
            or is written to itself.
        PictureError: the list cannot be read.
    """
    found = list(_in_folder(source, written) if source.is_dir() else _in_list(source))
    if not found:
        raise BatchError(f"there is no recording or picture in {source}", "nothing fits", "check the name")
    return found


def _in_folder(folder: Path, written: Sequence[Path]) -> Iterator[BatchInput]:
    folder = folder.absolute()
    apart = {path.resolve() for path in written}
    if folder.resolve() in apart:
        raise BatchError(
            f"{folder} cannot be the output folder",
            "it is the input, and the next run would take outputs for inputs",
            "choose another folder for -o or --matte; one inside it will do",
        )
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and Path(place, name).resolve() not in apart
        )
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and (is_still(path) or path.suffix.lower() in RECORDING_SUFFIXES):
                yield BatchInput(path, path.relative_to(folder))


def _refuse(error: OSError) -> None:
    raise BatchError(
        f"the folder {error.filename} cannot be read", error.strerror or str(error), "check its permissions"
    ) from error


def _in_list(source: Path) -> Iterator[BatchInput]:
    content = read_plain_file(source, _MOST_LIST_BYTES)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BatchError(
            f"{source} is no list of files", "it is not text in UTF-8", "give a folder, or a path a line"
        ) from error
    folder = source.absolute().parent
    seen: set[Path] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        # Not resolved: a link keeps its own name. But "a/../b" and "b" are one file.
        path = Path(os.path.normpath(folder / line.strip()))
        if "\0" in line or path.is_dir() or path in seen:
            why = "a folder" if path.is_dir() else "named twice" if path in seen else "no path"
            raise BatchError(
                f"line {number} of {source} cannot be used", f"it is {why}", "name each file once"
            )
        seen.add(path)
        yield BatchInput(path, path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name))
