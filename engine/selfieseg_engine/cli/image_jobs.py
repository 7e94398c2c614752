"""Which picture is written where: decided before anything is computed. Pure but for looking at folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from selfieseg_engine.cli.image_inputs import ImageInputs
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import ALPHA_SUFFIXES, WRITABLE_SUFFIXES, require_writable_format


@dataclass(frozen=True)
class ImageJob:
    """One picture to segment. ``matte_path`` and ``classes_path`` are None where none is wanted."""

    input_path: Path
    output_path: Path
    matte_path: Path | None
    classes_path: Path | None


def plan_jobs(
    inputs: ImageInputs,
    out: str,
    matte: str | None,
    classes: str | None,
    alpha: bool,
    sources: Sequence[Path] = (),
    targets: Sequence[Path] = (),
) -> list[ImageJob]:
    """Return one job per input.

    Args:
        inputs: pictures to read.
        out: a file for one input, a folder for several; also for one where it is or ends like a folder.
        matte: the same, for the mattes.
        classes: the same, for the class maps, which are always PNG.
        alpha: the outputs are transparent; in a folder they become PNG.
        sources: other files that are read.
        targets: other files that are written.

    Raises:
        click.UsageError: several inputs for one file, or a file would be written over.
        PictureError: an output's format cannot be written, or cannot hold transparency.
    """
    pictures, is_many = inputs.pictures, inputs.is_list or len(inputs.pictures) > 1
    output_names = _names([each.place for each in pictures], ALPHA_SUFFIXES if alpha else WRITABLE_SUFFIXES)
    map_names = _names([each.place for each in pictures], (".png",))
    jobs = []
    for picture, output_name, map_name in zip(pictures, output_names, map_names, strict=True):
        output_path = _target(out, "-o", output_name, is_many)
        matte_path = None if matte is None else _target(matte, "--matte", map_name, is_many)
        require_writable_format(output_path, alpha)
        if matte_path is not None:
            require_writable_format(matte_path, alpha=False)
        classes_path = None if classes is None else _target(classes, "--classes", map_name, is_many)
        if classes_path is not None:
            require_png(classes_path, "a class map is a PNG with a palette")
        jobs.append(ImageJob(picture.path, output_path, matte_path, classes_path))
    _refuse_overwriting(jobs, [*(each.path for each in pictures), *sources], targets)
    return jobs


def require_png(path: Path, why: str) -> None:
    """Raise ``PictureError`` unless ``path`` ends in .png."""
    if path.suffix.lower() != ".png":
        raise PictureError(f"{path} cannot be written", why, "give it a name ending in .png")


def _names(places: Sequence[Path], suffixes: Sequence[str]) -> list[Path]:
    """Return the names of outputs: those of the inputs, as PNG where they end in none of ``suffixes``.

    Where that makes one name of two (``a.jpg`` and ``a.gif``) the PNG keeps the whole name: ``a.gif.png``.
    """
    names = [place if place.suffix.lower() in suffixes else place.with_suffix(".png") for place in places]
    count = Counter(names)
    return [
        name if name == place or count[name] == 1 else place.with_name(f"{place.name}.png")
        for name, place in zip(names, places, strict=True)
    ]


def _target(given: str, option: str, name: Path, is_many: bool) -> Path:
    path = Path(given)
    ends_like_folder = given.endswith(("/", os.sep))
    if path.is_dir() or ends_like_folder:
        return path / name
    if not is_many:
        return path
    if path.exists() or path.suffix.lower() in WRITABLE_SUFFIXES:
        raise click.UsageError(f"{option} must be a folder for several pictures, and {path} is a file")
    return path / name


def _refuse_overwriting(jobs: Sequence[ImageJob], sources: Sequence[Path], targets: Sequence[Path]) -> None:
    taken = {path.resolve() for path in sources}
    # One file may have several names: hard links, and capitals where the file system ignores them.
    files = {_identity(path) for path in sources} - {None}
    wanted = [path for job in jobs for path in (job.output_path, job.matte_path, job.classes_path)]
    for target in (*wanted, *targets):
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
