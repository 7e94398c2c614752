"""Takes the room's colour out of the person's half transparent edge. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.edge_light import room_light

_LEAST_OPACITY = 0.2
_LEAST_LIGHT = 1e-4
_BATCH = 1024  # cv2.remap takes less than 32768 pixels in a row


def despill(
    foreground_bgr: npt.NDArray[np.uint8],
    frame_bgr: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    strength: float,
) -> npt.NDArray[np.uint8]:
    """Return a new foreground whose edge is cleaned of the room's light: see docs/effects.md.

    Args:
        foreground_bgr: uint8 HxWx3, the frame after the effects before this one.
        frame_bgr: uint8 HxWx3, the frame as it came, for the room's colour.
        matte: uint8 HxW. Only pixels strictly between 0 and 255 change: at 255 there is no room in them, and
            at 0 nothing of them is seen.
        strength: 0…1.
    """
    result = foreground_bgr.copy()
    edge = np.flatnonzero((matte - np.uint8(1)) < 254)  # 0 wraps to 255
    if not edge.size:
        return result
    light = _sampled(room_light(frame_bgr, matte), edge, matte.shape) / np.float32(255)
    room = light[:, :3] / np.maximum(light[:, 3:], np.float32(_LEAST_LIGHT))
    colour = result.reshape(-1, 3)[edge] / np.float32(255)
    opacity = matte.reshape(-1)[edge][:, np.newaxis] / np.float32(255)
    clean = np.clip(room + (colour - room) / np.maximum(opacity, np.float32(_LEAST_OPACITY)), 0, 1)
    share = np.float32(strength) * np.minimum(1, 4 * light[:, 3:])
    result.reshape(-1, 3)[edge] = np.rint((colour + share * (clean - colour)) * 255).astype(np.uint8)
    return result


def _sampled(
    light: npt.NDArray[np.float32], pixels: npt.NDArray[np.intp], shape: tuple[int, ...]
) -> npt.NDArray[np.float32]:
    """Return n x 4: the light, stretched to a frame of ``shape``, at n pixels, given by their flat index."""
    batches = -(-pixels.size // _BATCH)
    rows, columns = np.divmod(np.resize(pixels, (batches, _BATCH)), shape[1])
    y = (rows + 0.5) * (light.shape[0] / shape[0]) - 0.5
    x = (columns + 0.5) * (light.shape[1] / shape[1]) - 0.5
    sampled = cv2.remap(
        light, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, np.float32).reshape(-1, 4)[: pixels.size]
