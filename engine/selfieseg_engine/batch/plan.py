"""Which file of a batch becomes which: decided before anything is computed. Looks at folders only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.batch.errors import BatchError
from selfieseg_engine.batch.inputs import BatchInput, is_still
from selfieseg_engine.batch.options import BatchOptions
from selfieseg_engine.composite.background import VideoBackground
from selfieseg_engine.pictures import ALPHA_SUFFIXES, WRITABLE_SUFFIXES, require_writable_format
from selfieseg_engine.recording.codecs import CONTAINERS, require_codec
from selfieseg_engine.recording.drawing import is_transparent

FRAMES = "frames"
# Where the input's own format is not written here: it takes all kinds of sound.
_USUAL_SUFFIX = ".mkv"
_ALPHA_CONTAINERS = (".mov", ".mkv", ".webm")
_USUAL_ALPHA_SUFFIX = ".mov"
_EXACT_MATTE_SUFFIX = ".mkv"


@dataclass(frozen=True)
class FileJob:
    """One file to make.

    Attributes:
        source: what is read.
        output: what is written: a file, or a folder of PNG.
        matte: the same for the mattes; None for none.
        is_still: it is a picture.
        is_folder: the output is a folder of PNG.
    """

    source: Path
    output: Path
    matte: Path | None
    is_still: bool
    is_folder: bool

    @property
    def outputs(self) -> tuple[Path, ...]:
        """Return all that is written."""
        return (self.output,) if self.matte is None else (self.output, self.matte)


def plan_jobs(
    inputs: Sequence[BatchInput], out: Path, matte: Path | None, options: BatchOptions
) -> list[FileJob]:
    """Return one job for each input.

    Raises:
        BatchError: two inputs would become one file, or a file would be written over.
        PictureError, RecordingError: a format cannot hold what is wanted.
    """
    if isinstance(options.look.background, VideoBackground):
        stills = [each.path for each in inputs if is_still(each.path)]
        if stills:
            raise BatchError(
                f"{stills[0]} cannot be made",
                "video: is a background for recordings, and that is a picture",
                "use image:PATH, or a list of the recordings alone",
            )
    jobs = [
        _job(each, out.absolute(), None if matte is None else matte.absolute(), options) for each in inputs
    ]
    read = [each.path for each in inputs]
    if options.background_path is not None:
        read.append(options.background_path)
    _refuse_overwriting(jobs, read)
    return jobs


def _job(given: BatchInput, out: Path, matte: Path | None, options: BatchOptions) -> FileJob:
    alpha = is_transparent(options.look)
    if is_still(given.path):
        own = given.place.suffix
        fitting = own.lower() in (ALPHA_SUFFIXES if alpha else WRITABLE_SUFFIXES)
        suffix = options.picture_suffix or (own if fitting else ".png")
        require_writable_format(out / given.place.with_suffix(suffix), alpha)
        made = _placed(given, out, suffix), None if matte is None else _placed(given, matte, ".png")
        return FileJob(given.path, *made, is_still=True, is_folder=False)
    if options.recording_suffix == FRAMES:
        made = _placed(given, out, ""), None if matte is None else _placed(given, matte, "")
        return FileJob(given.path, *made, is_still=False, is_folder=True)
    suffix = options.recording_suffix or _usual_suffix(given.place.suffix, alpha)
    require_codec(suffix.lower(), alpha, options.codec, options.crf)
    mattes = None if matte is None else _placed(given, matte, _EXACT_MATTE_SUFFIX)
    return FileJob(given.path, _placed(given, out, suffix), mattes, is_still=False, is_folder=False)


def _usual_suffix(own: str, alpha: bool) -> str:
    if alpha:
        return own if own.lower() in _ALPHA_CONTAINERS else _USUAL_ALPHA_SUFFIX
    return own if own.lower() in CONTAINERS else _USUAL_SUFFIX


def _placed(given: BatchInput, folder: Path, suffix: str) -> Path:
    return folder / given.place.with_suffix(suffix)


def _refuse_overwriting(jobs: Sequence[FileJob], read: Iterable[Path]) -> None:
    taken = {path.resolve() for path in read}
    makers: dict[Path, Path] = {}
    for job in jobs:
        for wanted in job.outputs:
            target = wanted.resolve()
            if target in taken:
                raise BatchError(
                    f"{wanted} would be written over", "it is an input", "choose another output folder"
                )
            if target in makers:
                other = makers[target]
                both = f"{other} and {job.source}" if other != job.source else f"picture and matte of {other}"
                raise BatchError(
                    f"{wanted} would be made twice",
                    f"of {both}",
                    "rename one, choose another --format or another folder for --matte, or make two batches",
                )
            makers[target] = job.source
    folders = {path.resolve() for job in jobs if job.is_folder for path in job.outputs}
    for path in (*makers, *taken):
        for folder in folders.intersection(path.parents):
            raise BatchError(
                f"{folder} would be a folder of pictures",  # and is replaced as a whole
                f"{path} would lie in it",
                "rename one, or choose another output folder",
            )
