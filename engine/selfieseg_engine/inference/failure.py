"""What OpenVINO's errors say, for one-line messages. Pure; any thread."""

from __future__ import annotations


def reason_of(error: Exception) -> str:
    """Return the last line with text in it: the lines before are places in OpenVINO's own source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
