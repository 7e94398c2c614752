"""What `selfieseg video` is to make: a misuse is told as one of the command."""

from __future__ import annotations

from pathlib import Path

import click

from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording import planning
from selfieseg_engine.recording.errors import MisuseError
from selfieseg_engine.recording.pipeline import RecordingJob


def plan_recording(
    source: Path, out: str, matte: str | None, look: Look, codec: str | None, crf: int | None, leave_out: bool
) -> RecordingJob:
    """Return the job, as ``planning.plan_recording`` does.

    Raises:
        click.UsageError: a file would be written over, or options contradict each other.
        RecordingError: an output's format cannot be written, or its place is taken.
    """
    try:
        return planning.plan_recording(source, out, matte, look, codec, crf, leave_out)
    except MisuseError as error:
        raise click.UsageError(str(error)) from error
