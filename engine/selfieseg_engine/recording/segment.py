"""Makes the pictures of a part of a recording, to be joined with others later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
from av.stream import Stream

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.recording.codecs import EncoderPlan, plan_matte_encoder
from selfieseg_engine.recording.errors import unwritable
from selfieseg_engine.recording.facts import RecordingFacts
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.parcels import Timing
from selfieseg_engine.recording.pipeline import RecordingJob, open_drawer, plan_pictures, run_stages
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.recording.sinks import VideoSink
from selfieseg_engine.segmenter import Segmenter

# NUT takes every codec here but one, as the encoder gives it and with any time base.
_CONTAINER = {"prores_ks": "mov"}
_USUAL_CONTAINER = "nut"
_KEEP_TIMES = {"avoid_negative_ts": "disabled"}


@dataclass(frozen=True)
class SegmentFiles:
    """Where the encoded pictures of a part lie, and those of its mattes (None: none are wanted)."""

    pictures: Path
    mattes: Path | None

    @property
    def encoded(self) -> tuple[Path, ...]:
        """Return all files with pictures."""
        return (self.pictures,) if self.mattes is None else (self.pictures, self.mattes)

    @property
    def all(self) -> tuple[Path, ...]:
        """Return these, and those with the durations."""
        return (*self.encoded, *map(durations_path, self.encoded))


def can_be_joined(job: RecordingJob, plan: EncoderPlan) -> bool:
    """Return whether a recording that is made in parts is as good as one that is made in one go. Pure.

    VP9 has its transparency beside the picture, where NUT has no place, and a background that plays knows
    where it stands only if it has played from the beginning.
    """
    has_alpha_beside = plan.codec == "libvpx-vp9" and plan.pixel_format.startswith("yuva")
    return job.output.pattern is None and not has_alpha_beside and job.look.background.kind != "video"


def make_segment(
    reader: RecordingReader,
    segmenter: Segmenter,
    job: RecordingJob,
    files: SegmentFiles,
    on_frame: Callable[[], None],
) -> int:
    """Make the pictures of the reader's span, and return how many they are.

    ``job`` is of the whole recording. Frames of the lead-in are segmented, so that the mattes at the span's
    start have frames to lean on, and not written. Each file gets another one beside it, of the same name and
    the ending ``.json``, with the durations. Raises as ``make_recording`` does.
    """
    plan = plan_pictures(job, reader.facts)
    assert plan is not None  # see can_be_joined
    with ExitStack() as stack:
        drawer = open_drawer(job, reader.facts, plan)
        stack.callback(drawer.close)
        sink = SegmentSink(job.output, files.pictures, plan, reader.facts)
        stack.callback(sink.abandon)
        matte_sink = None
        if files.mattes is not None and job.matte_output is not None:
            matte_plan = plan_matte_encoder(job.matte_output.suffix, reader.facts.size, job.repeatable)
            matte_sink = SegmentSink(job.matte_output, files.mattes, matte_plan, reader.facts)
            stack.callback(matte_sink.abandon)
        segmenter.reset()
        frames, _ = run_stages(reader, segmenter, drawer, sink, matte_sink, on_frame)
    return frames


def durations_path(encoded: Path) -> Path:
    """Return where the durations of a segment's frames are kept."""
    return encoded.with_suffix(".json")


class SegmentSink(VideoSink):
    """Encoded pictures alone, and how long each is shown, which their format does not tell.

    Args:
        output: of the whole; for messages.
        path: of the segment.
        plan: of the whole.
        facts: of the input.
    """

    def __init__(self, output: Output, path: Path, plan: EncoderPlan, facts: RecordingFacts) -> None:
        container = _CONTAINER.get(plan.codec, _USUAL_CONTAINER)
        alone = replace(plan, container=container, tag=None, container_settings=_KEEP_TIMES)
        super().__init__(output, path, alone, facts)
        self._segment = path
        self._shown: dict[int, int] = {}

    def write(self, prepared: av.VideoFrame, timing: Timing) -> None:
        """Encode the next frame."""
        self._shown[timing.pts] = timing.duration
        super().write(prepared, timing)

    def copy(self, packets: Iterable[av.Packet[Stream]]) -> None:
        """Drop packets: who joins the segments copies them."""

    def finish(self) -> None:
        """Write what is still to be written. Raises ``RecordingError``."""
        super().finish()
        content: dict[str, Any] = {"shown": list(self._shown.items())}
        try:
            write_bytes_atomically(durations_path(self._segment), json.dumps(content).encode())
        except OSError as error:
            raise unwritable(self._segment, error) from error
