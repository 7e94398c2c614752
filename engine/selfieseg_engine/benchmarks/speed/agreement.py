"""How far our masks are MediaPipe's. One thread at a time."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.registry.registry import default_registry
from selfieseg_engine.segmenter import Segmenter

_HALF = 0.5


@dataclass(frozen=True)
class Agreement:
    """Of two masks of one frame, at the frame's size: the model's own.

    MediaPipe shrinks a frame by samples at the corners of the model's pixels instead of their middles, and
    stretches the mask by the middles: its masks are moved by half of a model's pixel.

    Attributes:
        iou: intersection over union of both masks.
        iou_same_samples: the same where we sample as MediaPipe does.
    """

    iou: float
    iou_same_samples: float


def measure_agreement(
    model: str, threads: int, frame: npt.NDArray[np.uint8], mask: npt.NDArray[np.float32]
) -> Agreement:
    """Compare MediaPipe's ``mask`` (float32 HxW in 0…1) of a frame (uint8 HxWx3 BGR) with ours.

    Raises what ``Segmenter`` does.
    """
    facts = default_registry().get(model).input
    with Segmenter(model, "CPU", threads, refine=False, smoothing=0) as segmenter:
        ours = segmenter.segment(frame).matte
        sampled = segmenter.segment(_by_corners(frame, (facts.width, facts.height))).matte
    return Agreement(_iou(ours, mask), _iou(stretch(sampled, frame.shape[1::-1]), mask))


def _by_corners(frame: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    height, width = frame.shape[:2]
    places = np.array([[width / size[0], 0, 0], [0, height / size[1], 0]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(frame, places, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _iou(mask: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    person, their_person = mask > _HALF, other > _HALF
    return float((person & their_person).sum() / (person | their_person).sum())
