"""Handles the frame whose number comes on stdin as the notebook's loop does, tells what it took.

Arguments: a model's id, inference threads, an npy file of BGR frames.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from selfieseg_engine.benchmarks.speed.notebook_loop import notebook_loop
from selfieseg_engine.registry.registry import default_registry


def main(model: str, threads: str, frames_path: str) -> None:
    """Handle frames until stdin ends."""
    frames = np.load(frames_path)
    loop = notebook_loop(default_registry().get(model), int(threads))
    for line in sys.stdin:
        frame = frames[int(line) % len(frames)]
        wall, cpu = time.perf_counter(), time.process_time()
        loop(frame)
        print((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
