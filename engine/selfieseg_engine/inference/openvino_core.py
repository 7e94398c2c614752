"""OpenVINO's core: one for the whole life of a process."""

from __future__ import annotations

from threading import Lock

import openvino as ov

_once = Lock()
_core: ov.Core | None = None


def openvino_core() -> ov.Core:
    """Return the core that everything is compiled with. Any thread.

    Compiling with a core of one's own is dangerous on Linux (2026.4, sigstack_manager.cpp): the CPU plugin,
    which each core loads anew, gives the thread that loads it a stack for signals and unmaps that stack
    when the core and what it compiled are gone. It puts the thread's former stack back only if it is still
    the latest and goes on the same thread; otherwise the thread keeps a stack that is no longer there, and
    the next signal, such as Ctrl-C, ends the process with a segmentation fault or overwrites what lies
    there by then. This core's plugin is never unloaded.
    """
    global _core
    with _once:
        if _core is None:
            _core = ov.Core()
        return _core
