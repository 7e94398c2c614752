"""The hidden folder in a batch's output: what is done, what is half done, and who is at work. Any thread.

``journal.jsonl``: what is done. ``segments/KEY``: finished parts of recordings. ``run-ID``: of the run that
is on; its tasks work in it. Once that folder is gone they can neither go on nor move anything to its place.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from selfieseg_engine.batch.errors import BatchError
from selfieseg_engine.lock_file import LockedError, lock_file

NAME = ".selfieseg-batch"


class WorkFolder:
    """See the module. ``out`` is the batch's output folder."""

    def __init__(self, out: Path) -> None:
        self.path = out.absolute() / NAME

    @property
    def journal_path(self) -> Path:
        """Return where the journal is."""
        return self.path / "journal.jsonl"

    def segments_folder(self, key: str) -> Path:
        """Return where the segments of one recording are kept."""
        return self.path / "segments" / key

    def forget_segments(self, kept: Collection[str]) -> None:
        """Remove the segments of all recordings but those with the keys ``kept``."""
        folder = self.path / "segments"
        for each in folder.iterdir() if folder.is_dir() else ():
            if each.name not in kept:
                shutil.rmtree(each, ignore_errors=True)

    @contextmanager
    def run(self) -> Iterator[Path]:
        """Yield the folder of a new run, which is removed in the end; what an earlier one left goes first.

        Raises ``BatchError`` where another run is on, or nothing can be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with lock_file(self.path / "lock"):
                for left in self.path.glob("run-*"):
                    shutil.rmtree(left, ignore_errors=True)
                folder = self.path / f"run-{uuid.uuid4().hex[:12]}"
                for name in ("scratch", "beats", "probes"):
                    (folder / name).mkdir(parents=True)
                try:
                    yield folder
                finally:
                    # Whoever writes in it at this moment may be in the way.
                    for _ in range(3):
                        shutil.rmtree(folder, ignore_errors=True)
        except LockedError as error:
            raise BatchError(
                f"another batch is at work in {self.path.parent}",
                "two would be in each other's way",
                "wait until it is done, or use another output folder",
            ) from error
        except OSError as error:
            raise BatchError(
                f"{self.path.parent} cannot be written",
                error.strerror or str(error),
                "check the folder, its permissions and the free space",
            ) from error
