"""Is a process alive, and end it: by pid, on every system. Standard library only; any thread."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
_STILL_ACTIVE = 259
ENGINE_MODULE = "selfieseg_engine"


def is_alive(pid: int) -> bool:
    """Return whether a process of this number runs (one that has ended and was not waited for does not)."""
    if sys.platform == "win32":
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.OpenProcess.restype = ctypes.c_void_p
        handle = kernel32.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel32.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
        kernel32.CloseHandle(ctypes.c_void_p(handle))
        return code.value == _STILL_ACTIVE
    # A child that has ended counts as alive until somebody collects it, and whoever started it may be gone:
    # OBS lives on when our script is loaded anew.
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_engine(pid: int) -> bool:
    """Return whether process ``pid`` is an engine: a record may outlive it, and its number be given away."""
    if sys.platform == "win32":
        return "python" in _windows_program(pid).lower()
    if sys.platform == "darwin":
        command = ["ps", "-p", str(pid), "-o", "command="]
        text = subprocess.run(command, capture_output=True, check=False).stdout
    else:
        try:
            text = Path(f"/proc/{pid}/cmdline").read_bytes()  # of a zombie it is empty
        except OSError:
            return False
    return ENGINE_MODULE.encode() in text


def _windows_program(pid: int) -> str:
    if sys.platform != "win32":
        raise OSError("no Windows here")
    kernel32 = ctypes.WinDLL("kernel32")
    kernel32.OpenProcess.restype = ctypes.c_void_p
    handle = kernel32.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return ""
    text, size = ctypes.create_unicode_buffer(32768), ctypes.c_ulong(32768)
    kernel32.QueryFullProcessImageNameW(ctypes.c_void_p(handle), 0, text, ctypes.byref(size))
    kernel32.CloseHandle(ctypes.c_void_p(handle))
    return text.value


def kill(pid: int) -> None:
    """End a process at once; it may have ended already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
