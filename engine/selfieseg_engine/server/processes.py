"""Questions to the operating system about processes. psutil comes on first use: the start is in a hurry."""

from __future__ import annotations

import logging
import os
import sys

logger = logging.getLogger(__name__)

_NICENESS = 5


def pid_exists(pid: int) -> bool:
    """Return whether a process with this id runs. Any thread."""
    import psutil

    try:
        return bool(psutil.pid_exists(pid))
    except OverflowError:  # larger than any process id of this system
        return False


def resident_mb() -> float:
    """Return this process's resident memory in MiB. Any thread."""
    import psutil

    return round(int(psutil.Process().memory_info().rss) / 2**20, 1)


def yield_to_obs() -> None:
    """Lower this process's priority, so that OBS draws first. Main thread, before others are started."""
    try:
        if sys.platform == "win32":
            import psutil

            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(_NICENESS)
    except OSError as error:
        logger.warning("the priority stays as it is: %s", error)
