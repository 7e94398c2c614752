"""Takes the pictures of a recording and writes them, to one file or as many PNG pictures."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, cast

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.stream import Stream
from av.video.stream import VideoStream

from selfieseg_engine.recording.codecs import EncoderPlan
from selfieseg_engine.recording.errors import RecordingError, unwritable
from selfieseg_engine.recording.facts import RecordingFacts
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.parcels import Timing
from selfieseg_engine.recording.pixels import FramePacker
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.recording.streams import StreamCopier, copy_head, copy_titles

Pixels = npt.NDArray[Any]

_USUAL_RATE = Fraction(30)
_FINEST_MOVIE_TICK = 2**31 - 1


class Sink(Protocol):
    """Where pictures go. ``prepare`` is one thread's, all else another's."""

    @property
    def left_out(self) -> list[str]:
        """Return what of the input is not in the output, in words."""

    def prepare(self, pixels: Pixels) -> Any:
        """Return a picture as ``write`` takes it: HxW grey, HxWx3 BGR or HxWx4 BGRA, straight."""

    def write(self, prepared: Any, timing: Timing) -> None:
        """Write the next picture. Raises ``RecordingError``."""

    def copy(self, packets: Iterable[av.Packet[Stream]]) -> None:
        """Write packets of the input's other streams. Raises ``RecordingError``."""

    def finish(self) -> None:
        """Write what is still to be written. Raises ``RecordingError``."""

    def abandon(self) -> None:
        """Let go of the file, which is of no use. May be called after ``finish``."""


class VideoSink:
    """One recording.

    Args:
        output: what it will be; for messages.
        path: where it is written for now.
        plan: how.
        facts: of the input.
        source: whose other streams are copied; None for none.
        leave_out: see ``StreamCopier``.

    Raises:
        RecordingError: the container cannot hold the codec or one of the streams.
    """

    def __init__(
        self,
        output: Output,
        path: Path,
        plan: EncoderPlan,
        facts: RecordingFacts,
        source: RecordingReader | None = None,
        leave_out: bool = False,
    ) -> None:
        self._target = output.path
        self._durations: dict[int, int] = {}
        self._packer = FramePacker(plan.pixel_format, plan.colours)
        self._time_base = facts.time_base
        self._container = av.open(
            str(path), "w", format=plan.container, container_options=_container_options(plan, facts, source)
        )
        try:
            self._copier = StreamCopier(self._container, leave_out)
            if source is None:
                self._video = self._add_video(plan, facts)
            else:
                self._add_like(source, plan, facts)
        except BaseException:
            self.abandon()
            raise

    @property
    def left_out(self) -> list[str]:
        """Return what streams of the input are not in the output, in words."""
        return self._copier.left_out

    def prepare(self, pixels: Pixels) -> av.VideoFrame:
        """Return a picture as a frame for the encoder."""
        return self._packer.pack(pixels)

    def write(self, prepared: av.VideoFrame, timing: Timing) -> None:
        """Encode the next frame."""
        prepared.pts, prepared.time_base = timing.pts, self._time_base
        self._durations[timing.pts] = timing.duration
        self._encode(prepared)

    def begin(self) -> bytes:
        """Write the head, for pictures that are encoded already; return the encoder's own head."""
        try:
            self._container.start_encoding()
        except (av.FFmpegError, OSError, ValueError) as error:
            raise unwritable(self._target, error) from error
        return self._video.codec_context.extradata or b""

    def write_encoded(self, packet: av.Packet[Stream]) -> None:
        """Write a picture that an encoder with the same plan has made."""
        packet.stream = self._video
        try:
            self._container.mux_one(packet)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise unwritable(self._target, error) from error

    def copy(self, packets: Iterable[av.Packet[Stream]]) -> None:
        """Write packets as they are."""
        try:
            for packet in packets:
                self._copier.copy(packet)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise unwritable(self._target, error) from error

    def finish(self) -> None:
        """Encode what the encoder holds back and close the file."""
        self._encode(None)
        try:
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise unwritable(self._target, error) from error

    def abandon(self) -> None:
        """Close the file as it is."""
        # What cannot be written now is what the error that led here was about.
        with contextlib.suppress(av.FFmpegError, OSError, ValueError):
            self._container.close()

    def _encode(self, frame: av.VideoFrame | None) -> None:
        try:
            for packet in self._video.encode(frame):
                duration = self._durations.pop(packet.pts, 0) if packet.pts is not None else 0
                if duration:
                    packet.duration = duration
                self._container.mux_one(cast("av.Packet[Stream]", packet))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise unwritable(self._target, error) from error

    def _add_like(self, source: RecordingReader, plan: EncoderPlan, facts: RecordingFacts) -> None:
        copied = {stream.index for stream in source.copied_streams}
        for stream in source.container.streams:
            if stream.index == source.video.index:
                self._video = self._add_video(plan, facts)
                copy_titles(stream, self._video)
            elif stream.index in copied or stream.type == "attachment":
                self._copier.add(stream)
        copy_head(source.container, self._container)

    def _add_video(self, plan: EncoderPlan, facts: RecordingFacts) -> VideoStream:
        try:
            added = self._container.add_stream(
                plan.codec, facts.rate or _USUAL_RATE, options=dict(plan.settings), time_base=facts.time_base
            )
        except (ValueError, av.FFmpegError) as error:
            raise RecordingError(
                f"{self._target} cannot be written",
                f"a {plan.container} file cannot hold {plan.codec}, or that codec is not here",
                "leave out --codec or use another ending",
            ) from error
        stream = cast("VideoStream", added)
        context = stream.codec_context
        context.width, context.height = facts.size
        context.pix_fmt = plan.pixel_format
        context.time_base = facts.time_base
        if facts.pixel_aspect is not None:
            context.sample_aspect_ratio = facts.pixel_aspect
        plan.colours.mark(context)
        if plan.tag is not None:
            context.codec_tag = plan.tag
        if plan.pixel_format.startswith("yuva") and plan.container in ("webm", "matroska"):
            stream.metadata["alpha_mode"] = "1"  # without it players show the colours beneath
        return stream


