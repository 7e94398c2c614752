"""The few functions of libobs and libobs-scripting that the Python half calls, by ctypes.

``ctypes.CDLL`` releases the GIL in every call, so a wait for a lock of OBS never holds up its Python;
SWIG's ``obspython`` would. But it takes the GIL again before it returns: no function that returns with a
lock held may be called from here, ``obs_enter_graphics`` least of all. (With it OBS stood still as soon as
a neighbour held the GIL and waited for the graphics lock.) For the same reason no Python function may be
given to libobs as a callback: it would be called with libobs's locks held, and would want the GIL.

Standard library only. Any thread, unless a docstring says otherwise.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from selfieseg_obs.loaded_libraries import find_loaded
from selfieseg_obs.obs_data import ObsData, Setting
from selfieseg_obs.obs_hotkeys import ObsHotkeys
from selfieseg_obs.obs_sources import ObsSources

LOG_ERROR, LOG_WARNING, LOG_INFO = 100, 200, 300


class LibObs:
    """The libobs of this process."""

    def __init__(self) -> None:
        """Find both libraries.

        Raises:
            LibraryNotLoadedError: this process is not OBS.
        """
        library = find_loaded("obs")
        obs = ctypes.CDLL(library)
        scripting = ctypes.CDLL(find_loaded("obs-scripting"))

        obs.blog.restype, obs.blog.argtypes = None, [ctypes.c_int, ctypes.c_char_p]
        obs.bfree.restype, obs.bfree.argtypes = None, [ctypes.c_void_p]
        obs.os_gettime_ns.restype, obs.os_gettime_ns.argtypes = ctypes.c_uint64, []
        obs.obs_get_locale.restype, obs.obs_get_locale.argtypes = ctypes.c_char_p, []
        obs.obs_get_source_defaults.restype = ctypes.c_void_p
        obs.obs_get_source_defaults.argtypes = [ctypes.c_char_p]
        scripting.obs_script_create.restype = ctypes.c_void_p
        scripting.obs_script_create.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        scripting.obs_script_loaded.restype = ctypes.c_bool
        scripting.obs_script_loaded.argtypes = [ctypes.c_void_p]
        scripting.obs_script_get_settings.restype = ctypes.c_void_p
        scripting.obs_script_get_settings.argtypes = [ctypes.c_void_p]
        scripting.obs_script_destroy.restype = None
        scripting.obs_script_destroy.argtypes = [ctypes.c_void_p]
        self._obs, self._scripting = obs, scripting
        self._data = ObsData(library)
        self.sources = ObsSources(library)
        self.hotkeys = ObsHotkeys(library)

    def log(self, level: int, text: str) -> None:
        """Write one line to OBS's log."""
        self._obs.blog(level, b"%s", ctypes.c_char_p(f"[selfie-segmentation] {text}".encode()))

    def gettime_ns(self) -> int:
        """Return OBS's monotonic clock, the one of every time in the shared structures."""
        return int(self._obs.os_gettime_ns())

    def locale(self) -> str:
        """Return the language of OBS's windows, as "en-US"."""
        name: bytes | None = self._obs.obs_get_locale()
        return name.decode() if name else "en-US"

    def source_default(self, source_id: str, key: str) -> str | None:
        """Return a default setting of a source type; None where there is no such type or default."""
        data = self._obs.obs_get_source_defaults(source_id.encode())
        return self._data.take_string(data, key) if data else None

    def create_script(self, path: str, settings: Mapping[str, Setting] | None = None) -> int | None:
        """Load a script as OBS itself does; return its handle, None where it did not run."""
        with self._data.made(settings or {}) as data:
            script: int | None = self._scripting.obs_script_create(path.encode(), data)
        if script and not self._scripting.obs_script_loaded(script):
            self._scripting.obs_script_destroy(script)
            return None
        return script

    def script_setting(self, script: int, key: str) -> str | None:
        """Return a setting that the script has made itself, None where it has not."""
        data = self._scripting.obs_script_get_settings(script)
        return self._data.take_string(data, key) if data else None

    def destroy_script(self, script: int) -> None:
        """Unload a script made by ``create_script``."""
        self._scripting.obs_script_destroy(script)

    def free(self, address: int) -> None:
        """Free memory that libobs's ``bmalloc`` gave."""
        self._obs.bfree(address)
