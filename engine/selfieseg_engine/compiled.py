"""Compiles functions that go through a picture pixel by pixel, where OpenCV has no single pass. Any thread.

Numba makes machine code of them at their first call on a machine (seconds; the installer does it) and keeps
it beside the source. While one runs, other Python threads go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

# Sums may be taken in another order, for vectors; infinities and NaN keep their meaning.
_FREEDOMS = {"reassoc", "contract", "arcp", "nsz"}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function over NumPy arrays and numbers as machine code, which divides as NumPy does."""
    jit = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=_FREEDOMS)
    return cast("Callable[P, R]", jit(function))
