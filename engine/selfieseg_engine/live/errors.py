"""What can be wrong with a live picture. Any thread."""

from __future__ import annotations

from selfieseg_engine.errors import UserError


class CameraError(UserError):
    """A camera that is not there, may not be used, or sends no pictures."""


class WindowError(UserError):
    """No preview window can be opened."""


class VirtualCameraError(UserError):
    """The virtual camera cannot be opened or takes no pictures."""
