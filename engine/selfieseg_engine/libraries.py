"""Loads numpy, OpenCV, Numba and OpenVINO, for whichever thread of the engine needs them first.

They take a noticeable part of a second, which the engine's I/O thread must not wait for; so its other threads
load them, and each begins with ``load_libraries``. Not side by side: Numba imports modules while it holds its
compiler's lock, and takes that lock while a module of ours is imported, so that threads could come to wait
for each other. (Twice in several hundred starts an engine never had its model ready. That this was why is
likely, not proven.)
"""

from __future__ import annotations

import threading
from importlib import import_module

# These import all the others.
_MODULES = ("selfieseg_engine.compile_ahead", "selfieseg_engine.inference.loaded_model")

_lock = threading.Lock()


def load_libraries() -> None:
    """Import what is slow to import, or wait until another thread has done so. Any thread but the I/O one's.

    Raises:
        ImportError: a library is damaged; the next caller tries anew.
    """
    with _lock:
        for name in _MODULES:
            import_module(name)
