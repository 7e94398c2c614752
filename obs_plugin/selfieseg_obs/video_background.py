"""The background "video": a file in a loop, played by a media source that no list shows.

The helper thread only.
"""

from __future__ import annotations

from selfieseg_obs.chosen_file import FileLook, Stamp
from selfieseg_obs.obs_sources import ObsSources
from selfieseg_obs.published_source import PublishedSource
from selfieseg_obs.words import say

KIND = "ffmpeg_source"
NAME = "Selfie Segmentation background"
PATIENCE_S = 3.0  # for the first picture
_WORDS = "python.background.video"


def media_settings(path: str) -> dict[str, str | bool]:
    """Return the settings of a media source that loops ``path``, shown or not."""
    return {
        "is_local_file": True,
        "local_file": path,
        "looping": True,
        "restart_on_activate": False,
        "close_when_inactive": False,
        "clear_on_media_end": False,
        "hw_decode": False,
    }


class VideoBackground:
    """Plays the chosen file.

    Attributes:
        trouble: what is wrong with it, empty while nothing is.
        is_waiting: it is not known yet whether the file is there.
    """

    def __init__(self, sources: ObsSources, place: PublishedSource) -> None:
        self._sources = sources
        self._place = place
        self._file = FileLook(_WORDS)
        self._source: int | None = None
        self._stamp: Stamp | None = None  # of the file that is played
        self._path = ""
        self._since = 0.0
        self.trouble = ""
        self.is_waiting = False

    def follow(self, path: str, now: float) -> None:
        """Play the file ``path``, or say why not; call again and again. ``now`` is in seconds."""
        if path != self._path:
            self.end()
            self._path = path
        if self._source is not None and self._sources.width(self._source):
            self.trouble = ""
            return
        found = self._file.follow(path, now)
        self.is_waiting = found is None
        if found is None:
            return
        if self._source is None:
            self.trouble = found.trouble or self._play(found.stamp, now)
        elif now - self._since > PATIENCE_S:
            self.trouble = self._no_picture()
            if found.stamp not in (None, self._stamp):  # another file by now: maybe one that can be played
                self._stop()
                self._play(found.stamp, now)

    def _no_picture(self) -> str:
        return say("python.background.video.no_picture", path=self._path)

    def _play(self, stamp: Stamp | None, now: float) -> str:
        self._source = self._sources.create_silent(KIND, NAME, media_settings(self._path))
        if self._source is None:
            return self._no_picture()
        self._stamp, self._since = stamp, now
        self._place.publish(self._source)
        return ""

    def _stop(self) -> None:
        self._place.take_back()
        if self._source is not None:
            self._sources.release(self._source)
        self._source = None

    def end(self) -> None:
        """Take it back and let the media source go."""
        self._stop()
        self._file = FileLook(_WORDS)
        self._path, self.trouble, self.is_waiting = "", "", False
