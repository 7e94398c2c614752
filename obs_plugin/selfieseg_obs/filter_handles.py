"""The OBS objects of filters: themselves and the sources they are on. The helper thread only."""

from __future__ import annotations

from selfieseg_obs.bridge import FilterKey
from selfieseg_obs.obs_sources import ObsSources
from selfieseg_obs.source_walks import FilterHandle, SourceWalks
from selfieseg_wire.structs import FilterEntry

# Between looks for a filter that is not found. One on a copy of a scene never is; a look touches all sources.
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.25, 2.0


class FilterHandles:
    """The handles of all filters, each looked for until it is found, shown or not."""

    def __init__(self, sources: ObsSources, walks: SourceWalks) -> None:
        self._sources = sources
        self._walks = walks
        self._handles: dict[FilterKey, FilterHandle] = {}
        self._looks: dict[FilterKey, tuple[float, float]] = {}  # when the next is due, and the pause after it

    def find(self, key: FilterKey, entry: FilterEntry, now: float) -> FilterHandle | None:
        """Return the handle of a filter, None while OBS lists it nowhere. ``now`` is in seconds."""
        handle = self._handles.get(key)
        due, pause = self._looks.get(key, (now, LOOK_SECONDS))
        if handle is not None or not entry.filter or now < due:
            return handle
        self._looks[key] = now + pause, min(2 * pause, LONGEST_LOOK_SECONDS)
        handle = self._walks.find_filter(entry.filter)
        if handle is not None:
            self._handles[key] = handle
        return handle

    def known(self, key: FilterKey) -> FilterHandle | None:
        """Return the handle of a filter if it has been found."""
        return self._handles.get(key)

    def forget(self, key: FilterKey) -> None:
        """Give the handle of a filter back."""
        self._looks.pop(key, None)
        handle = self._handles.pop(key, None)
        if handle is not None:
            self._sources.release_weak(handle.parent)
            self._sources.release_weak(handle.filter)
