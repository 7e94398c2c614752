"""Find the libraries that OBS itself has loaded: a second copy of libobs would know nothing of this OBS.

Standard library only; any thread.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterable
from pathlib import Path


class LibraryNotLoadedError(OSError):
    """The process has no such library: this is not OBS, or one built without it."""


def find_loaded(stem: str) -> str:
    """Return the path of the loaded library called ``stem`` ("obs", "obs-scripting"), whatever its suffix.

    Raises:
        LibraryNotLoadedError: it is not loaded.
    """
    path = pick_library(stem, _loaded_paths())
    if path is None:
        raise LibraryNotLoadedError(f"the library {stem} is not loaded in this process")
    return path


def pick_library(stem: str, paths: Iterable[str]) -> str | None:
    """Return the first of ``paths`` that is a library X: libX.so.N, libX.N.dylib, X.dll, X.framework/…/X."""
    name = re.compile(rf"(lib)?{re.escape(stem)}(\.so[.\d]*|(\.\d+)*\.dylib|\.dll)?", re.IGNORECASE)
    framework = re.compile(rf"/(lib)?{re.escape(stem)}\.framework/", re.IGNORECASE)
    for path in paths:
        base = re.split(r"[/\\]", path)[-1]
        if name.fullmatch(base) and ("." in base or framework.search(path)):
            return path
    return None


def _loaded_paths() -> list[str]:
    if sys.platform == "win32":
        return _windows_modules()
    if sys.platform == "darwin":
        return _macos_images()
    found: dict[str, None] = {}
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5].startswith("/"):
            found[fields[5]] = None
    return list(found)


def _macos_images() -> list[str]:
    dyld = ctypes.CDLL(None)
    dyld._dyld_get_image_name.restype = ctypes.c_char_p
    dyld._dyld_get_image_name.argtypes = [ctypes.c_uint32]
    names = (dyld._dyld_get_image_name(index) for index in range(dyld._dyld_image_count()))
    return [name.decode() for name in names if name]


def _windows_modules() -> list[str]:
    if sys.platform != "win32":
        raise LibraryNotLoadedError("no Windows here")
    from ctypes import wintypes

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    process = kernel32.GetCurrentProcess
    process.restype = wintypes.HANDLE
    enum_modules = kernel32.K32EnumProcessModules
    enum_modules.argtypes = [
        wintypes.HANDLE,
        ctypes.POINTER(wintypes.HMODULE),
        wintypes.DWORD,
        ctypes.POINTER(wintypes.DWORD),
    ]
    file_name = kernel32.GetModuleFileNameW
    file_name.argtypes = [wintypes.HMODULE, wintypes.LPWSTR, wintypes.DWORD]
    handles = (wintypes.HMODULE * 4096)()
    needed = wintypes.DWORD()
    if not enum_modules(process(), handles, ctypes.sizeof(handles), ctypes.byref(needed)):
        raise ctypes.WinError(ctypes.get_last_error())
    count = min(len(handles), needed.value // ctypes.sizeof(wintypes.HMODULE))
    paths = []
    for index in range(count):
        text = ctypes.create_unicode_buffer(32768)
        if file_name(handles[index], text, len(text)):
            paths.append(text.value)
    return paths
