"""The background "video": a file in a loop, played by a media source that no list shows.

The helper thread only.
"""

from __future__ import annotations

from selfieseg_obs.chosen_file import look_at
from selfieseg_obs.obs_sources import ObsSources
from selfieseg_obs.published_source import PublishedSource
from selfieseg_obs.words import say

KIND = "ffmpeg_source"
NAME = "Selfie Segmentation background"
PATIENCE_S = 3.0  # for the first picture


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
    """Plays the chosen file. ``trouble`` says what is wrong with it, and is empty while nothing is."""

    def __init__(self, sources: ObsSources, place: PublishedSource) -> None:
        self._sources = sources
        self._place = place
        self._source: int | None = None
        self._path = ""
        self._since = 0.0
        self.trouble = ""

    def follow(self, path: str, now: float) -> None:
        """Play the file ``path``, or say why not; call again and again. ``now`` is in seconds."""
        if path != self._path:
            self.end()
            self._path = path
        if self._source is None:
            self.trouble = look_at(path, "python.background.video").trouble or self._play(now)
        elif self._sources.width(self._source):
            self.trouble = ""
        elif now - self._since > PATIENCE_S:
            self.trouble = say("python.background.video.no_picture", path=path)

    def _play(self, now: float) -> str:
        self._source = self._sources.create_silent(KIND, NAME, media_settings(self._path))
        if self._source is None:
            return say("python.background.video.no_picture", path=self._path)
        self._since = now
        self._place.publish(self._source)
        return ""

    def end(self) -> None:
        """Take it back and let the media source go."""
        self._place.take_back()
        if self._source is not None:
            self._sources.release(self._source)
        self._source, self._path, self.trouble = None, "", ""
