"""What a run of measurements found, before it is summed up. Pure; one thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.scores import Scores
from selfieseg_engine.benchmarks.quality.variants import FULL

Picture = npt.NDArray[np.uint8]  # HxWx3 BGR

MOST_WORST = 6


@dataclass
class RowSamples:
    """All that was measured of one variant.

    Attributes:
        cases: the scores of each picture or frame, in order; a metric may be missing from some.
        whole: scores that only the whole has.
        wall_ms, cpu_ms: of each matte; empty for mattes that were made elsewhere.
    """

    name: str
    cases: list[Scores] = field(default_factory=list)
    whole: Scores = field(default_factory=dict)
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class WorstCase:
    """One of the worst. ``sheet`` shows it beside the truth; None where no report is wanted."""

    index: int
    badness: float
    sheet: Picture | None


@dataclass(frozen=True)
class Outcome:
    """What a run found.

    Attributes:
        names: of the pictures or frames, in order.
        rows: one for each variant, ``cases`` in the order of ``names``.
        frame: their size, such as ``1280x720``, or ``mixed``.
        left_out: pictures and masks without a partner.
        judged: the row whose worst cases are shown.
        worst: those, the worst first.
        is_sequence: they follow each other in time.
    """

    names: list[str]
    rows: list[RowSamples]
    frame: str
    left_out: int
    judged: str
    worst: list[WorstCase]
    is_sequence: bool


class WorstCases:
    """Keeps the worst case of each slot, and of those at most six.

    Neighbours in a sequence look alike: with a few slots for many frames, six different ones are shown.
    """

    def __init__(self) -> None:
        self._by_slot: dict[int, WorstCase] = {}

    def offer(self, slot: int, index: int, badness: float, draw: Callable[[], Picture] | None) -> None:
        """Take a case if it is among the worst; ``draw`` is called only then, None draws nothing."""
        held = self._by_slot.get(slot)
        if held is not None:
            if badness <= held.badness:
                return
        elif len(self._by_slot) >= MOST_WORST:
            mildest = min(self._by_slot, key=lambda each: self._by_slot[each].badness)
            if badness <= self._by_slot[mildest].badness:
                return
            del self._by_slot[mildest]
        self._by_slot[slot] = WorstCase(index, badness, None if draw is None else draw())

    def worst_first(self) -> list[WorstCase]:
        """Return what was kept."""
        return sorted(self._by_slot.values(), key=lambda case: -case.badness)


def frame_text(shapes: set[tuple[int, int]]) -> str:
    """Return the size of pictures of these (height, width): ``1280x720``, or ``mixed`` for several."""
    if len(shapes) != 1:
        return "mixed"
    ((height, width),) = shapes
    return f"{width}x{height}"


def judged_row(names: list[str]) -> str:
    """Return the row that matters most: that of everything on, else the last of those that there are."""
    return FULL if FULL in names else names[-1]
