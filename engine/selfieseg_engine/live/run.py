"""The loop: takes a frame, finds the person, draws, shows; until somebody ends it. The main thread's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.controls import Controls, describe
from selfieseg_engine.live.drawing import draw_live
from selfieseg_engine.live.feeds import Feed
from selfieseg_engine.live.figures import FrameTimes, LiveFigures
from selfieseg_engine.live.items import LiveFrame, SourceGone
from selfieseg_engine.live.overlay import plate, times_line, with_lines
from selfieseg_engine.live.screen import Output, Preview, U8Image
from selfieseg_engine.segmenter import Segmenter

Ending = Literal["quit", "frames", "end"]

# So long at most a key waits for a source that sends nothing.
_SECONDS_OF_PATIENCE = 0.03


@dataclass
class LiveRun:
    """What a run works with. One thread, the main one.

    Attributes:
        feed: where frames come from.
        segmenter: finds the person.
        controls: what to draw.
        backdrops: the files of the backgrounds.
        preview: with words on it.
        outputs: without.
        report: takes a line for the person at the keyboard.
        size: (width, height) of the picture that is shown while the source is gone.
        flip: mirror the frames.
        figures: of what was shown.
    """

    feed: Feed
    segmenter: Segmenter
    controls: Controls
    backdrops: BackdropShelf
    preview: Preview
    outputs: Sequence[Output]
    report: Callable[[str], None]
    size: tuple[int, int]
    flip: bool = False
    figures: LiveFigures = field(default_factory=LiveFigures)
    _is_gone: bool = field(default=False, init=False)

    def until_end(self, frames: int | None = None, on_frame: Callable[[], object] | None = None) -> Ending:
        """Run, and return why it ended: a key, ``frames`` were shown, or nothing comes any more.

        Nothing but what was drawn of a matte is ever shown: whatever fails ends the run.

        Raises:
            UserError: the source, the model, or an output failed.
        """
        while True:
            for action in self.preview.actions():
                self.controls.do(action)
            if self.controls.has_quit:
                return "quit"
            if frames is not None and self.figures.drawn >= frames:
                return "frames"
            item = self.feed.take(_SECONDS_OF_PATIENCE)
            if isinstance(item, LiveFrame):
                self._show(item)
                if on_frame is not None:
                    on_frame()
            elif isinstance(item, SourceGone):
                self._show_absence(item)
            elif self.feed.has_ended:
                return "end"

    def _show(self, frame: LiveFrame) -> None:
        if self._is_gone:
            self._is_gone = False
            self.segmenter.reset()
        if self.flip:
            frame = LiveFrame(np.asarray(cv2.flip(frame.bgr, 1), np.uint8), frame.seconds, frame.came_at)
        began_ns = time.monotonic_ns()
        result = self.segmenter.segment(frame.bgr, frame.seconds)
        segmented_ns = time.monotonic_ns()
        picture = draw_live(frame, result, self.controls.look, self.backdrops)
        drawn_ns = time.monotonic_ns()
        for output in self.outputs:
            output.show(picture)
        self._preview(picture)
        shown_at = time.monotonic()
        times = FrameTimes(
            self.segmenter.infer_ns,
            segmented_ns - began_ns,
            drawn_ns - segmented_ns,
            round((shown_at - frame.came_at) * 1e9),
        )
        self.figures.frame_shown(shown_at, times)

    def _preview(self, picture: U8Image) -> None:
        if not self.controls.shows_times:
            self.preview.show(picture)
            return
        times = times_line(self.figures.infer_ms, self.figures.fps(time.monotonic()))
        look = self.controls.look
        shown = "mask" if look.view == "matte" else describe(look.background)
        keys = "b: background   m: mask   t: times   q: quit"
        self.preview.show(with_lines(picture, (times, shown, keys)))

    def _show_absence(self, gone: SourceGone) -> None:
        if not self._is_gone:
            self._is_gone = True
            self.figures.source_gone()
            self.report(gone.message)
        picture = plate(self.size)
        for output in self.outputs:
            output.show(picture)
        self.preview.show(with_lines(picture, (gone.message, "q: quit")))
