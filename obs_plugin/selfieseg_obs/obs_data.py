"""Settings as libobs keeps them (obs_data_t), by ctypes. Standard library only; any thread."""

from __future__ import annotations

import contextlib
import ctypes
import json
from collections.abc import Iterator, Mapping, Sequence

Setting = str | bool
_ITEMS = "items"


class ObsData:
    """Makes and reads settings. Handles are addresses."""

    def __init__(self, library: str) -> None:
        """Bind to the libobs at this path."""
        obs = ctypes.CDLL(library)
        obs.obs_data_create.restype, obs.obs_data_create.argtypes = ctypes.c_void_p, []
        obs.obs_data_release.restype, obs.obs_data_release.argtypes = None, [ctypes.c_void_p]
        obs.obs_data_set_string.restype = None
        obs.obs_data_set_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
        obs.obs_data_set_bool.restype = None
        obs.obs_data_set_bool.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_bool]
        obs.obs_data_get_string.restype = ctypes.c_char_p
        obs.obs_data_get_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        obs.obs_data_get_json.restype, obs.obs_data_get_json.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
        obs.obs_data_create_from_json.restype = ctypes.c_void_p
        obs.obs_data_create_from_json.argtypes = [ctypes.c_char_p]
        obs.obs_data_get_array.restype = ctypes.c_void_p
        obs.obs_data_get_array.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        obs.obs_data_set_array.restype = None
        obs.obs_data_set_array.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        obs.obs_data_array_release.restype, obs.obs_data_array_release.argtypes = None, [ctypes.c_void_p]
        self._obs = obs

    @contextlib.contextmanager
    def made(self, settings: Mapping[str, Setting]) -> Iterator[int]:
        """Yield an ``obs_data_t`` with these settings."""
        data = self._obs.obs_data_create()
        try:
            for key, value in settings.items():
                if isinstance(value, bool):
                    self._obs.obs_data_set_bool(data, key.encode(), value)
                else:
                    self._obs.obs_data_set_string(data, key.encode(), value.encode())
            yield data
        finally:
            self._obs.obs_data_release(data)

    def take_string(self, data: int, key: str) -> str | None:
        """Return a text of ``data``, None where it has none, and release ``data``."""
        try:
            value: bytes | None = self._obs.obs_data_get_string(data, key.encode())
            return value.decode() if value else None
        finally:
            self._obs.obs_data_release(data)

    def take_items(self, array: int) -> list[dict[str, Setting]]:
        """Return the objects in an ``obs_data_array_t``, and release it."""
        data = self._obs.obs_data_create()
        try:
            self._obs.obs_data_set_array(data, _ITEMS.encode(), array)
            items: list[dict[str, Setting]] = json.loads(self._obs.obs_data_get_json(data)).get(_ITEMS, [])
            return items
        finally:
            self._obs.obs_data_release(data)
            self._obs.obs_data_array_release(array)

    @contextlib.contextmanager
    def array(self, items: Sequence[Mapping[str, Setting]]) -> Iterator[int]:
        """Yield an ``obs_data_array_t`` of these objects."""
        data = self._obs.obs_data_create_from_json(json.dumps({_ITEMS: list(items)}).encode())
        array = self._obs.obs_data_get_array(data, _ITEMS.encode())
        try:
            yield array
        finally:
            self._obs.obs_data_array_release(array)
            self._obs.obs_data_release(data)
