"""Another program that handles the same frames, in a process of its own. One thread at a time."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from selfieseg_engine.errors import UserError


class PeerError(UserError):
    """A program to compare with cannot be had."""


class PeerProcess:
    """A context manager: a process that handles a frame whenever it is told to.

    Args:
        name: for people.
        command: what runs it. It reads numbers of frames, or other words, line by line, and answers each with
            a line: for a frame milliseconds, and those of CPU.
        remedy: what to do where it ends.

    Raises:
        PeerError: it does not run here.
    """

    def __init__(self, name: str, command: Sequence[str | Path], remedy: str) -> None:
        self._name = name
        self._remedy = remedy
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.process(0)

    def __enter__(self) -> PeerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.communicate()

    def process(self, index: int) -> tuple[float, float]:
        """Handle a frame; return the milliseconds it took, and those of CPU. Raises ``PeerError``."""
        wall, cpu = self.tell(str(index)).split()
        return float(wall), float(cpu)

    def tell(self, word: str) -> str:
        """Send a word and return the answer. Raises ``PeerError``."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            self._child.stdin.write(word + "\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise PeerError(f"{self._name} cannot be measured", "its process has ended", self._remedy)
        return answer
