"""How large the pictures are that a filter is to send. Pure; any thread."""

from __future__ import annotations

import math
from dataclasses import dataclass

MAX_CLASS_SIDE = 512
# A work frame that guides the matte's edges: 512x288 for a 16:9 picture.
_GUIDE_PIXELS = 512 * 288
_PIXEL_BYTES = 4  # RGBX in, RGBA out

Size = tuple[int, int]


@dataclass(frozen=True)
class WorkPlan:
    """What a session asks of its filter.

    Attributes:
        size: (width, height) of the work frames to send.
        composes: frames of that size are answered by finished composites instead of mattes.
    """

    size: Size
    composes: bool


def guide_size(picture: Size) -> Size:
    """Return the (width, height) of the work frames that guide the edges of mattes of such a picture.

    In its proportions, the width a multiple of 4; not larger than the picture, but for that.
    """
    width, height = picture
    scale = min(1.0, math.sqrt(_GUIDE_PIXELS / (width * height)))
    return max(4, round(width * scale / 4) * 4), max(1, round(height * scale))


def plan_work(
    matte_input: Size,
    class_input: Size | None,
    in_engine: bool,
    refines_edges: bool,
    source: Size,
    frame_capacity: int,
    result_capacity: int,
) -> WorkPlan:
    """Return the plan for one look.

    Args:
        matte_input: what the matte model takes; nothing is gained by sending more for it alone.
        class_input: what the class model takes, None unless the look needs classes and one is at hand.
        in_engine: the effects are to be made in the engine.
        refines_edges: the mattes are to follow the edges of the work frames.
        source: the filtered source's own size, (0, 0) where it is not known.
        frame_capacity: bytes that a slot of the ring has for a frame.
        result_capacity: bytes that it has for a result.
    """
    if in_engine and all(source) and _bytes(source) <= min(frame_capacity, result_capacity):
        return WorkPlan(source, composes=True)
    sizes = [matte_input]
    if refines_edges and all(source):
        sizes.insert(0, guide_size(source))
    if class_input is not None:
        sides = zip(sizes[0], class_input, strict=True)
        width, height = (min(MAX_CLASS_SIDE, max(each)) for each in sides)
        sizes.insert(0, (width, height))
    fitting = (size for size in sizes if _bytes(size) <= frame_capacity)
    return WorkPlan(next(fitting, matte_input), composes=False)


def _bytes(size: Size) -> int:
    return size[0] * size[1] * _PIXEL_BYTES
