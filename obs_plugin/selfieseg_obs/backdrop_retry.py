"""When to have the engine try a background file again that it could not use. The helper thread only."""

from __future__ import annotations

from selfieseg_obs.chosen_file import ChosenFile, FileLook
from selfieseg_obs.options import Options

RETRY_SECONDS = 5.0  # at least: a file that is still being written changes all the time


class BackdropRetry:
    """Made when the engine says that it cannot; it says so once, and does not try again by itself."""

    def __init__(self, options: Options, now_ns: int) -> None:
        self._path = options.background_file
        self._file = FileLook(f"python.background.{options.background}")
        self._at_first: ChosenFile | None = None
        self._not_before_ns = now_ns + int(RETRY_SECONDS * 1e9)

    def is_due(self, now_ns: int) -> bool:
        """Return whether the file is another one by now; call again and again."""
        found = self._file.follow(self._path, now_ns / 1e9) if self._path else None
        if self._at_first is None:
            self._at_first = found
        if found is None or self._at_first is None or now_ns < self._not_before_ns:
            return False
        return found.stamp is not None and found.stamp != self._at_first.stamp
