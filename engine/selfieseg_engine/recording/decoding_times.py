"""When encoded frames are to be decoded, told from when they are shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Return a dts for each frame: growing, and none later than the frame is shown.

    Frames are taken out of order by as little as possible: each is decoded when the one before that distance
    is shown, as encoders have it.

    Args:
        shown: the pts of all frames in the order in which they are stored, each another.
    """
    ordered = sorted(shown)
    place = {pts: index for index, pts in enumerate(ordered)}
    delay = max((index - place[pts] for index, pts in enumerate(shown)), default=0)
    ahead = [pts - (ordered[delay] - ordered[0]) for pts in ordered[:delay]]
    return ahead + ordered[: len(ordered) - delay]
