"""The orders of axes that OpenVINO's transposing takes from one layout of a picture to the other."""

from __future__ import annotations

NHWC_TO_NCHW = [0, 3, 1, 2]
NCHW_TO_NHWC = [0, 2, 3, 1]
