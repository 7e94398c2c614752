"""Runs in an environment with MediaPipe: RGB pictures by the order of ``SELECTIONS`` in, its masks out.

Both files are npz, as ``numpy.savez`` writes arrays without names.
"""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np

SELECTIONS = (0, 1)  # the general model, the landscape one

selfie_segmentation = import_module("mediapipe.python.solutions.selfie_segmentation")
with np.load(sys.argv[1]) as pictures:
    masks = []
    for selection, each in zip(SELECTIONS, pictures.values(), strict=True):
        with selfie_segmentation.SelfieSegmentation(selection) as segmentation:
            masks.append(np.stack([segmentation.process(picture).segmentation_mask for picture in each]))
np.savez(sys.argv[2], *masks)
