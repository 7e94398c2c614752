"""What libobs tells only by calling a function for each source: their names, and who is inside whom.

The functions are filter/source_walks.lua's, which only the helper thread enters.
"""

from __future__ import annotations

import ctypes

from selfieseg_obs.libobs import LibObs
from selfieseg_obs.lua_callbacks import LuaCallbacks

SCRIPT = "source_walks.lua"
_NAMES_CAPACITY = 256 * 1024


class _Names(ctypes.Structure):
    _fields_ = (
        ("capacity", ctypes.c_uint32),
        ("used", ctypes.c_uint32),
        ("text", ctypes.c_char * _NAMES_CAPACITY),
    )


class _Search(ctypes.Structure):
    _fields_ = (("wanted", ctypes.c_void_p), ("found", ctypes.c_uint32))


class SourceWalks:
    """Walks through the sources of OBS. The helper thread only."""

    def __init__(self, libobs: LibObs) -> None:
        self._sources = libobs.sources
        self._callbacks = LuaCallbacks(libobs, SCRIPT, ("add_name", "look_for"))
        self._names = _Names(capacity=_NAMES_CAPACITY)

    def names(self) -> list[str]:
        """Return the names of all sources and scenes that have a picture, sorted."""
        callback = self._callbacks.address("add_name")
        if callback is None:
            return []
        self._names.used = 0
        self._sources.call_for_each(callback, ctypes.addressof(self._names))
        start = ctypes.addressof(self._names) + _Names.text.offset
        text = ctypes.string_at(start, self._names.used).decode(errors="replace")
        return sorted({name for name in text.split("\n") if name}, key=str.casefold)

    def contains(self, source: int, other: int) -> bool:
        """Return whether ``source`` is or shows ``other``, at any depth; True where that cannot be known."""
        callback = self._callbacks.address("look_for")
        if source == other or callback is None:
            return True
        search = _Search(wanted=other)
        self._sources.call_for_tree(source, callback, ctypes.addressof(search))
        return bool(search.found)

    def unload(self) -> None:
        """Unload the script."""
        self._callbacks.unload()
