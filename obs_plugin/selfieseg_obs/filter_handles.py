"""Finds the OBS objects of a filter: itself and the source it is on. The helper thread only."""

from __future__ import annotations

from dataclasses import dataclass

from selfieseg_obs.bridge import FilterKey
from selfieseg_obs.obs_sources import ObsSources
from selfieseg_wire.structs import FilterEntry


@dataclass(frozen=True)
class FilterHandle:
    """Weak references to a filter and its parent: they hold through renames, and keep nothing alive."""

    parent: int
    filter: int


class FilterHandles:
    """The handles of all filters, each looked for by name once it is known (when it was drawn first)."""

    def __init__(self, sources: ObsSources) -> None:
        self._sources = sources
        self._handles: dict[FilterKey, FilterHandle] = {}

    def find(self, key: FilterKey, entry: FilterEntry) -> FilterHandle | None:
        """Return the handle of a filter, None while it is not known who it is."""
        handle = self._handles.get(key)
        if handle is None and entry.frames and entry.source_name and entry.filter_name:
            handle = self._look_for(entry)
            if handle is not None:
                self._handles[key] = handle
        return handle

    def _look_for(self, entry: FilterEntry) -> FilterHandle | None:
        sources = self._sources
        with sources.named(entry.source_name.decode(errors="replace")) as parent:
            if parent is None:
                return None
            with sources.filter_named(parent, entry.filter_name.decode(errors="replace")) as found:
                if found is None:
                    return None
                return FilterHandle(sources.weak(parent), sources.weak(found))

    def forget(self, key: FilterKey) -> None:
        """Give the handle of a filter back."""
        handle = self._handles.pop(key, None)
        if handle is not None:
            self._sources.release_weak(handle.parent)
            self._sources.release_weak(handle.filter)
