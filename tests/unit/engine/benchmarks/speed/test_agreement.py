from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.speed.agreement import measure_agreement
from selfieseg_engine.segmenter import Segmenter


def test_our_own_mask_agrees_and_samples_at_other_places_give_another(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    with Segmenter(real_model, "CPU", 1, refine=False, smoothing=0) as segmenter:
        mask = segmenter.segment(astronaut_bgr).matte
    agreement = measure_agreement(real_model, 1, astronaut_bgr, mask)
    assert agreement.iou == 1
    assert 0.9 < agreement.iou_same_samples < 0.9999
    moved = measure_agreement(real_model, 1, astronaut_bgr, np.roll(mask, 20, axis=1))
    assert moved.iou < 0.98
