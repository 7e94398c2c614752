from __future__ import annotations

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from selfieseg_engine.freed_memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def frame():
    for _ in range(3):
        parts = [np.ones(2_000_000, np.uint8) for _ in range(20)]
frame()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
frame()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_memory_that_was_freed_is_not_fetched_again() -> None:
    """Effects once took two to three times as long for the page faults of every frame."""
    faults = {
        mode: int(
            subprocess.run(
                [sys.executable, "-c", FAULTS, mode], check=True, capture_output=True, text=True
            ).stdout
        )
        for mode in ("keep", "leave")
    }
    assert faults["keep"] < 1000 < faults["leave"]
