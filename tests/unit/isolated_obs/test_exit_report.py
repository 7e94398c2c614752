"""What OBS's log tells after its end."""

from __future__ import annotations

from selfieseg_engine.isolated_obs import exit_report

LOG = """\
info: obs_graphics_thread(33.3333 ms): min=0.126 ms, median=0.186 ms, max=0.998 ms, 99th percentile=0.9 ms
info:  ┣tick_sources: min=0.001 ms, median=0.004 ms, max=0.084 ms, 99th percentile=0.08 ms
info: == Profiler Time Between Calls ==
info: tick_sources: min=1 ms, median=33 ms, max=36 ms, 99th percentile=35 ms
info: Number of memory leaks: 3
""".replace(" ms", "\u00a0ms")  # as OBS prints it


def test_profiler_is_read_and_the_time_between_calls_is_not() -> None:
    profiler = exit_report.parse_profiler(LOG)

    assert profiler["obs_graphics_thread"] == exit_report.ProfilerEntry(0.186, 0.9, 0.998)
    assert profiler["tick_sources"].median_ms == 0.004


def test_leaks() -> None:
    assert exit_report.find_leaks(LOG) == 3
    assert exit_report.find_leaks("killed half way") is None


def test_crash_lines_leave_out_the_missing_bus() -> None:
    harmless = "(process:1): GLib-GIO-CRITICAL **: assertion 'x' failed"
    log = f"{harmless}\nFatal Python error: Segmentation fault\nfine\n"

    assert exit_report.find_crash_lines(log) == ("Fatal Python error: Segmentation fault",)
