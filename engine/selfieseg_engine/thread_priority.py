"""Lets one thread of this process stand back behind the others."""

from __future__ import annotations

import logging
import os
import sys
import threading

logger = logging.getLogger(__name__)

_LOWEST_NICENESS = 19


def stand_back() -> None:
    """Give the calling thread, and the threads that it starts, the lowest priority.

    Only Linux counts a thread as a process of its own here; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_NICENESS)
    except OSError as error:
        logger.warning("the priority of %s stays as it is: %s", threading.current_thread().name, error)
