"""From the pictures of one stream to its mattes: pauses, steadies, refines and leads. One thread at a time.

Loads numpy and OpenCV; the model is a function that comes from outside.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte.closer_look import fading, look_closer
from selfieseg_engine.matte.edges import grid_size, refine_edges, stream_grid_size
from selfieseg_engine.matte.levels import as_probability, to_u8_matte
from selfieseg_engine.matte.motion import Motion, MotionTracker
from selfieseg_engine.matte.near_look import NEAR_FADE, NearLook
from selfieseg_engine.matte.resize import colours_of, stretch
from selfieseg_engine.matte.smoothing import Smoother
from selfieseg_engine.matte.steadying import steady
from selfieseg_engine.matte.stillness import Change, StillnessDetector
from selfieseg_engine.work_size import MAX_CLASS_SIDE, guide_size

U8Image = npt.NDArray[np.uint8]
Size = tuple[int, int]
Infer = Callable[[U8Image], npt.NDArray[Any]]
Forget = Callable[[], None]

DEFAULT_SMOOTHING = 0.5
# How old a matte may get while the picture stands still, and how many mattes it settles with before.
LONGEST_PAUSE_NS = 2_000_000_000
SETTLING_MATTES = 4
# OBS draws a matte over the picture two frames later: one for reading the picture back, one for the engine;
# one frame where reading takes no time of its own.
LEAD_FRAMES = 2
_LONGEST_LEAD_NS = 100_000_000
_MOST_LEAD_SHARE = 4.0
# The very same picture for longer than so many times the last two pictures' distance: who moved has stopped.
_STOPPED_AFTER = 2
_LEAST_STEP = 0.25  # pixels; below it nothing would be seen to move
_INTERVALS = 9
# So often a slow camera gives the same picture to a quick OBS; what comes again more often stands still.
_MOST_REPEATS = 2
# A guide need not be larger; work frames for class models are somewhat.
_LARGEST_GUIDE = MAX_CLASS_SIDE * MAX_CLASS_SIDE


@dataclass(frozen=True)
class MatteWish:
    """How mattes are to be made.

    Attributes:
        refine_edges: they follow the picture's edges, and have the work frame's size.
        smoothing: how much they are steadied, 0 (not at all) … 1.
        leads: they are drawn over a later picture, and so are moved ahead with the motion.
        lead_frames: by how many frames the picture is later, where they lead.
        pauses: while the picture stands still the last one is given again.
        looks_near: where edges are refined, the model is shown the part around the person (``NearLook``).
        looks_closer: the first picture, and the first one after a cut, is looked at several times
            (``look_closer``), for it has no predecessor to lean on. For float32 masks.

    A model with a memory of its own (``MatteStream``) is never looked through near or closer.
    """

    refine_edges: bool = True
    smoothing: float = DEFAULT_SMOOTHING
    leads: bool = False
    lead_frames: int = LEAD_FRAMES
    pauses: bool = False
    looks_near: bool = True
    looks_closer: bool = False

    @property
    def is_raw(self) -> bool:
        """Whether the model's own masks are wanted."""
        return not self.refine_edges and self.smoothing == 0 and not self.leads


@dataclass(frozen=True)
class StreamMatte:
    """The matte of one picture.

    Attributes:
        matte: uint8, of the work frame's size where edges are refined, else the mask's.
        is_new: the model has run for it.
        lead_ns: it has been moved ahead by so much time.
    """

    matte: U8Image
    is_new: bool
    lead_ns: int


