"""What machine a measurement was made on. Any thread."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil


def describe_machine() -> dict[str, str | int | float]:
    """Return what a reader of the figures must know of this machine."""
    return {
        "system": platform.platform(terse=True),
        "processor": processor_name(_cpuinfo()) or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(float(psutil.virtual_memory().total) / 1e9, 1),
    }


def processor_name(cpuinfo: str) -> str:
    """Return the processor's name out of the text of ``/proc/cpuinfo``; empty where it tells none. Pure."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return ""


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")  # Linux; elsewhere the standard library knows the name
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
