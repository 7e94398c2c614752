"""The few functions of libobs and libobs-scripting that the Python half calls, by ctypes.

``ctypes.CDLL`` releases the GIL in every call, so a wait for a lock of OBS never holds up its Python;
SWIG's ``obspython`` would. But it takes the GIL again before it returns: no function that returns with a
lock held may be called from here, ``obs_enter_graphics`` least of all. (With it OBS stood still as soon as
a neighbour held the GIL and waited for the graphics lock.)

Standard library only. Any thread, unless a docstring says otherwise.
"""

from __future__ import annotations

import ctypes

from selfieseg_obs.loaded_libraries import find_loaded

LOG_ERROR, LOG_WARNING, LOG_INFO = 100, 200, 300


class LibObs:
    """The libobs of this process."""

    def __init__(self) -> None:
        """Find both libraries.

        Raises:
            LibraryNotLoadedError: this process is not OBS.
        """
        obs = ctypes.CDLL(find_loaded("obs"))
        scripting = ctypes.CDLL(find_loaded("obs-scripting"))

        obs.blog.restype, obs.blog.argtypes = None, [ctypes.c_int, ctypes.c_char_p]
        obs.bfree.restype, obs.bfree.argtypes = None, [ctypes.c_void_p]
        obs.os_gettime_ns.restype, obs.os_gettime_ns.argtypes = ctypes.c_uint64, []
        obs.obs_get_source_defaults.restype = ctypes.c_void_p
        obs.obs_get_source_defaults.argtypes = [ctypes.c_char_p]
        obs.obs_data_get_string.restype = ctypes.c_char_p
        obs.obs_data_get_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        obs.obs_data_release.restype, obs.obs_data_release.argtypes = None, [ctypes.c_void_p]
        scripting.obs_script_create.restype = ctypes.c_void_p
        scripting.obs_script_create.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        scripting.obs_script_loaded.restype = ctypes.c_bool
        scripting.obs_script_loaded.argtypes = [ctypes.c_void_p]
        scripting.obs_script_destroy.restype = None
        scripting.obs_script_destroy.argtypes = [ctypes.c_void_p]
        self._obs, self._scripting = obs, scripting

    def log(self, level: int, text: str) -> None:
        """Write one line to OBS's log."""
        self._obs.blog(level, b"%s", ctypes.c_char_p(f"[selfie-segmentation] {text}".encode()))

    def gettime_ns(self) -> int:
        """Return OBS's monotonic clock, the one of every time in the shared structures."""
        return int(self._obs.os_gettime_ns())

    def source_default(self, source_id: str, key: str) -> str | None:
        """Return a default setting of a source type; None where there is no such type or default."""
        data = self._obs.obs_get_source_defaults(source_id.encode())
        if not data:
            return None
        try:
            value: bytes | None = self._obs.obs_data_get_string(data, key.encode())
            return value.decode() if value else None
        finally:
            self._obs.obs_data_release(data)

    def create_script(self, path: str) -> int | None:
        """Load a script as OBS itself does; return its handle, None where it did not run."""
        script: int | None = self._scripting.obs_script_create(path.encode(), None)
        if script and not self._scripting.obs_script_loaded(script):
            self._scripting.obs_script_destroy(script)
            return None
        return script

    def destroy_script(self, script: int) -> None:
        """Unload a script made by ``create_script``."""
        self._scripting.obs_script_destroy(script)

    def free(self, address: int) -> None:
        """Free memory that libobs's ``bmalloc`` gave."""
        self._obs.bfree(address)
