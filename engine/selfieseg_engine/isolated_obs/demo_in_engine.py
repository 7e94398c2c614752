"""The demo without OBS: the same moving picture through the engine alone. Any thread."""

from __future__ import annotations

import time

import numpy as np

from selfieseg_engine import Segmenter, composite
from selfieseg_engine.isolated_obs import demo_clip
from selfieseg_engine.isolated_obs.demo_report import Measurements, Pictures

_BACKGROUND = "blur:50"


def run_in_engine() -> tuple[Measurements, Pictures]:
    """Segment and composite one loop of the clip, paced as a camera would; there is no callback to time."""
    ages_ms = []
    with Segmenter(
        refine=False, smoothing=0
    ) as segmenter:  # as the preset says, beside drawing on one processor
        segmenter.segment(np.zeros((*demo_clip.SIZE[::-1], 3), np.uint8))  # the first one warms up
        clip = list(demo_clip.frames(demo_clip.fetch_photo()))
        started = time.monotonic()
        for index, frame in enumerate(clip):
            time.sleep(max(0.0, started + index / demo_clip.FPS - time.monotonic()))
            arrived = time.monotonic()
            result = segmenter.segment(frame, timestamp=index / demo_clip.FPS)
            ages_ms.append((time.monotonic() - arrived) * 1000)
            after = composite(frame, result, background=_BACKGROUND)
        seconds = max(time.monotonic() - started, len(clip) / demo_clip.FPS)
        measured = Measurements(
            obs=None,
            model=segmenter.model_id,
            device=segmenter.device,
            mattes=len(ages_ms),
            matte_fps=len(ages_ms) / seconds,
            source_fps=demo_clip.FPS,
            matte_age_ms_p50=float(np.median(ages_ms)),
            callback_ms_p50=0.0,
            callback_ms_p99=0.0,
            preset="fast",
        )
    u8_matte = np.rint(result.matte * 255).astype(np.uint8)
    return measured, Pictures(before=frame, after=after, matte=np.repeat(u8_matte[..., None], 3, axis=2))
