"""The background pictures of all filters. The helper thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from selfieseg_obs.bridge import BridgeView, FilterKey
from selfieseg_obs.composites import background_in_obs
from selfieseg_obs.options import Options
from selfieseg_obs.picture_background import PictureBackground
from selfieseg_wire.messages import Backdrop, BackdropDone
from selfieseg_wire.structs import FilterEntry


class PictureBackgrounds:
    """Follows the filters whose background is a picture."""

    def __init__(self, bridge: BridgeView, tell: Callable[[str], None]) -> None:
        """Begin with none; ``tell`` is given each trouble when it begins."""
        self._bridge = bridge
        self._tell = tell
        self._told: dict[FilterKey, str] = {}
        self._filters: dict[FilterKey, PictureBackground] = {}

    def follow(
        self, key: FilterKey, entry: FilterEntry, options: Options, session: int | None, now: float
    ) -> Backdrop | None:
        """Return what to ask the engine for one filter, if anything."""
        if background_in_obs(entry, options) != "image":
            self.forget(key)
            return None
        known = self._filters.get(key)
        if known is None:
            known = self._filters[key] = PictureBackground(self._bridge, entry)
        backdrop = known.follow(options.settings.get("image_path", ""), session, now)
        if known.trouble and known.trouble != self._told.get(key):
            self._tell(known.trouble)
        self._told[key] = known.trouble
        return backdrop

    def done(self, key: FilterKey, answer: BackdropDone) -> None:
        """Take the engine's answer."""
        known = self._filters.get(key)
        if known is not None:
            known.done(answer)

    def trouble(self, key: FilterKey) -> str:
        """Return what is wrong with a filter's picture, empty if nothing is."""
        known = self._filters.get(key)
        return known.trouble if known is not None else ""

    def end_gone(self, present: Iterable[FilterKey]) -> None:
        """Take back what filters had that are not there any more."""
        for key in self._filters.keys() - set(present):
            self.forget(key)

    def forget(self, key: FilterKey) -> None:
        """Take back what a filter had."""
        self._told.pop(key, None)
        known = self._filters.pop(key, None)
        if known is not None:
            known.end()

    def end(self) -> None:
        """Take everything back."""
        for key in list(self._filters):
            self.forget(key)
