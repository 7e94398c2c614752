"""Which photos are shown on the contact sheets. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence

_FIXED = 5


def choose_photos(count: int, judged: Sequence[float]) -> list[int]:
    """Return indices of photos, in their order, at most eight.

    Args:
        count: of photos.
        judged: a score of each by the default model, more is better: the worst, the median and the best are
            chosen. Empty where there is none.

    Five more are fixed by their position, from the first to the last: they are the same for any model.
    """
    chosen = {round(step * (count - 1) / (_FIXED - 1)) for step in range(_FIXED)}
    if judged:
        order = sorted(range(count), key=lambda index: judged[index])
        chosen |= {order[0], order[(count - 1) // 2], order[-1]}
    return sorted(chosen)
