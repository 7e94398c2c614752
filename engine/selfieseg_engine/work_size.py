"""How large the pictures are that a filter is to send. Pure; any thread."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CLASS_SIDE = 512
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


def plan_work(
    matte_input: Size,
    class_input: Size | None,
    in_engine: bool,
    source: Size,
    frame_capacity: int,
    result_capacity: int,
) -> WorkPlan:
    """Return the plan for one look.

    Args:
        matte_input: what the matte model takes; nothing is gained by sending more for it.
        class_input: what the class model takes, None unless the look needs classes and one is at hand.
        in_engine: the effects are to be made in the engine.
        source: the filtered source's own size, (0, 0) where it is not known.
        frame_capacity: bytes that a slot of the ring has for a frame.
        result_capacity: bytes that it has for a result.
    """
    if in_engine and all(source) and _bytes(source) <= min(frame_capacity, result_capacity):
        return WorkPlan(source, composes=True)
    if class_input is not None:
        width, height = (
            min(MAX_CLASS_SIDE, max(sides)) for sides in zip(matte_input, class_input, strict=True)
        )
        if _bytes((width, height)) <= frame_capacity:
            return WorkPlan((width, height), composes=False)
    return WorkPlan(matte_input, composes=False)


def _bytes(size: Size) -> int:
    return size[0] * size[1] * _PIXEL_BYTES
