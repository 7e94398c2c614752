"""Where a process hangs, as gdb tells it. Any thread."""

from __future__ import annotations

import shutil
import subprocess

_GDB_TIMEOUT_S = 30.0
_COMMAND = "thread apply all backtrace 25"


def stacks_of(pid: int) -> str:
    """Return what each thread of a process is at; empty where there is no gdb, or it cannot tell."""
    gdb = shutil.which("gdb")
    if gdb is None:
        return ""
    try:
        done = subprocess.run(
            [gdb, "-p", str(pid), "-batch", "-ex", _COMMAND],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GDB_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout
