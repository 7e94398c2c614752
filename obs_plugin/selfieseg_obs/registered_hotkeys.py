"""The registered hotkeys of one filter, and the keys bound to them, which its settings keep.

The helper thread only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from selfieseg_obs.kept_keys import SETTING, Binding, KeptKeys
from selfieseg_obs.libobs import LibObs
from selfieseg_obs.source_walks import FilterHandle
from selfieseg_wire.structs import FilterEntry

KEEP_SECONDS = 0.25  # between two looks at what is bound: OBS may be closed right after


class RegisteredHotkeys:
    """Made when they are registered; give them back with ``unregister``.

    Attributes:
        owner, place: see kept_keys.py.
        seen: how often each had been pressed when that was looked at last.
    """

    def __init__(
        self,
        libobs: LibObs,
        handle: FilterHandle,
        numbers: Mapping[str, int],
        place: int,
        kept: KeptKeys | None,
        kept_text: str,
        seen: dict[str, int],
    ) -> None:
        """Bind the kept keys; ``numbers`` are libobs's, ``kept_text`` is what the settings have now.

        Where nothing is ``kept``, those stay that libobs has bound.
        """
        self._libobs = libobs
        self.handle = handle
        self.place = place
        self.owner = kept.owner if kept is not None else secrets.token_hex(8)
        self.seen = seen
        self._numbers = numbers
        self._kept_text = kept_text
        self._settings_version: int | None = None  # of the entry, when the settings were read last
        self._version_before = -1
        self._next_look = 0.0
        for name, number in numbers.items() if kept is not None else ():
            assert kept is not None
            wanted = kept.keys.get(name, [])
            if libobs.hotkeys.bindings(number) != wanted:
                libobs.hotkeys.bind(number, wanted)

    def keep(self, entry: FilterEntry, now: float) -> None:
        """Write into the filter's settings what is bound, where that has changed; now and then."""
        if now < self._next_look or not self._numbers:
            return
        self._next_look = now + KEEP_SECONDS
        keys: dict[str, list[Binding]] = {}
        for name, number in self._numbers.items():
            bound = self._libobs.hotkeys.bindings(number)
            if bound is None:
                return  # the source is going, and its hotkeys have gone already
            keys[name] = bound
        present = KeptKeys(self.owner, self.place, keys)
        with self._libobs.sources.alive(self.handle.filter) as found:
            if found is None:
                return
            self._read_again_if_changed(found, entry.settings_version)
            if self._kept_text == present.text() or not (self._kept_text or present.is_worth_keeping):
                return
            self._kept_text = present.text()
            self._libobs.sources.update(found, {SETTING: self._kept_text})

    def _read_again_if_changed(self, found: int, version: int) -> None:
        """See whether ours is still there, once no more settings change: OBS's Defaults takes it away."""
        if version == self._version_before and version != self._settings_version:
            if self._settings_version is not None:
                self._kept_text = self._libobs.sources.setting(found, SETTING) or ""
            self._settings_version = version
        self._version_before = version

    def is_there(self) -> bool:
        """Return whether its source has not been removed."""
        sources = self._libobs.sources
        with sources.alive(self.handle.parent) as parent, sources.alive(self.handle.filter) as found:
            return parent is not None and found is not None and not sources.is_removed(parent)

    def unregister(self) -> None:
        """Take them away; afterwards no press is counted."""
        for number in self._numbers.values():
            self._libobs.hotkeys.unregister(number)