class PictureSink:
    """Numbered PNG pictures in a folder of their own. Timestamps have no place there, nor has sound.

    Args:
        output: what they will be; names them.
        folder: where they are written for now.
        left_out: see the property.
    """

    def __init__(self, output: Output, folder: Path, left_out: list[str]) -> None:
        self._output = output
        self._folder = folder
        self._written = 0
        self._left_out = left_out

    @property
    def left_out(self) -> list[str]:
        """Return what of the input is not in the output, in words."""
        return self._left_out

    def prepare(self, pixels: Pixels) -> npt.NDArray[np.uint8]:
        """Return the PNG's bytes."""
        done, encoded = cv2.imencode(".png", pixels)
        assert done  # any array of such a shape can be a PNG
        return np.asarray(encoded, np.uint8)

    def write(self, prepared: npt.NDArray[np.uint8], timing: Timing) -> None:
        """Write the next picture."""
        self._written += 1
        path = self._folder / self._output.picture_name(self._written)
        try:
            path.write_bytes(prepared.tobytes())
        except OSError as error:
            raise unwritable(self._output.path, error) from error

    def copy(self, packets: Iterable[av.Packet[Stream]]) -> None:
        """Drop packets: pictures have no sound."""

    def finish(self) -> None:
        """Do nothing: every picture is whole."""

    def abandon(self) -> None:
        """Do nothing: no file is open."""


def _container_options(
    plan: EncoderPlan, facts: RecordingFacts, source: RecordingReader | None
) -> dict[str, str]:
    if plan.container not in ("mp4", "mov"):
        return dict(plan.container_settings)
    # Where a track begins is written in ticks of the whole, and milliseconds would be too coarse.
    ticks = [facts.time_base.denominator]
    if source is not None:
        ticks += [stream.time_base.denominator for stream in source.copied_streams if stream.time_base]
    common = math.lcm(*ticks)
    finest = common if common <= _FINEST_MOVIE_TICK else facts.time_base.denominator
    return {**plan.container_settings, "movie_timescale": str(finest)}
