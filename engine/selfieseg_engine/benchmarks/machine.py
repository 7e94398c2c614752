"""What machine a measurement was made on. Any thread."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone

import psutil

from selfieseg_engine.processor import this_processor


def describe_machine() -> dict[str, str | int | float]:
    """Return what a reader of the figures must know of this machine, and the day (UTC)."""
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "system": platform.platform(terse=True),
        "processor": this_processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(float(psutil.virtual_memory().total) / 1e9, 1),
    }
