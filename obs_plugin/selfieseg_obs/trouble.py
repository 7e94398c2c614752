"""What keeps the filter from working, in words for its user. Standard library only."""

from __future__ import annotations


class TroubleError(RuntimeError):
    """Something outside this code must change first. The text says what is wrong and what to do."""
