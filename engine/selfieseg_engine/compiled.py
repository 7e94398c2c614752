"""Compiles functions that go through a picture pixel by pixel, where OpenCV has no single pass. Any thread.

Numba makes machine code of them at their first call on a machine (seconds; the installer does it) and keeps
it beside the source, or in the user's cache folder. Where it may write to neither, each process compiles
anew. While one runs, other Python threads go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# Sums may be taken in another order, for vectors; infinities and NaN keep their meaning.
_FREEDOMS = {"reassoc", "contract", "arcp", "nsz"}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function over NumPy arrays, numbers and tuples of them as machine code.

    It divides as NumPy does. It must not take a class of ours: what is kept would name the class, and could
    not be read again once an update has moved it.
    """
    try:
        return _jit(function, is_kept=True)
    except RuntimeError as error:  # what Numba raises where it finds no folder to write to
        logger.info("%s is compiled at every start, which takes seconds: %s", function.__qualname__, error)
        return _jit(function, is_kept=False)


def _jit(function: Callable[P, R], is_kept: bool) -> Callable[P, R]:
    jit = numba.njit(nogil=True, cache=is_kept, error_model="numpy", fastmath=_FREEDOMS)
    return cast("Callable[P, R]", jit(function))