class MatteStream:
    """See the module. ``wish`` may be set between pictures.

    Args:
        model_size: (width, height) of the pictures that the model takes.
        wish: how mattes are to be made.
        forget: for a model that keeps something of the pictures before: makes it forget them. Such a model
            is shown whole pictures only, once each, for its memory is of those.
    """

    def __init__(self, model_size: Size, wish: MatteWish, forget: Forget | None = None) -> None:
        self._model_size = model_size
        self._wish = wish
        self._forget = forget
        self._use_grid(grid_size(model_size))
        self._tracker = MotionTracker()
        self._smoother = Smoother()
        self._stillness = StillnessDetector()
        self._clock = _FrameClock()
        self._repeats = 0
        self._last: _Last | None = None

    @property
    def wish(self) -> MatteWish:
        """How mattes are made."""
        return self._wish

    @wish.setter
    def wish(self, wish: MatteWish) -> None:
        if wish == self._wish:
            return
        if replace(wish, lead_frames=self._wish.lead_frames) != self._wish:
            self._last = None  # it was made otherwise
        self._wish = wish

    def matte(self, frame: U8Image, t_ns: int, infer: Infer) -> StreamMatte:
        """Return the matte of the stream's next picture.

        Args:
            frame: uint8 HxWxC, C ≥ 3, the picture as large as it is at hand.
            t_ns: when it was taken, never less than the one before's.
            infer: runs the model: gives the mask (float32 in 0…1 or uint8, hxw, in memory of its own) of a
                picture (uint8, HxWxC) of the model's size.
        """
        self._clock.tick(t_ns)
        grid = self._grid_for(frame.shape[1::-1])
        if grid != self._grid:
            self.reset()
            self._use_grid(grid)
        model_frame = stretch(frame, self._model_size)
        picture = stretch(model_frame, self._grid)
        change = self._stillness.look_at(picture) if self._wish.pauses else Change.MOVED
        last, size = self._last, frame.shape[1::-1]
        self._repeats = self._repeats + 1 if change is Change.SAME else 0
        if last is not None and last.serves(change, self._repeats, t_ns, size):
            return self._led(last, t_ns, is_new=False)
        settled = last.settled + 1 if last is not None and change is not Change.MOVED else 0
        self._stillness.accept()
        motion = None if self._wish.is_raw else self._tracker.follow(colours_of(picture))
        if motion is not None and motion.is_cut:
            self._near.reset()
            if self._forget is not None:
                self._forget()
        is_first = last is None or (motion is not None and motion.is_cut)
        was_near = self._near.part is not None
        matte = self._made(self._look(frame, model_frame, infer, is_first), motion, frame)
        if not was_near and self._near.part is not None and not (is_first and self._wish.looks_closer):
            # Somebody has just been found. The next looks are near: this one too, or the matte would jump.
            self._smoother.reset()
            matte = self._made(self._look(frame, model_frame, infer, is_first=False), None, frame)
        since_ns = t_ns - last.t_ns if last is not None else 0
        self._last = _Last(matte, motion, t_ns, since_ns, settled, size)
        return self._led(self._last, t_ns, is_new=True)

    def look_anew(self) -> None:
        """Take the part that is looked at anew, at the next picture: see ``NearLook.take_anew``."""
        self._near.take_anew()

    def reset(self) -> None:
        """Begin another stream."""
        for part in (self._near, self._tracker, self._smoother, self._stillness, self._clock):
            part.reset()
        self._last = None
        self._repeats = 0
        if self._forget is not None:
            self._forget()

    def _grid_for(self, size: Size) -> Size:
        """Return what masks are handled at: their own size where they are given as they are."""
        return (
            stream_grid_size(self._model_size, size)
            if self._wish.refine_edges
            else grid_size(self._model_size)
        )

    def _use_grid(self, grid: Size) -> None:
        self._grid = grid
        self._near = NearLook(grid, self._model_size[0] / self._model_size[1])

    def _look(self, frame: U8Image, model_frame: U8Image, infer: Infer, is_first: bool) -> _Looked:
        if self._forget is not None:
            return _Looked(infer(model_frame), True)
        if is_first and self._wish.looks_closer:
            return _Looked(look_closer(frame, lambda part: infer(stretch(part, self._model_size))), True)
        part = self._near.part
        if part is None:
            return _Looked(infer(model_frame), True)
        whole = self._near.is_whole_due
        columns, rows = self._grid
        mask = (
            stretch(as_probability(infer(model_frame)), self._grid)
            if whole
            else np.zeros((rows, columns), np.float32)
        )
        seen = stretch(frame[part.scaled(self._grid, frame.shape[1::-1]).slices], self._model_size)
        near = stretch(as_probability(infer(np.ascontiguousarray(seen))), part.size)
        share = fading(part.slices, mask.shape, NEAR_FADE)  # what a model takes for a person there is cut off
        mask[part.slices] += share * (near - mask[part.slices])
        return _Looked(mask, whole)

    def _made(self, looked: _Looked, motion: Motion | None, frame: U8Image) -> U8Image:
        """Return the matte: uint8, of the guide's size where edges are refined, else of the mask's."""
        wish, mask = self._wish, looked.mask
        if wish.smoothing > 0:
            mask = self._smoother.smooth(stretch(as_probability(mask), self._grid), motion, wish.smoothing)
        else:
            self._smoother.reset()
        if not wish.refine_edges:
            self._near.reset()  # it follows refined mattes
            return mask if mask.dtype == np.uint8 else to_u8_matte(mask)
        guide = frame
        if frame.shape[0] * frame.shape[1] > _LARGEST_GUIDE:
            guide = stretch(frame, guide_size(frame.shape[1::-1]))
        matte = refine_edges(mask, guide)
        before = self._last.matte if self._last is not None else None
        if wish.smoothing > 0 and motion is not None and not motion.is_cut and before is not None:
            matte = steady(matte, stretch(before, matte.shape[1::-1]), motion, wish.smoothing)
        if wish.looks_near and self._forget is None:
            self._near.looked(looked.whole, matte)
        return matte

    def _led(self, last: _Last, t_ns: int, is_new: bool) -> StreamMatte:
        lead_frames = self._wish.lead_frames if self._wish.leads else 0
        lead_ns = min(lead_frames * self._clock.interval_ns(), _LONGEST_LEAD_NS) if lead_frames else 0
        motion = last.motion
        if lead_ns == 0 or motion is None or not motion.goes_on or last.since_ns <= 0 or last.settled > 0:
            return StreamMatte(last.matte, is_new, lead_ns)
        if float(cv2.norm(motion.flow, cv2.NORM_INF)) < _LEAST_STEP:
            return StreamMatte(last.matte, is_new, lead_ns)
        waited_ns = t_ns - last.t_ns
        if waited_ns > _STOPPED_AFTER * last.since_ns:
            return StreamMatte(last.matte, is_new, lead_ns)
        share = min((lead_ns + waited_ns) / last.since_ns, _MOST_LEAD_SHARE)
        return StreamMatte(motion.lead(last.matte, share), is_new, lead_ns)


