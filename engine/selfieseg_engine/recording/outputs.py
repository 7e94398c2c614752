"""Where an output goes: one recording, or numbered PNG pictures. Appears whole or not at all. Any thread."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.recording.errors import RecordingError

_USUAL_PATTERN = "%06d.png"
_NUMBER = re.compile(r"%0?[0-9]*d")


@dataclass(frozen=True)
class Output:
    """One output.

    Attributes:
        path: the recording, or the folder of the pictures.
        pattern: names the pictures; None for a recording.
    """

    path: Path
    pattern: str | None = None

    @property
    def suffix(self) -> str:
        """Return the ending in small letters; ``.png`` for pictures."""
        return self.path.suffix.lower() if self.pattern is None else ".png"

    def picture_name(self, number: int) -> str:
        """Return the name of a picture, counted from 1."""
        assert self.pattern is not None
        return self.pattern % number

    def require_free(self) -> None:
        """Raise ``RecordingError`` where there are such pictures: old ones would stay among the new."""
        if self.pattern is None:
            if self.path.is_dir():
                raise RecordingError(
                    f"{self.path} cannot be written", "it is a folder", "choose another name"
                )
            return
        before, after = (re.escape(part) for part in _NUMBER.split(self.pattern, maxsplit=1))
        name = re.compile(f"{before}[0-9]+{after}")
        if self.path.is_dir() and any(name.fullmatch(each.name) for each in self.path.iterdir()):
            raise RecordingError(
                f"{self.path} cannot take the pictures",
                "it has pictures of such names already",
                "empty it or choose another folder",
            )

    def move_in(self, made: Path) -> None:
        """Move what was made, a file or a folder on the same file system, in place. Raises ``OSError``."""
        if self.pattern is None or not self.path.exists():
            made.replace(self.path)
        else:
            for picture in sorted(made.iterdir()):
                picture.replace(self.path / picture.name)


def parse_output(text: str) -> Output:
    """Return the output that a name means: a folder, a ``%06d.png``, or a recording.

    Raises ``RecordingError`` for a numbered name that is no PNG.
    """
    path = Path(text)
    if path.is_dir() or text.endswith(("/", os.sep)):
        return Output(path, _USUAL_PATTERN)
    if "%" in path.name:
        if len(_NUMBER.findall(path.name)) != 1 or path.name.count("%") != 1 or path.suffix != ".png":
            raise RecordingError(
                f"{path} cannot be written",
                "numbered pictures need one number and are PNG",
                "use a name such as frames/%06d.png",
            )
        return Output(path.parent, path.name)
    return Output(path)
