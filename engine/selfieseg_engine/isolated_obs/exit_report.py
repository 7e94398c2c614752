"""What an OBS that has ended tells: exit status, leaks, crashes, profiler. Pure functions on its log."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PROFILED = ("obs_graphics_thread", "tick_sources", "render_video")

_LEAKS = re.compile(r"Number of memory leaks: (\d+)")
_CRASH = re.compile(
    r"segmentation fault|assertion .*failed|terminate called|crash|fatal python error|stack traceback", re.I
)
# GLib's complaints at the missing session bus speak of assertions, too.
_HARMLESS = re.compile(r"GLib\S*-CRITICAL")
# OBS separates numbers from units with a no-break space, which \s matches.
_PROFILE = re.compile(
    r"(?P<name>\w+)(?:\([^)]*\))?: min=[\d.e+-]+\sms, median=(?P<median>[\d.e+-]+)\sms, "
    r"max=(?P<max>[\d.e+-]+)\sms, 99th percentile=(?P<p99>[\d.e+-]+)\sms"
)


@dataclass(frozen=True)
class ProfilerEntry:
    """Durations of one profiled function over OBS's whole life, in milliseconds."""

    median_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True)
class ExitReport:
    """How an OBS ended.

    Attributes:
        exit_code: the process's.
        killed: whether it did not end by itself.
        leaks: see ``find_leaks``.
        crash_lines: see ``find_crash_lines``.
        profiler: see ``parse_profiler``.
        orphans: processes that it left behind.
        hung_in: what its threads were at when it had to be killed, where gdb is there to tell.
    """

    exit_code: int
    killed: bool
    leaks: int | None
    crash_lines: tuple[str, ...]
    profiler: dict[str, ProfilerEntry] = field(default_factory=dict)
    orphans: tuple[str, ...] = ()
    hung_in: str = ""

    @property
    def clean(self) -> bool:
        """Whether OBS left by itself with nothing to complain about."""
        return self.exit_code == 0 and not self.killed and not self.crash_lines and not self.orphans


def find_leaks(log: str) -> int | None:
    """Return the number of leaked allocations that OBS counted; None where it did not get that far."""
    match = _LEAKS.search(log)
    return int(match.group(1)) if match else None


def find_crash_lines(log: str) -> tuple[str, ...]:
    """Return the lines of ``log`` that tell of a crash."""
    return tuple(line for line in log.splitlines() if _CRASH.search(line) and not _HARMLESS.search(line))


def parse_profiler(log: str) -> dict[str, ProfilerEntry]:
    """Return the durations that OBS's profiler printed, for the functions of interest."""
    entries: dict[str, ProfilerEntry] = {}
    for match in _PROFILE.finditer(log):
        name = match["name"]
        # The same names come again further down, for the time *between* calls.
        if name in PROFILED and name not in entries:
            entries[name] = ProfilerEntry(float(match["median"]), float(match["p99"]), float(match["max"]))
    return entries
