"""What is measured, and the scores of one matte. Pure but for the sequence's memory; one thread at a time."""

from __future__ import annotations

from collections.abc import Collection

from selfieseg_engine.benchmarks.quality.alignment_frames import LagSearch, half_size
from selfieseg_engine.benchmarks.quality.alignment_pixels import edge_offset
from selfieseg_engine.benchmarks.quality.boundary import boundary_f, find_boundary
from selfieseg_engine.benchmarks.quality.ghost import GhostWatch
from selfieseg_engine.benchmarks.quality.matte_error import (
    gradient_error,
    gradient_magnitude,
    mean_absolute_difference,
    sum_of_absolute_differences,
)
from selfieseg_engine.benchmarks.quality.overlap import person_iou
from selfieseg_engine.benchmarks.quality.temporal import change_between, dtssd, flicker, instability
from selfieseg_engine.benchmarks.quality.truth import Truth
from selfieseg_engine.benchmarks.quality.u8_matte import Counted, U8Matte, person_of

Scores = dict[str, float]

# Of one matte; a row has their means.
IOU, BOUNDARY_F = "iou", "boundary_f"
MAD, SAD, GRADIENT_ERROR = "mad", "sad", "gradient_error"
DTSSD, INSTABILITY, FLICKER = "dtssd", "instability", "flicker"
EDGE_PX, SHIFT_PX = "edge_px", "shift_px"
LAG_FRAMES = "lag_frames"
# Of a whole sequence only.
FRAMES_OFF, GHOST_FRAMES, INFERRED = "frames_off", "ghost_frames", "inferred"

METRICS = (
    IOU,
    BOUNDARY_F,
    MAD,
    SAD,
    GRADIENT_ERROR,
    DTSSD,
    INSTABILITY,
    FLICKER,
    EDGE_PX,
    SHIFT_PX,
    LAG_FRAMES,
    FRAMES_OFF,
    GHOST_FRAMES,
    INFERRED,
)
MORE_IS_BETTER = frozenset({IOU, BOUNDARY_F})


def outline_scores(u8_matte: U8Matte, true: Truth, counted: Counted | None = None) -> Scores:
    """Return IoU over the counted pixels and boundary F of the whole outline: what a hard mask can tell.

    The outline counts whole, as an uncertain border that is not ``counted`` hides just that.
    """
    person = person_of(u8_matte)
    return {
        IOU: person_iou(person, true.person, counted),
        BOUNDARY_F: boundary_f(find_boundary(person), true.boundary),
    }


def matte_scores(u8_matte: U8Matte, true: Truth, counted: Counted | None = None) -> Scores:
    """Return MAD, SAD and gradient error over the counted pixels: what a soft matte can tell."""
    return {
        MAD: mean_absolute_difference(u8_matte, true.u8_matte, counted),
        SAD: sum_of_absolute_differences(u8_matte, true.u8_matte, counted),
        GRADIENT_ERROR: gradient_error(gradient_magnitude(u8_matte), true.gradient, counted),
    }


class SequenceScores:
    """The scores of a stream of mattes, one frame after the other.

    Args:
        cuts: indices of the frames that are the first after a cut.

    Attributes:
        frames: the scores of each frame so far. A metric is missing where it says nothing: those of change
            in the first frame and at a cut, flicker while the picture moves, pixels where there is no edge.
    """

    def __init__(self, cuts: Collection[int] = ()) -> None:
        self.frames: list[Scores] = []
        self._cuts = frozenset(cuts)
        self._ghosts = GhostWatch(cuts)
        self._lags = LagSearch()
        self._u8_before: U8Matte | None = None

    def add(self, u8_matte: U8Matte, true: Truth, u8_raw: U8Matte | None = None) -> None:
        """Take the next matte, of the truth's size; ``u8_raw`` is the model's own mask of it, where known."""
        is_cut = len(self.frames) in self._cuts
        self._lags.add(half_size(u8_matte), true.half)
        self._ghosts.add(u8_matte, true.u8_matte, u8_raw)
        steadiness = {} if is_cut else self._steadiness(u8_matte, true)
        self.frames.append(
            outline_scores(u8_matte, true)
            | matte_scores(u8_matte, true)
            | steadiness
            | _offset(u8_matte, true)
        )
        self._u8_before = u8_matte

    def finish(self) -> Scores:
        """Give each frame its lag, and return what only the whole sequence tells."""
        lags = self._lags.of_frames()
        for scores, lag in zip(self.frames, lags, strict=True):
            scores[LAG_FRAMES] = lag
        whole: Scores = {LAG_FRAMES: self._lags.of_sequence(), FRAMES_OFF: sum(lag != 0 for lag in lags)}
        return whole | ({GHOST_FRAMES: self._ghosts.longest()} if self._cuts else {})

    def _steadiness(self, u8_matte: U8Matte, true: Truth) -> Scores:
        if self._u8_before is None or true.change is None:
            return {}
        change = change_between(self._u8_before, u8_matte)
        scores = {DTSSD: dtssd(change, true.change), INSTABILITY: instability(change, true.change)}
        trembling = flicker(self._u8_before, u8_matte, true.band) if true.stands_still else None
        return scores if trembling is None else {**scores, FLICKER: trembling}


def _offset(u8_matte: U8Matte, true: Truth) -> Scores:
    offset = edge_offset(person_of(u8_matte), true.edge)
    return {} if offset is None else {EDGE_PX: offset.distance, SHIFT_PX: offset.shift_length}
