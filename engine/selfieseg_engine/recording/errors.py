"""What can be wrong with a recording. Any thread."""

from __future__ import annotations

from pathlib import Path

import av

from selfieseg_engine.errors import UserError


class RecordingError(UserError):
    """A recording that cannot be read or written."""


class MisuseError(RecordingError):
    """Wishes that contradict each other, or would write over what is read."""


class UnreadableError(RecordingError):
    """The input is at fault, not the output."""


def unreadable(path: Path, why: str) -> UnreadableError:
    """Return the error of an input that is no usable recording."""
    return UnreadableError(
        f"{path} cannot be read", why, "use another file, such as an MP4, MKV, MOV or WebM"
    )


def closed_to_us(path: Path, error: OSError) -> RecordingError:
    """Return the error of an input that may not be opened."""
    return RecordingError(
        f"{path} cannot be read", error.strerror or str(error), "check the name and its permissions"
    )


def damaged(path: Path, frame: int | None, why: str) -> UnreadableError:
    """Return the error of an input that breaks off or is broken at ``frame``, counted from 1 if known."""
    return UnreadableError(
        f"{path} is damaged" if frame is None else f"{path} is damaged at frame {frame}",
        why,
        "copy it again from where it came, or use --salvage for what can be read of it",
    )


def unwritable(path: Path, error: av.FFmpegError | OSError | ValueError) -> RecordingError:
    """Return the error of an output that could not be made."""
    return RecordingError(
        f"{path} cannot be written",
        getattr(error, "strerror", None) or str(error),
        "check the folder, its permissions and the free space",
    )
