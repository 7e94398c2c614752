"""Which picture is written where: decided before anything is computed. Pure but for looking at folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import WRITABLE_SUFFIXES, require_writable_format


@dataclass(frozen=True)
class ImageJob:
    """One picture to segment. ``matte_path`` and ``classes_path`` are None where none is wanted."""

    input_path: Path
    output_path: Path
    matte_path: Path | None
    classes_path: Path | None


def plan_jobs(
    inputs: Sequence[Path],
    out: str,
    matte: str | None,
    classes: str | None,
    alpha: bool,
    background: Path | None = None,
) -> list[ImageJob]:
    """Return one job per input.

    Args:
        inputs: pictures to read.
        out: a file for one input, a folder for several; also for one where it is or ends like a folder.
        matte: the same, for the mattes.
        classes: the same, for the class maps, which are always PNG.
        alpha: the outputs are transparent; in a folder they become PNG.
        background: another file that is read.

    Raises:
        click.UsageError: several inputs for one file, or a file would be written over.
        PictureError: an output's format cannot be written, or cannot hold transparency.
    """
    jobs = []
    for path in inputs:
        keeps_suffix = not alpha and path.suffix.lower() in WRITABLE_SUFFIXES
        output_name = path.name if keeps_suffix else f"{path.stem}.png"
        output_path = _target(out, "-o", output_name, len(inputs))
        matte_path = None if matte is None else _target(matte, "--matte", f"{path.stem}.png", len(inputs))
        require_writable_format(output_path, alpha)
        if matte_path is not None:
            require_writable_format(matte_path, alpha=False)
        classes_path = (
            None if classes is None else _target(classes, "--classes", f"{path.stem}.png", len(inputs))
        )
        if classes_path is not None:
            _require_png(classes_path)
        jobs.append(ImageJob(path, output_path, matte_path, classes_path))
    _refuse_overwriting(jobs, [*inputs, *([background] if background is not None else [])])
    return jobs


def _target(given: str, option: str, name: str, count: int) -> Path:
    path = Path(given)
    ends_like_folder = given.endswith(("/", os.sep))
    if path.is_dir() or ends_like_folder:
        return path / name
    if count == 1:
        return path
    if path.exists() or path.suffix.lower() in WRITABLE_SUFFIXES:
        raise click.UsageError(f"{option} must be a folder for {count} pictures, and {path} is a file")
    return path / name


def _require_png(path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise PictureError(
            f"{path} cannot be written",
            "a class map is a PNG with a palette",
            "give it a name ending in .png",
        )


def _refuse_overwriting(jobs: Sequence[ImageJob], sources: Sequence[Path]) -> None:
    taken = {path.resolve() for path in sources}
    # One file may have several names: hard links, and capitals where the file system ignores them.
    files = {_identity(path) for path in sources} - {None}
    for job in jobs:
        for target in (job.output_path, job.matte_path, job.classes_path):
            if target is None:
                continue
            if target.resolve() in taken or _identity(target) in files:
                raise click.UsageError(f"{target} would be written over: choose another name or folder")
            taken.add(target.resolve())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
