"""Keeps freed memory in the process, for programs that draw frame after frame. Call once, early; any thread.

A frame's effects use some 30 MB and free them again. glibc would give that back to the system after each
frame and fetch it, page by page, for the next one, which doubles and triples what an effect costs.
"""

from __future__ import annotations

import ctypes
import sys

# glibc's malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# Threads share so many heaps. Each would have one of its own, which keeps what a session has freed.
_ARENAS = 2
_KEPT_BYTES = 256 * 2**20
_LARGEST_KEPT_BYTES = 32 * 2**20  # glibc takes no more


def keep_freed_memory() -> bool:
    """Let freed memory be used again rather than given back; False where the C library is not glibc."""
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library, such as musl
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    done = [
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES),
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES),
        mallopt(_M_ARENA_MAX, _ARENAS),
    ]
    return all(done)
