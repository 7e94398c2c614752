"""Compiles functions that go through a picture pixel by pixel, where OpenCV has no single pass. Any thread.

Numba makes machine code of them at their first call on a machine (seconds; the installer does it) and keeps
it beside the source, or in the user's cache folder. Where it may write to neither, each process compiles
anew; so it does where what was kept cannot be read, or on a full disk. While one runs, other Python threads
go on.

A loop takes many pixels at once where the compiler can tell that what is written lies apart from all that is
read, and one behind the other. It cannot, and takes four to eight times as long, where
- several lines of one array are written in an inner loop, the next ones in the outer loop's next turn;
- an array is unpacked (``red, green = planes``) instead of indexed, and its parts' steps are forgotten;
- a place comes from an array of signed numbers, or from a loop that does not begin at 0;
- pixels are HxWxC: how many channels they have is not known. Lines of one channel are quicker.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# Sums may be taken in another order, for vectors; infinities and NaN keep their meaning.
_FREEDOMS = {"reassoc", "contract", "arcp", "nsz"}

# What reading a file raises that is cut short or empty, or names what is not there any more.
_UNREADABLE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)


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
    jit = numba.njit(nogil=True, error_model="numpy", fastmath=_FREEDOMS)
    dispatcher: Any = jit(function)
    if is_kept:
        dispatcher._cache = _KeptCode(function)  # what ``cache=True`` does, with Numba's own class
    return cast("Callable[P, R]", dispatcher)


class _KeptCode(FunctionCache):
    """Numba's, but for files that cannot be read, such as a computer leaves that has lost its power."""

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return what is kept for a signature; None where there is nothing that can be read."""
        try:
            return super().load_overload(signature, target_context)
        except _UNREADABLE as error:
            _warn_once(f"compiling anew, for what was kept in {self.cache_path} cannot be read: {error!r}")
        self._try_to_write(self.flush)
        return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep what was compiled, where it can be written."""
        self._try_to_write(lambda: super(_KeptCode, self).save_overload(signature, data))

    def _try_to_write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            _warn_once(
                f"what is compiled cannot be kept, so the next start takes seconds: {error.strerror or error}"
            )
            self.disable()


@cache
def _warn_once(text: str) -> None:
    """Log a warning, once for however many functions."""
    logger.warning("%s", text)
