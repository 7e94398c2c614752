"""The backgrounds that are OBS sources, of all filters. The helper thread only; no engine is needed."""

from __future__ import annotations

from selfieseg_obs.bridge import BridgeView, FilterKey
from selfieseg_obs.composites import background_in_obs
from selfieseg_obs.libobs import LOG_WARNING, LibObs
from selfieseg_obs.options import Options
from selfieseg_obs.published_source import PublishedSource
from selfieseg_obs.source_background import SourceBackground
from selfieseg_obs.source_walks import FilterHandle, SourceWalks
from selfieseg_obs.video_background import VideoBackground
from selfieseg_wire.structs import FilterEntry

CHECK_SECONDS = 0.5


class _FilterBackground:
    """The background of one filter: at most one of both kinds holds the place."""

    def __init__(self, libobs: LibObs, bridge: BridgeView, walks: SourceWalks, entry: FilterEntry) -> None:
        self._entry = entry
        place = PublishedSource(libobs.sources, bridge, entry)
        self._source = SourceBackground(libobs.sources, walks, place)
        self._video = VideoBackground(libobs.sources, place)
        self._kind = ""
        self.followed: tuple[Options, FilterHandle | None] | None = None
        self.next_check = 0.0

    @property
    def trouble(self) -> str:
        return self._source.trouble or self._video.trouble

    @property
    def is_waiting(self) -> bool:
        """Whether something is found out that should not wait for the next check."""
        return self._video.is_waiting

    def follow(self, options: Options, handle: FilterHandle | None, now: float) -> None:
        kind = background_in_obs(self._entry, options)
        if kind != self._kind:
            self.end()
            self._kind = kind
        if kind == "source":
            self._source.follow(options.settings.get("background_source", ""), handle)
        elif kind == "video":
            self._video.follow(options.settings.get("video_path", ""), now)

    def end(self) -> None:
        self._source.end()
        self._video.end()


class Backgrounds:
    """Follows what each filter wants behind the person, as far as OBS itself can draw it."""

    def __init__(self, libobs: LibObs, bridge: BridgeView, walks: SourceWalks) -> None:
        self._libobs = libobs
        self._bridge = bridge
        self._walks = walks
        self._filters: dict[FilterKey, _FilterBackground] = {}

    def follow(
        self, key: FilterKey, entry: FilterEntry, options: Options, handle: FilterHandle | None, now: float
    ) -> None:
        """Look after one filter: at once where the choice has changed, else now and then."""
        known = self._filters.get(key)
        if known is None:
            known = self._filters[key] = _FilterBackground(self._libobs, self._bridge, self._walks, entry)
        if known.followed == (options, handle) and now < known.next_check:
            return
        before = known.trouble
        known.follow(options, handle, now)
        known.followed = (options, handle)
        known.next_check = now if known.is_waiting else now + CHECK_SECONDS
        if known.trouble and known.trouble != before:
            self._libobs.log(LOG_WARNING, known.trouble)

    def trouble(self, key: FilterKey) -> str:
        """Return what is wrong with a filter's background, empty if nothing is."""
        known = self._filters.get(key)
        return known.trouble if known is not None else ""

    def forget(self, key: FilterKey) -> None:
        """Take back what a filter had."""
        known = self._filters.pop(key, None)
        if known is not None:
            known.end()

    def end(self) -> None:
        """Take everything back."""
        for key in list(self._filters):
            self.forget(key)
