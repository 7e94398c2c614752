"""Joins segments to the recording that they are parts of: copies packets, encodes nothing."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer

from selfieseg_engine.recording.codecs import EncoderPlan
from selfieseg_engine.recording.decoding_times import decoding_times
from selfieseg_engine.recording.errors import UnreadableError, damaged
from selfieseg_engine.recording.look_into import open_input
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.reader import COPIED_KINDS, RecordingReader
from selfieseg_engine.recording.segment import durations_path
from selfieseg_engine.recording.sinks import VideoSink

Packet: TypeAlias = "av.Packet[Any]"
Stored: TypeAlias = tuple[float, bool, "Packet"]  # when, in seconds; whether it is a picture; what


class NotJoinedError(UnreadableError):
    """The segments do not fit together: the recording has to be made in one go."""

    def __init__(self, what: str, why: str, remedy: str = "run it again") -> None:
        super().__init__(what, why, remedy)


def join_segments(
    segments: Sequence[Path],
    output: Output,
    path: Path,
    plan: EncoderPlan,
    reader: RecordingReader,
    source: Path | None,
    leave_out: bool,
) -> tuple[int, list[str]]:
    """Write the recording to ``path``; return its number of frames, and what of the input is not in it.

    Args:
        segments: of ``make_segment``, in order.
        output: what it will be; for messages.
        path: where it is written.
        plan: with which the segments were encoded.
        reader: of the whole input; its frames are not read.
        source: the input, whose sound and subtitles are copied; None for a recording without.
        leave_out: see ``StreamCopier``.

    Raises:
        NotJoinedError: the segments are not encoded alike, or their times overlap.
        RecordingError: a file cannot be read or written.
    """
    shown = [pts for segment in segments for pts in _shown_times(segment, reader.facts.time_base)]
    if len(set(shown)) < len(shown):
        raise NotJoinedError(f"{output.path} cannot be joined", "two of its frames are shown at one time")
    sink = VideoSink(
        output, path, plan, reader.facts, None if source is None else reader, leave_out=leave_out
    )
    with ExitStack() as stack:
        stack.callback(sink.abandon)
        head = sink.begin()
        pictures = _pictures(segments, head, reader, shown)
        others: Iterator[Stored] = iter(())
        if source is not None:
            others = _others(source, stack.enter_context(open_input(source)))
        for _, is_picture, packet in heapq.merge(pictures, others, key=lambda each: each[0]):
            if is_picture:
                sink.write_encoded(packet)
            else:
                sink.copy([packet])
        sink.finish()
    return len(shown), sink.left_out


def _shown_times(segment: Path, time_base: Fraction) -> Iterator[int]:
    """Yield when the frames of a segment are shown, as they are stored, in ticks of ``time_base``."""
    with _opened(segment) as container:
        for packet in container.demux(video=0):
            if packet.size:
                yield _ticks(packet, time_base)


@contextmanager
def _opened(segment: Path) -> Iterator[InputContainer]:
    """Open a segment; whatever is wrong with it is a ``NotJoinedError``."""
    try:
        with av.open(str(segment)) as container:
            yield container
    except av.FFmpegError as error:
        raise NotJoinedError(f"{segment} cannot be joined", error.strerror or str(error)) from error


def _ticks(packet: Packet, time_base: Fraction) -> int:
    ticks = (packet.pts or 0) * packet.time_base / time_base
    if packet.pts is None or ticks.denominator != 1:
        raise NotJoinedError("a segment cannot be joined", "its times are not those of the recording")
    return int(ticks)


def _pictures(
    segments: Sequence[Path], head: bytes, reader: RecordingReader, shown: Sequence[int]
) -> Iterator[Stored]:
    """Yield the pictures."""
    time_base = reader.facts.time_base
    stored = iter(decoding_times(shown))
    for segment in segments:
        durations = dict(json.loads(durations_path(segment).read_text(encoding="utf-8"))["shown"])
        with _opened(segment) as container:
            context = container.streams.video[0].codec_context
            if (context.extradata or b"") != head or (context.width, context.height) != reader.facts.size:
                raise NotJoinedError("a segment cannot be joined", "it is encoded otherwise")
            for packet in container.demux(video=0):
                if not packet.size:
                    continue
                pts = _ticks(packet, time_base)
                packet.time_base = time_base
                packet.pts, packet.dts = pts, next(stored)
                packet.duration = durations[pts]
                yield float(packet.dts * time_base), True, packet


def _others(source: Path, container: InputContainer) -> Iterator[Stored]:
    """Yield sound and subtitles."""
    streams = [stream for stream in container.streams if stream.type in COPIED_KINDS]
    last = 0.0
    try:
        for packet in container.demux(streams) if streams else ():
            if packet.size:
                stored = packet.pts if packet.dts is None else packet.dts
                last = last if stored is None else float(stored * packet.time_base)
                yield last, False, packet
    except av.FFmpegError as error:
        raise damaged(source, 1, error.strerror or str(error)) from error
