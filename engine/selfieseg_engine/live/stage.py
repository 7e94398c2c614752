"""Opens what a live run needs, what may fail quickly first. The main thread's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from selfieseg_engine.compile_ahead import compile_composites, compile_mattes
from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.camera import Camera, OpenCapture, open_capture
from selfieseg_engine.live.controls import Controls
from selfieseg_engine.live.feed import Feed
from selfieseg_engine.live.items import LiveItem, SourceGone
from selfieseg_engine.live.job import LiveJob
from selfieseg_engine.live.playback import Playback, at_own_pace
from selfieseg_engine.live.run import LiveRun
from selfieseg_engine.live.screen import NoPreview, Preview
from selfieseg_engine.live.segmented import SegmentedFrame, segmented
from selfieseg_engine.live.virtual_camera import VirtualCamera
from selfieseg_engine.live.window import Window
from selfieseg_engine.segmenter import Segmenter


@dataclass(frozen=True)
class Show:
    """Frames that flow: from ``source``, shown by ``run``."""

    source: Feed[LiveItem]
    run: LiveRun


@dataclass(frozen=True)
class Stage:
    """All that is open, but for the model.

    Attributes:
        size: (width, height) of the source's frames.
        frame_count: how many frames will come; None where that is not known.
        virtual_camera: the device that others see; None for none.
    """

    job: LiveJob
    source: Camera | Playback
    preview: Preview
    virtual_camera: VirtualCamera | None
    backdrops: BackdropShelf

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of the source's frames."""
        return self.source.size

    @property
    def frame_count(self) -> int | None:
        """Return how many frames will be shown at most; None where that is not known."""
        known = self.source.frame_count if isinstance(self.source, Playback) else None
        counts = [count for count in (known, self.job.frames) if count is not None]
        return min(counts, default=None)

    def begin(self, segmenter: Segmenter, report: Callable[[str], None], stack: ExitStack) -> Show:
        """Let frames flow; ``stack`` stops them."""
        compile_mattes()  # seconds on a new machine: not while somebody waits for the second frame
        compile_composites()
        source = self._source_feed()
        found: Feed[SegmentedFrame | SourceGone] = Feed("live segmenter", keeps_newest=False)
        stack.callback(found.close)
        stack.callback(source.close)  # first: the other waits for it
        found.start(segmented(source.each(), segmenter, self.job.flip))
        outputs = () if self.virtual_camera is None else (self.virtual_camera,)
        controls = Controls(self.job.look, self.job.backgrounds)
        controls.shows_times = self.job.has_window
        run = LiveRun(found, controls, self.backdrops, self.preview, outputs, report, self.size)
        return Show(source, run)

    def _source_feed(self) -> Feed[LiveItem]:
        items: Iterator[LiveItem]
        if isinstance(self.source, Camera):
            feed: Feed[LiveItem] = Feed("live camera", keeps_newest=True)
            items = self.source.items(feed.stopping)
        else:
            feed = Feed("live playback", keeps_newest=self.job.is_watched)
            items = self.source.frames()
            if self.job.is_watched:
                items = at_own_pace(self.source.frames(), feed.stopping)
        feed.start(items)
        return feed


def open_stage(
    job: LiveJob, report: Callable[[str], None], stack: ExitStack, open_with: OpenCapture = open_capture
) -> Stage:
    """Open window, source, virtual camera and backgrounds; ``stack`` closes them.

    Args:
        job: what is wanted.
        report: takes lines for the person at the keyboard.
        stack: the caller's.
        open_with: opens the camera.

    Raises:
        UserError: one of them cannot be had.
    """
    preview = stack.enter_context(Window()) if job.has_window else NoPreview()
    source: Camera | Playback
    if job.recording is None:
        source = stack.enter_context(Camera(job.camera, job.wish, job.is_watched, open_with))
    else:
        source = stack.enter_context(Playback(job.recording, job.loop, job.salvage))
    virtual_camera = None
    if job.has_virtual_camera:
        virtual_camera = stack.enter_context(VirtualCamera(source.size, source.fps))
    backdrops = BackdropShelf(job.backgrounds, source.size, lambda error: report(str(error)))
    stack.callback(backdrops.close)
    return Stage(job, source, preview, virtual_camera, backdrops)
