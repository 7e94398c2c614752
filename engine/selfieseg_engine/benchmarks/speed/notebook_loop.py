"""One frame as the loop of OpenVINO's selfie segmentation notebook handles it, written from its description.

The frame is padded to the model's proportions, shrunk and divided by 255; the mask is cut hard, the padding
cut off, the rest stretched by nearest neighbours; the whole frame is blurred, and chosen from pixel by pixel.
One thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.inference.plain_inference import plain_inference
from selfieseg_engine.registry.manifest import Manifest

U8Image = npt.NDArray[np.uint8]

_BLUR = (55, 55)


def notebook_loop(manifest: Manifest, threads: int) -> Callable[[U8Image], U8Image]:
    """Return what makes the blurred picture (uint8 HxWx3 BGR) of a frame. Raises what ``load_model`` does."""
    infer = plain_inference(manifest, threads)
    width, height = manifest.input.width, manifest.input.height

    def loop(frame_bgr: U8Image) -> U8Image:
        frame = cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB)
        rows, columns = frame.shape[:2]
        scale = min(width / columns, height / rows)
        seen_columns, seen_rows = round(columns * scale), round(rows * scale)
        small = cv2.resize(frame, (seen_columns, seen_rows))
        padded = cv2.copyMakeBorder(
            small, 0, height - seen_rows, 0, width - seen_columns, cv2.BORDER_CONSTANT, value=(0, 0, 0)
        )
        output = infer((padded.astype(np.float32) / np.float32(255))[np.newaxis])[0]
        labels = (output[..., 0] > 0.5) if output.shape[-1] == 1 else output.argmax(axis=-1)
        seen = labels[:seen_rows, :seen_columns].astype(np.uint8)
        mask = cv2.resize(seen, (columns, rows), interpolation=cv2.INTER_NEAREST)
        blurred = cv2.GaussianBlur(frame, _BLUR, 0)
        picture = np.where(mask[..., np.newaxis] > 0, frame, blurred)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)

    return loop
