"""Hotkeys of OBS, by ctypes. Standard library only; any thread."""

from __future__ import annotations

import ctypes

_INVALID = ctypes.c_size_t(-1).value


class ObsHotkeys:
    """The hotkeys of this OBS. libobs saves the keys that the user binds with the source."""

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
        self._obs = obs

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
