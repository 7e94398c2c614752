"""What the helper thread does without the engine: hotkeys, live backgrounds, the list of sources."""

from __future__ import annotations

from selfieseg_obs.backgrounds import Backgrounds
from selfieseg_obs.bridge import BridgeView, FilterKey, FilterRound, read_options
from selfieseg_obs.filter_handles import FilterHandles
from selfieseg_obs.hotkeys import Hotkeys
from selfieseg_obs.libobs import LibObs
from selfieseg_obs.source_walks import SourceWalks

NAMES_SECONDS = 1.0


class Chores:
    """Made after the Lua half and ended before it; everything on the helper thread."""

    def __init__(self, libobs: LibObs, bridge: BridgeView) -> None:
        self._bridge = bridge
        self._sources = libobs.sources
        self._walks = SourceWalks(libobs)
        self._hotkeys = Hotkeys(libobs)
        self._handles = FilterHandles(libobs.sources, self._walks)
        self._backgrounds = Backgrounds(libobs, bridge, self._walks)
        self._known: set[FilterKey] = set()
        self._next_names = 0.0

    def go_round(self, filters: FilterRound, now: float) -> None:
        """Follow the filters that are there, and let go of the others before their entries are freed."""
        for key in self._known - filters.present.keys():
            self._forget(key)
        for key, entry in filters.present.items():
            self._known.add(key)
            options = read_options(entry)
            if options is None:
                continue
            handle = self._handles.find(key, entry, now)
            if handle is not None:
                self._hotkeys.follow(key, entry, handle, options.settings, now)
            self._backgrounds.follow(key, entry, options, handle, now)
        if now >= self._next_names:
            self._next_names = now + NAMES_SECONDS
            self._bridge.set_source_names(self._walks.names())

    def trouble(self, key: FilterKey) -> str:
        """Return what is wrong with a filter's background, empty if nothing is."""
        return self._backgrounds.trouble(key)

    def renew_dialogue(self, key: FilterKey) -> None:
        """Have a filter's dialogue made anew, if it is open."""
        handle = self._handles.known(key)
        if handle is None:
            return  # on a copy of a scene: nobody can open its dialogue
        with self._sources.alive(handle.filter) as source:
            if source is not None:
                self._sources.renew_dialogue(source)

    def _forget(self, key: FilterKey) -> None:
        self._known.discard(key)
        self._hotkeys.forget(key)
        self._backgrounds.forget(key)
        self._handles.forget(key)

    def end(self) -> None:
        """Let go of everything: no pointer of ours is known to OBS afterwards."""
        self._hotkeys.end()  # first, whatever fails: a press writes where the entries were
        for key in list(self._known):
            self._forget(key)
        self._backgrounds.end()
        self._walks.unload()
