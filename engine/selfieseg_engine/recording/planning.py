"""What can be made of a recording and what cannot: decided before anything is computed. Any thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from selfieseg_engine.composite.background import ImageBackground, VideoBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.codecs import require_codec
from selfieseg_engine.recording.drawing import is_transparent
from selfieseg_engine.recording.errors import MisuseError, RecordingError
from selfieseg_engine.recording.outputs import Output, parse_output
from selfieseg_engine.recording.pipeline import RecordingJob


def plan_recording(
    source: Path,
    out: str,
    matte: str | None,
    look: Look,
    codec: str | None = None,
    crf: int | None = None,
    leave_out: bool = False,
) -> RecordingJob:
    """Return the job. Looks at folders and files, opens none.

    Args:
        source: the recording.
        out: a recording, a folder or a ``%06d.png``, as ``parse_output`` takes it.
        matte: the same, for the mattes; None for none.
        look: what to draw.
        codec: the encoder, None for the usual one.
        crf: its quality, None for a good one.
        leave_out: go without streams that the output cannot hold.

    Raises:
        MisuseError: a file would be written over, or the wishes contradict each other.
        RecordingError: an output's format cannot be written, or its place is taken.
    """
    output = parse_output(out)
    matte_output = None if matte is None else parse_output(matte)
    if output.pattern is None:
        require_codec(output.suffix, is_transparent(look), codec, crf)
    elif codec is not None or crf is not None:
        raise MisuseError(
            "codec and crf are for recordings", f"{out} is for PNG pictures", "leave them out or name a file"
        )
    if matte_output is not None and matte_output.pattern is None:
        require_codec(matte_output.suffix, False, None, None)
    outputs = [output] if matte_output is None else [output, matte_output]
    for each in outputs:
        each.require_free()
    read = [source]
    if isinstance(look.background, ImageBackground | VideoBackground):
        read.append(look.background.path)
    _refuse_overwriting(read, outputs)
    return RecordingJob(output, matte_output, look, codec, crf, leave_out)


def _refuse_overwriting(read: Sequence[Path], outputs: Sequence[Output]) -> None:
    taken = {path.resolve() for path in read}
    for output in outputs:
        path = output.path.resolve()
        if path in taken or any(output.path.exists() and _same(output.path, each) for each in read):
            raise MisuseError(
                f"{output.path} would be written over", "it is read or written already", "choose another name"
            )
        taken.add(path)


def _same(path: Path, other: Path) -> bool:
    """Return whether both are one file, which may have several names."""
    try:
        return path.samefile(other)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise RecordingError(
            f"{other} cannot be read", error.strerror or str(error), "check the name and its permissions"
        ) from error
