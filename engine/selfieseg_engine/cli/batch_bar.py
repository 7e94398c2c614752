"""The bar of ``selfieseg batch``."""

from __future__ import annotations

from types import TracebackType

import click
from tqdm import tqdm


class BatchBar:
    """Frames of all files, with the time left, and how many files are over. A bar on a terminal only."""

    def __init__(self, files: int) -> None:
        self._files = files
        self._bar = tqdm(total=0, unit="frame", disable=None)

    def __enter__(self) -> BatchBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def update(self, frames: int, all_frames: int, files: int) -> None:
        """Draw the bar anew."""
        if self._bar.disable:
            return
        self._bar.total = max(all_frames, frames)
        self._bar.n = frames
        self._bar.set_postfix_str(f"{files}/{self._files} files")

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        with tqdm.external_write_mode():
            click.echo(line, err=True)
