"""Opens what a live run needs, in the order in which it may fail: quick and likely first. The main thread's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.camera import Camera
from selfieseg_engine.live.controls import Controls
from selfieseg_engine.live.feeds import EveryFrame, Feed, NewestFrame
from selfieseg_engine.live.job import LiveJob
from selfieseg_engine.live.playback import Playback, at_own_pace
from selfieseg_engine.live.run import LiveRun
from selfieseg_engine.live.screen import NoPreview, Preview
from selfieseg_engine.live.virtual_camera import VirtualCamera
from selfieseg_engine.live.window import Window
from selfieseg_engine.segmenter import Segmenter


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

    def begin(self, segmenter: Segmenter, report: Callable[[str], None], stack: ExitStack) -> LiveRun:
        """Let frames flow and return what shows them; ``stack`` stops them."""
        feed = _start_feed(self.job, self.source)
        stack.callback(feed.close)
        return LiveRun(
            feed,
            segmenter,
            Controls(self.job.look, self.job.backgrounds),
            self.backdrops,
            self.preview,
            () if self.virtual_camera is None else (self.virtual_camera,),
            report,
            self.size,
            self.job.flip,
        )


def open_stage(job: LiveJob, report: Callable[[str], None], stack: ExitStack) -> Stage:
    """Open window, source, virtual camera and backgrounds; ``stack`` closes them.

    Raises:
        UserError: one of them cannot be had.
    """
    preview = stack.enter_context(Window()) if job.has_window else NoPreview()
    source: Camera | Playback
    if job.recording is None:
        source = stack.enter_context(Camera(job.camera, job.wish, waits=job.is_watched))
    else:
        source = stack.enter_context(Playback(job.recording, job.loop))
    virtual_camera = None
    if job.has_virtual_camera:
        virtual_camera = stack.enter_context(VirtualCamera(source.size, source.fps))
    backdrops = BackdropShelf(job.backgrounds, source.size, lambda error: report(str(error)))
    stack.callback(backdrops.close)
    return Stage(job, source, preview, virtual_camera, backdrops)


def _start_feed(job: LiveJob, source: Camera | Playback) -> Feed:
    stopping = threading.Event()
    if isinstance(source, Camera):
        return NewestFrame(source.items(stopping), stopping, "live camera")
    if job.is_watched:
        return NewestFrame(at_own_pace(source.frames(), stopping), stopping, "live playback")
    return EveryFrame(source.frames())
