"""Makes one recording of another: decodes, segments, draws and encodes at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.codecs import EncoderPlan, plan_encoder, plan_matte_encoder
from selfieseg_engine.recording.drawing import FrameDrawer, is_transparent
from selfieseg_engine.recording.errors import unwritable
from selfieseg_engine.recording.facts import RecordingFacts
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.parcels import Frame, Parcel, SourceFrame, each_frame, without_lead_in
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.recording.relay import Relay
from selfieseg_engine.recording.sinks import PictureSink, Sink, VideoSink
from selfieseg_engine.recording.streams import describe
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.segmenter import Segmenter

_PICTURES = "png"


@dataclass(frozen=True)
class RecordingJob:
    """What is wanted of one recording.

    Attributes:
        output: of the pictures.
        matte_output: of the mattes, None for none.
        look: what to draw.
        codec: the encoder, None for the usual one.
        crf: its quality, None for a good one.
        leave_out: go without streams that the output cannot hold.
        repeatable: the same frames give the same bytes each time and on each machine; slower.
    """

    output: Output
    matte_output: Output | None
    look: Look
    codec: str | None = None
    crf: int | None = None
    leave_out: bool = False
    repeatable: bool = False


@dataclass(frozen=True)
class RecordingReport:
    """What was made: frames, the length in seconds, how it is encoded, and what of the input is not in it."""

    frames: int
    seconds: float
    codec: str
    pixel_format: str
    left_out: list[str]


@dataclass(frozen=True)
class _Segmented:
    source: SourceFrame
    result: SegmentationResult


@dataclass(frozen=True)
class _Drawn:
    """What the sinks have prepared."""

    picture: Any
    matte: Any | None


def make_recording(
    reader: RecordingReader, segmenter: Segmenter, job: RecordingJob, on_frame: Callable[[], None]
) -> RecordingReport:
    """Make the outputs; they appear when all is done, or not at all.

    Args:
        reader: of the input, from its start.
        segmenter: of the mattes; begins another stream. Used from another thread until this returns.
        job: what is wanted.
        on_frame: called for each frame that is written, from the calling thread.

    Raises:
        RecordingError: the input is damaged, or an output cannot be written.
        PictureError: the background's file cannot be had.
        InferenceError: OpenVINO failed.
    """
    facts = reader.facts
    alpha = is_transparent(job.look)
    with ExitStack() as stack:
        plan = plan_pictures(job, facts)
        drawer = open_drawer(job, facts, plan)
        stack.callback(drawer.close)
        made = _Part(stack, job.output)
        sink = _sink(made, plan, reader, job.leave_out)
        stack.callback(sink.abandon)
        made_matte, matte_sink = None, None
        if job.matte_output is not None:
            made_matte = _Part(stack, job.matte_output)
            matte_sink = _matte_sink(made_matte, reader, job.repeatable)
            stack.callback(matte_sink.abandon)
        segmenter.reset()
        frames, end = run_stages(reader, segmenter, drawer, sink, matte_sink, on_frame)
        made.move_in()
        if made_matte is not None:
            made_matte.move_in()
    left_out = [*(describe(stream) for stream in reader.passed_over), *sink.left_out]
    return RecordingReport(
        frames,
        end,
        _PICTURES if plan is None else plan.codec,
        ("bgra" if alpha else "bgr24") if plan is None else plan.pixel_format,
        left_out,
    )


def plan_pictures(job: RecordingJob, facts: RecordingFacts) -> EncoderPlan | None:
    """Return how the pictures are encoded, None for PNG. Pure. Raises ``RecordingError``."""
    if job.output.pattern is not None:
        return None
    return plan_encoder(
        job.output.suffix,
        is_transparent(job.look),
        job.codec,
        job.crf,
        facts.size,
        facts.chroma,
        facts.depth,
        facts.colours,
        job.repeatable,
    )


def open_drawer(job: RecordingJob, facts: RecordingFacts, plan: EncoderPlan | None) -> FrameDrawer:
    """Return what draws the pictures for ``plan``, to be closed. Raises ``PictureError``."""
    is_fine = facts.depth > 8 and (plan is None or plan.is_fine)
    return FrameDrawer(job.look, facts.size, is_fine, plan)


def run_stages(
    reader: RecordingReader,
    segmenter: Segmenter,
    drawer: FrameDrawer,
    sink: Sink,
    matte_sink: Sink | None,
    on_frame: Callable[[], None],
) -> tuple[int, float]:
    """Send all frames through all stages; return the number of those written, and when the last one begins.

    Raises as ``make_recording`` does.
    """

    def segment(frame: Frame[SourceFrame]) -> _Segmented:
        if frame.timing.looks_anew:
            segmenter.look_anew()
        return _Segmented(frame.content, segmenter.segment_small(frame.content.bgr, frame.timing.seconds))

    def draw(frame: Frame[_Segmented]) -> _Drawn:
        source = frame.content.source
        result = segmenter.fit(frame.content.result, source.bgr)
        seconds = frame.timing.seconds
        picture = drawer.draw_frame(source, result, seconds)
        if picture is None:
            picture = sink.prepare(drawer.draw(source, result, seconds))
        matte = None if matte_sink is None else matte_sink.prepare(drawer.matte(source, result))
        return _Drawn(picture, matte)

    frames, end = 0, 0.0
    with Relay() as relay:
        decoded = relay.ahead(reader.parcels(), "decode")
        segmented = relay.ahead(without_lead_in(each_frame(decoded, segment)), "segment")
        drawn = relay.ahead(each_frame(segmented, draw), "draw")
        for written in relay.ahead(_written(drawn, sink, matte_sink), "encode"):
            frames += 1
            end = written
            on_frame()
    return frames, end


def _written(parcels: Iterable[Parcel[_Drawn]], sink: Sink, matte_sink: Sink | None) -> Iterator[float]:
    """Write all and yield, for each frame, when it is shown."""
    for parcel in parcels:
        sink.copy(parcel.packets)
        if parcel.frame is None:
            continue
        drawn, timing = parcel.frame.content, parcel.frame.timing
        sink.write(drawn.picture, timing)
        if matte_sink is not None:
            matte_sink.write(drawn.matte, timing)
        yield timing.seconds
    sink.finish()
    if matte_sink is not None:
        matte_sink.finish()


class _Part:
    """An output while it is made, in a hidden folder beside its place that ``stack`` removes."""

    def __init__(self, stack: ExitStack, output: Output) -> None:
        self.output = output
        try:
            # A folder that is there may be another file system than the one around it.
            is_there = output.pattern is not None and output.path.is_dir()
            beside = output.path / output.picture_name(1) if is_there else output.path
            scratch = stack.enter_context(scratch_dir_beside(beside))
            self.path = scratch / ("pictures" if output.pattern is not None else f"made{output.suffix}")
            if output.pattern is not None:
                self.path.mkdir()
        except OSError as error:
            raise unwritable(output.path, error) from error

    def move_in(self) -> None:
        """Put it where it belongs. Raises ``RecordingError``."""
        try:
            self.output.move_in(self.path)
        except OSError as error:
            raise unwritable(self.output.path, error) from error


def _sink(part: _Part, plan: EncoderPlan | None, reader: RecordingReader, leave_out: bool) -> Sink:
    if plan is None:
        return PictureSink(part.output, part.path, [describe(stream) for stream in reader.copied_streams])
    return VideoSink(part.output, part.path, plan, reader.facts, reader, leave_out)


def _matte_sink(part: _Part, reader: RecordingReader, repeatable: bool) -> Sink:
    if part.output.pattern is not None:
        return PictureSink(part.output, part.path, [])
    plan = plan_matte_encoder(part.output.suffix, reader.facts.size, repeatable)
    return VideoSink(part.output, part.path, plan, reader.facts)
