"""The loop: takes what was found in a frame, draws, shows; until somebody ends it. The main thread's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.controls import Controls, describe
from selfieseg_engine.live.drawing import draw_live
from selfieseg_engine.live.feed import Feed
from selfieseg_engine.live.figures import FrameTimes, LiveFigures
from selfieseg_engine.live.items import SourceGone
from selfieseg_engine.live.overlay import plate, times_line, with_lines
from selfieseg_engine.live.screen import Output, Preview, U8Image
from selfieseg_engine.live.segmented import SegmentedFrame

Ending = Literal["quit", "frames", "end"]

# So long at most a key waits for a source that sends nothing.
_SECONDS_OF_PATIENCE = 0.03


@dataclass
class LiveRun:
    """What a run works with. One thread, the main one.

    Attributes:
        feed: where frames come from, with what was found in them.
        controls: what to draw.
        backdrops: the files of the backgrounds.
        preview: with words on it.
        outputs: without.
        report: takes a line for the person at the keyboard.
        size: (width, height) of the picture that is shown while the source is gone.
        figures: of what was shown.
    """

    feed: Feed[SegmentedFrame | SourceGone]
    controls: Controls
    backdrops: BackdropShelf
    preview: Preview
    outputs: Sequence[Output]
    report: Callable[[str], None]
    size: tuple[int, int]
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
            if isinstance(item, SegmentedFrame):
                self._show(item)
                if on_frame is not None:
                    on_frame()
            elif isinstance(item, SourceGone):
                self._show_absence(item)
            elif self.feed.has_ended:
                return "end"

    def _show(self, found: SegmentedFrame) -> None:
        self._is_gone = False
        began_ns = time.monotonic_ns()
        picture = draw_live(found.frame, found.result, self.controls.look, self.backdrops)
        drawn_ns = time.monotonic_ns()
        for output in self.outputs:
            output.show(picture)
        self._preview(picture)
        now = time.monotonic()
        delay_ns = round((now - found.frame.came_at) * 1e9)
        times = FrameTimes(found.infer_ns, found.segment_ns, drawn_ns - began_ns, delay_ns)
        self.figures.frame_shown(now, times)

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
