"""Runs in an environment with MediaPipe: handles the frame whose number comes on stdin, tells what it took.

Arguments: MediaPipe's number of the model, an npy file of BGR frames, and where to write the last frame's
mask when told ``mask``.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module

import numpy as np

selfie_segmentation = import_module("mediapipe.python.solutions.selfie_segmentation")
frames = np.ascontiguousarray(np.load(sys.argv[2])[..., ::-1])
mask = np.empty((0, 0), np.float32)
with selfie_segmentation.SelfieSegmentation(int(sys.argv[1])) as segmentation:
    for line in sys.stdin:
        if line.strip() == "mask":
            np.save(sys.argv[3], mask)
            print("saved", flush=True)
            continue
        frame = frames[int(line) % len(frames)]
        wall, cpu = time.perf_counter(), time.process_time()
        mask = segmentation.process(frame).segmentation_mask
        print((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, flush=True)
