"""Why a model is not taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from selfieseg_engine.errors import UserError


class ShelfError(UserError):
    """A file, a name or a wish that leads to no model."""


@contextmanager
def files_that_may_fail(what: str) -> Iterator[None]:
    """Turn the system's complaints about files (``OSError``) within the block into a ``ShelfError``.

    ``what``: what fails then, without a full stop.
    """
    try:
        yield
    except OSError as error:
        raise ShelfError(
            what,
            str(error),
            "check the permissions, make room, or set SELFIESEG_DATA_DIR to another folder",
        ) from error
