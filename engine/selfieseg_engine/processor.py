"""The name of this machine's processor. Standard library only; any thread."""

from __future__ import annotations

import platform
from pathlib import Path


def this_processor() -> str:
    """Return what the maker calls the processor; on some systems only its kind."""
    return processor_name(_cpuinfo()) or platform.processor() or platform.machine()


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
