"""What workers are told to do, and what they answer: paths and options only. Pure.

A task of one key may be done twice, when a worker was thought dead: both times it makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.batch.options import BatchOptions
from selfieseg_engine.batch.plan import FileJob
from selfieseg_engine.recording.segment import SegmentFiles
from selfieseg_engine.recording.span import Span


@dataclass(frozen=True)
class Task:
    """Something to do for one file.

    Attributes:
        key: another one for each task of a run.
        run: the run's folder (see ``work_folder``).
        job: which file.
        options: how.
    """

    key: str
    run: Path
    job: FileJob
    options: BatchOptions


@dataclass(frozen=True)
class InspectTask(Task):
    """Find out how many frames a recording has, and where to split it."""


@dataclass(frozen=True)
class WholeTask(Task):
    """Make a file in one go."""


@dataclass(frozen=True)
class Part:
    """A part of a recording: which frames, and how many they are."""

    span: Span
    frames: int


@dataclass(frozen=True)
class SegmentTask(Task):
    """Make the pictures of one part, counted from 0, in ``folder``."""

    part: Part
    index: int
    folder: Path


@dataclass(frozen=True)
class JoinTask(Task):
    """Join ``count`` segments in ``folder``."""

    count: int
    folder: Path


@dataclass(frozen=True)
class Inspected:
    """``frames``: how many there are, None if that is not known; ``parts``: fewer than 2 for none."""

    frames: int | None
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Made:
    """``frames`` were made, in files of so many bytes. ``left_out``: what of the input is not in them."""

    frames: int
    sizes: Mapping[str, int]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failed:
    """``message``: one line for the user. ``is_unreadable``: the input is at fault, or was split wrongly."""

    message: str
    is_unreadable: bool = False


Outcome = Inspected | Made | Failed


def segment_files(folder: Path, index: int, has_matte: bool) -> SegmentFiles:
    """Return where a segment is kept. Pure."""
    return SegmentFiles(folder / f"{index:05}.part", folder / f"{index:05}.matte.part" if has_matte else None)
