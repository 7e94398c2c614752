"""Kills process groups when its parent has died: run as a child, fed with group ids through its stdin.

The child runs this file; it reads one number a line, positive to watch, negative to
forget. When the pipe closes, because the parent ended in whatever way, it kills the groups still watched.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
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
        self._send(process_group)

    def forget(self, process_group: int) -> None:
        """Its leader has been waited for; the number may soon belong to somebody else."""
        self._send(-process_group)

    def close(self) -> None:
        """Kill what is still watched and wait for the child."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _send(self, number: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()


def main() -> None:
    """Run the child: read until the pipe closes, then kill."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is our signal
    watched: set[int] = set()
    for line in sys.stdin:
        number = int(line)
        if number > 0:
            watched.add(number)
        else:
            watched.discard(-number)
    for process_group in watched:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process_group, signal.SIGKILL)


if __name__ == "__main__":
    main()