@dataclass(frozen=True)
class _Looked:
    """What the model says: ``mask`` (float32 or uint8 hxw); ``whole``: it has seen all of the picture."""

    mask: npt.NDArray[Any]
    whole: bool


@dataclass(frozen=True)
class _Last:
    """What was computed last: for the picture at ``t_ns``, ``since_ns`` after the one before.

    ``settled`` counts the pictures before it that already showed the same.
    """

    matte: U8Image
    motion: Motion | None
    t_ns: int
    since_ns: int
    settled: int
    work_size: Size

    def serves(self, change: Change, repeats: int, t_ns: int, size: Size) -> bool:
        """Return whether it is good for a picture with this change, of this size, after so many repeats."""
        if t_ns - self.t_ns > LONGEST_PAUSE_NS or size != self.work_size:
            return False
        if change is not Change.MOVED and self.settled >= SETTLING_MATTES - 1:
            return True
        return change is Change.SAME and repeats <= _MOST_REPEATS


class _FrameClock:
    """How far apart the pictures come."""

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=_INTERVALS + 1)

    def tick(self, t_ns: int) -> None:
        self._times.append(t_ns)

    def interval_ns(self) -> int:
        if len(self._times) < 2:
            return 0
        return round(statistics.median(after - before for before, after in pairwise(self._times)))

    def reset(self) -> None:
        self._times.clear()
