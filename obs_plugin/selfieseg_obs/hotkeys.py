"""The hotkeys of a filter: hide everything, effect on and off, next background. The helper thread only.

They belong to the filter's parent, because libobs gives none to filters; the keys that the user binds to them
are kept in the filter's own settings (kept_keys.py). A press is counted by filter/hotkeys.lua in the filter's
entry; hiding is then the Lua half's, the rest is done here.
While everything is hidden no hotkey switches the filter off: a slip must not show the room.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from selfieseg_obs.bridge import FilterKey
from selfieseg_obs.kept_keys import SETTING, read_kept_keys
from selfieseg_obs.libobs import LOG_INFO, LibObs
from selfieseg_obs.lua_callbacks import LuaCallbacks
from selfieseg_obs.registered_hotkeys import RegisteredHotkeys
from selfieseg_obs.source_walks import FilterHandle
from selfieseg_obs.words import say
from selfieseg_wire.structs import FilterEntry

SCRIPT = "hotkeys.lua"
PREFIX = "selfie_segmentation"
# Name of the hotkey, the entry's counter of its presses.
PANIC, TOGGLE, NEXT = "panic", "toggle", "next_background"
COUNTERS = {PANIC: "panic_presses", TOGGLE: "toggle_presses", NEXT: "next_presses"}
COUNTS = 2**32  # then a counter begins again
# In this order; those that need a choice only where it has been made.
CYCLE = (
    ("blur", None),
    ("color", None),
    ("image", "image_path"),
    ("video", "video_path"),
    ("source", "background_source"),
    ("transparent", None),
    ("grayscale", None),
)


def next_background(settings: Mapping[str, str]) -> str:
    """Return the background after the present one; never "none", which would show the room."""
    names = [name for name, _ in CYCLE]
    usable = [name for name, needs in CYCLE if needs is None or settings.get(needs)]
    present = settings.get("background", "blur")
    place = names.index(present) if present in names else len(names)
    return next((name for name in usable if names.index(name) > place), usable[0])


def _hides(entry: FilterEntry, panics: int) -> bool:
    """Return whether everything is hidden after so many presses of panic; as bridge.lua has it."""
    return bool((panics - entry.panic_base) % 2)


class Hotkeys:
    """The hotkeys of all filters."""

    def __init__(self, libobs: LibObs) -> None:
        self._libobs = libobs
        self._callbacks = LuaCallbacks(libobs, SCRIPT, ("count_press",))
        self._registered: dict[FilterKey, RegisteredHotkeys] = {}

    def follow(
        self,
        key: FilterKey,
        entry: FilterEntry,
        handle: FilterHandle,
        settings: Mapping[str, str],
        now: float,
    ) -> None:
        """Register the hotkeys of a filter that is new, and do what was asked for by those pressed.

        ``now`` is in seconds.
        """
        known = self._registered.get(key)
        if known is None:
            known = self._register(entry, handle)
            if known is None:
                return
            self._registered[key] = known
        pressed = {}
        for name, counter in COUNTERS.items():
            count = getattr(entry, counter)
            pressed[name] = (count - known.seen[name]) % COUNTS
            known.seen[name] = count
        if any(pressed.values()):
            self._act(entry, known, pressed, settings)
        known.keep(entry, now)

    def _register(self, entry: FilterEntry, handle: FilterHandle) -> RegisteredHotkeys | None:
        callback = self._callbacks.address("count_press")
        if callback is None:
            return None
        sources = self._libobs.sources
        with sources.alive(handle.parent) as parent, sources.alive(handle.filter) as found:
            if parent is None or found is None:
                return None
            self._tell_names(entry, parent, found)
            kept_text = sources.setting(found, SETTING) or ""
            kept = read_kept_keys(kept_text)
            if kept is not None and self._has(kept.owner):
                kept = None  # the filter is a copy: the keys are the other one's
            place = self._free_place(handle.parent, kept.place if kept is not None else 1)
            suffix = f" {place}" if place > 1 else ""
            numbers = {}
            for name, counter in COUNTERS.items():
                number = self._libobs.hotkeys.register(
                    parent,
                    f"{PREFIX}.{name}{suffix}",
                    say(f"python.hotkey.{name}") + suffix,
                    callback,
                    ctypes.addressof(entry) + getattr(FilterEntry, counter).offset,
                )
                if number is not None:
                    numbers[name] = number
        # Presses that were counted before are none of ours.
        seen = {name: getattr(entry, counter) for name, counter in COUNTERS.items()}
        return RegisteredHotkeys(self._libobs, handle, numbers, place, kept, kept_text, seen)

    def _tell_names(self, entry: FilterEntry, parent: int, found: int) -> None:
        """Write the names by which copies are hidden, too: the Lua half does so only while it draws."""
        for field, source in (("source_name", parent), ("filter_name", found)):
            name = self._libobs.sources.name(source).encode()[: getattr(FilterEntry, field).size - 1]
            if getattr(entry, field) != name:
                setattr(entry, field, name)

    def _has(self, owner: str) -> bool:
        return any(each.owner == owner and each.is_there() for each in self._registered.values())

    def _free_place(self, parent: int, wanted: int) -> int:
        taken = {each.place for each in self._registered.values() if each.handle.parent == parent}
        wishes: tuple[int, ...] = (wanted, *range(1, len(taken) + 2))
        return next(place for place in wishes if place not in taken)

    def _act(
        self,
        entry: FilterEntry,
        known: RegisteredHotkeys,
        pressed: Mapping[str, int],
        settings: Mapping[str, str],
    ) -> None:
        panics = known.seen[PANIC]
        was_hidden = _hides(entry, panics - pressed[PANIC])
        sources = self._libobs.sources
        with sources.alive(known.handle.filter) as found:
            if found is None:
                return
            if pressed[PANIC]:
                with sources.alive(known.handle.parent) as parent:
                    if parent is not None:
                        self._tell_names(entry, parent, found)
            if pressed[PANIC] and not sources.is_enabled(found):
                # A filter that is off hides nothing. The base comes first: its first frame is to be hidden.
                entry.panic_base = (panics - 1) % COUNTS
                sources.set_enabled(found, True)
            if pressed[TOGGLE] % 2:
                is_enabled = sources.is_enabled(found)
                if is_enabled and (was_hidden or _hides(entry, panics)):
                    self._libobs.log(LOG_INFO, "everything is hidden: the effect stays on")
                else:
                    sources.set_enabled(found, not is_enabled)
            if pressed[NEXT]:
                wanted = dict(settings)
                for _ in range(pressed[NEXT]):
                    wanted["background"] = next_background(wanted)
                sources.update(found, {"background": wanted["background"]})

    def forget(self, key: FilterKey) -> None:
        """Take the hotkeys of a filter away; its counters may vanish afterwards."""
        known = self._registered.pop(key, None)
        if known is not None:
            known.unregister()

    def end(self) -> None:
        """Take all away, and unload the script that counts."""
        for key in list(self._registered):
            self.forget(key)
        self._callbacks.unload()
