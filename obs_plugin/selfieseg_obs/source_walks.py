"""What libobs tells only by calling a function: the sources' names, who is inside whom, whose a filter is.

The functions are filter/source_walks.lua's, which only the helper thread enters.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

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


class _FilterSearch(ctypes.Structure):
    _fields_ = (("wanted", ctypes.c_void_p), ("weak", ctypes.c_void_p))


@dataclass(frozen=True)
class FilterHandle:
    """Weak references to a filter and its parent: they hold through renames, and keep nothing alive."""

    parent: int
    filter: int


class SourceWalks:
    """Walks through the sources of OBS. The helper thread only."""

    def __init__(self, libobs: LibObs) -> None:
        self._sources = libobs.sources
        self._callbacks = LuaCallbacks(libobs, SCRIPT, ("add_name", "look_for", "take_filter"))
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

    def find_filter(self, address: int) -> FilterHandle | None:
        """Return the filter that lies at ``address``, None where no source has it; give the handle back."""
        callback = self._callbacks.address("take_filter")
        for name in self.names() if callback is not None else ():
            assert callback is not None
            with self._sources.named(name) as source:
                if source is None:
                    continue
                search = _FilterSearch(wanted=address)
                self._sources.call_for_filters(source, callback, ctypes.addressof(search))
                if search.weak:
                    return FilterHandle(self._sources.weak(source), search.weak)
        return None

    def unload(self) -> None:
        """Unload the script."""
        self._callbacks.unload()
