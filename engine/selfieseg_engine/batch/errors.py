"""What can be wrong with a batch. Any thread."""

from __future__ import annotations

from selfieseg_engine.errors import UserError


class BatchError(UserError):
    """A batch that cannot begin or go on."""


class ClusterError(BatchError):
    """The cluster cannot be used."""
