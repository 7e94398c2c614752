"""Cleans up when its parent has died: kills process groups, removes folders. Run as a child.

The child runs this file. It reads a line each: a number to watch a process group, a negative one to forget
it, a path to remove a folder at the end. The end is when the pipe closes, in whatever way the parent ended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType


class Reaper:
    """The parent's end. Any thread, one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> Reaper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def watch(self, process_group: int) -> None:
        """From now on ``process_group`` dies with this process."""
        self._send(str(process_group))

    def forget(self, process_group: int) -> None:
        """Its leader has been waited for; the number may soon belong to somebody else."""
        self._send(str(-process_group))

    def remove_at_the_end(self, folder: Path) -> None:
        """Remove ``folder`` if this process cannot."""
        self._send(str(folder.absolute()))

    def close(self) -> None:
        """Kill what is still watched, remove what is still there, wait for the child."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


def main() -> None:
    """Run the child: read until the pipe closes, then kill."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is our signal
    watched: set[int] = set()
    folders: list[str] = []
    for line in map(str.strip, sys.stdin):
        if line.startswith("/"):
            folders.append(line)
        elif line.startswith("-"):
            watched.discard(-int(line))
        else:
            watched.add(int(line))
    for process_group in watched:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process_group, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)  # the usual case: the parent has removed it


if __name__ == "__main__":
    main()
