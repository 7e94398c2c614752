"""Hotkeys of OBS, by ctypes. Standard library only; any thread."""

from __future__ import annotations

import ctypes

from selfieseg_obs.kept_keys import Binding
from selfieseg_obs.obs_data import ObsData

_INVALID = ctypes.c_size_t(-1).value


class ObsHotkeys:
    """The hotkeys of this OBS. libobs saves the keys of those that are registered, with the source."""

    def __init__(self, library: str) -> None:
        """Bind to the libobs at this path."""
        obs = ctypes.CDLL(library)
        obs.obs_hotkey_register_source.restype = ctypes.c_size_t
        obs.obs_hotkey_register_source.argtypes = [
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_char_p,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        obs.obs_hotkey_unregister.restype, obs.obs_hotkey_unregister.argtypes = None, [ctypes.c_size_t]
        obs.obs_hotkey_save.restype, obs.obs_hotkey_save.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        obs.obs_hotkey_load.restype = None
        obs.obs_hotkey_load.argtypes = [ctypes.c_size_t, ctypes.c_void_p]
        self._obs = obs
        self._data = ObsData(library)

    def register(self, source: int, name: str, description: str, callback: int, data: int) -> int | None:
        """Give ``source`` a hotkey; return its id, None where the source may have none.

        ``callback`` is a C function that libobs calls with its hotkey mutex held, so never one of Python's.
        """
        number = int(
            self._obs.obs_hotkey_register_source(source, name.encode(), description.encode(), callback, data)
        )
        return None if number == _INVALID else number

    def unregister(self, number: int) -> None:
        """Take a hotkey away; afterwards no callback of it runs. It may have gone with its source."""
        self._obs.obs_hotkey_unregister(number)

    def bindings(self, number: int) -> list[Binding] | None:
        """Return the keys that are bound to a hotkey, None where it has gone."""
        array = self._obs.obs_hotkey_save(number)
        return self._data.take_items(array) if array else None

    def bind(self, number: int, bindings: list[Binding]) -> None:
        """Bind these keys, and no others."""
        with self._data.array(bindings) as array:
            self._obs.obs_hotkey_load(number, array)
