"""Why a model is not taken."""

from __future__ import annotations

from selfieseg_engine.errors import UserError


class ShelfError(UserError):
    """A file, a name or a wish that leads to no model."""
