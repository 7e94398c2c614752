"""Reads a recording: frames upright, with their times, and all else as packets. One thread at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.stream import Stream

from selfieseg_engine.plain_file import require_plain_file
from selfieseg_engine.recording.clock import FrameClock, first_start
from selfieseg_engine.recording.completeness import missing_bytes
from selfieseg_engine.recording.continuity import Continuity
from selfieseg_engine.recording.errors import closed_to_us, damaged, unreadable
from selfieseg_engine.recording.look_into import (
    decoder_of,
    facts_of,
    open_input,
    picture_track,
    starts_anywhere,
)
from selfieseg_engine.recording.parcels import Frame, Parcel, SourceFrame
from selfieseg_engine.recording.pixels import FrameUnpacker
from selfieseg_engine.recording.span import Span

COPIED_KINDS = ("audio", "subtitle")
# Subtitles come when something is said.
_STEADY_KINDS = ("video", "audio")
# So many packets at most wait for a frame: sound that goes on after the pictures is written bit by bit.
_MOST_PACKETS = 64
# These say their length in a header; a file that ends so long before was cut off.
_TELLING_FORMATS = ("mov", "matroska")
_MISSING_SECONDS = 1.0


@dataclass(frozen=True)
class _Stored:
    """A frame as decoded, if any, and the packets before it."""

    frame: av.VideoFrame | None
    packets: list[av.Packet[Stream]]


class RecordingReader:
    """One recording, open. A context manager.

    Args:
        path: of a plain file.
        salvage: pass over what is damaged instead of raising.
        span: read only this part, and no sound or subtitles; None for all.
        decoder_threads: how many decode pictures; 0 for as many as there are cores.

    Attributes:
        facts: of the picture track.
        container: open; for its other streams, metadata and chapters.
        video: the picture track.

    Raises:
        PictureError: there is no such file, or it may not be read.
        RecordingError: it is no recording with pictures in it, its first picture cannot be decoded, or the
            span cannot be had.
    """

    def __init__(
        self, path: Path, salvage: bool = False, span: Span | None = None, decoder_threads: int = 0
    ) -> None:
        require_plain_file(path)
        self._path = path
        self._salvage = salvage
        self._span = span
        self._frames_read = 0
        self._end_seconds = 0.0
        self._require_all_bytes()
        self.container = open_input(path)
        try:
            self.video = picture_track(path, self.container)
            self._decoder = decoder_of(self.video)
            self._decoder.thread_count = decoder_threads
            if span is not None:
                self._go_to(span)
            streams = self.container.streams
            self._continuity = Continuity() if starts_anywhere(self.container) else None
            self._shift = Fraction(0) if self._continuity is None else first_start(streams)
            self._stored = self._stored_parcels()
            self._begun, first = self._up_to_first_frame()
            self.facts = facts_of(path, self.container, self.video, self._decoder, first)
            self._unpacker = FrameUnpacker(self.facts)
        except BaseException:
            self.container.close()
            raise

    def __enter__(self) -> RecordingReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()

    @property
    def copied_streams(self) -> list[Stream]:
        """Return the streams whose packets come along."""
        return [stream for stream in self.container.streams if stream.type in COPIED_KINDS]

    @property
    def passed_over(self) -> list[Stream]:
        """Return the streams that are not read: further picture tracks, covers, time codes and the like."""
        return [
            stream
            for stream in self.container.streams
            if stream.type not in (*COPIED_KINDS, "attachment") and stream.index != self.video.index
        ]

    def parcels(self) -> Iterator[Parcel[SourceFrame]]:
        """Yield every frame once, in order; the other streams' packets in the order of the file. Call once.

        Raises:
            RecordingError: it is damaged (see ``salvage``); says at which frame.
        """
        clock = FrameClock(self.facts.time_base, self.facts.rate, self._shift)
        begun, self._begun = self._begun, []
        for stored in begun:
            yield self._unpacked(stored, clock)
        del begun
        for stored in self._stored:
            yield self._unpacked(stored, clock)
        if self._span is None or self._span.stop is None:
            self._require_whole()

    def _unpacked(self, stored: _Stored, clock: FrameClock) -> Parcel[SourceFrame]:
        for packet in stored.packets:
            _move(packet, -self._shift)
        if stored.frame is None:
            return Parcel(None, tuple(stored.packets))
        timing = clock.timing(stored.frame.pts, stored.frame.duration)
        if self._span is not None:
            pts = stored.frame.pts
            timing = replace(timing, is_lead_in=self._span.is_lead_in(pts), looks_anew=pts in self._span.anew)
        try:
            content = self._unpacker.unpack(stored.frame)
        except (av.FFmpegError, ValueError) as error:
            raise unreadable(
                self._path, f"its pixel format {stored.frame.format.name} is not known"
            ) from error
        return Parcel(Frame(timing, content), tuple(stored.packets))

    def _continue(self, packet: av.Packet[Stream]) -> None:
        """Let a packet's times go on from those before, in formats whose times may begin again."""
        if self._continuity is None or packet.time_base is None:
            return
        offset = self._continuity.newest
        if packet.stream.type in _STEADY_KINDS and packet.dts is not None:
            decoded, duration = packet.dts * packet.time_base, (packet.duration or 0) * packet.time_base
            offset = self._continuity.offset(packet.stream.index, decoded, duration)
        _move(packet, offset)

    def _go_to(self, span: Span) -> None:
        try:
            self.container.seek(span.key_dts, backward=True, stream=self.video)
        except av.FFmpegError as error:
            raise unreadable(self._path, "it cannot be read from the middle") from error

    def _up_to_first_frame(self) -> tuple[list[_Stored], av.VideoFrame]:
        parcels = []
        for stored in self._stored:
            parcels.append(stored)
            if stored.frame is not None:
                if self._span is not None and stored.frame.pts != self._span.lead_in:
                    raise unreadable(self._path, "a part of it is not where its index says")
                return parcels, stored.frame
        raise unreadable(self._path, "none of its pictures can be decoded")

    def _stored_parcels(self) -> Iterator[_Stored]:
        packets: list[av.Packet[Stream]] = []
        for packet in self._packets():
            if packet.stream.index == self.video.index:
                for frame in self._decoded(packet):
                    if self._span is not None and self._span.is_over(frame.pts):
                        return
                    yield _Stored(frame, packets)
                    packets = []
            elif packet.size:  # those without are the demuxer's way to say that nothing more comes
                packets.append(packet)
            if len(packets) >= _MOST_PACKETS:
                yield _Stored(None, packets)
                packets = []
        if packets:
            yield _Stored(None, packets)

    def _packets(self) -> Iterator[av.Packet[Stream]]:
        try:
            copied = self.copied_streams if self._span is None else []
            read = {stream.index for stream in (self.video, *copied)}
            for packet in self.container.demux():  # of all: the recording ends where the last of them does
                if packet.pts is not None and packet.time_base:
                    end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    self._end_seconds = max(self._end_seconds, end)
                if packet.stream.index in read:
                    self._continue(packet)
                    yield packet
        except av.FFmpegError as error:
            if not self._salvage:
                raise damaged(self._path, self._frames_read + 1, error.strerror or str(error)) from error
            last: av.Packet[Stream] = av.Packet()
            last.stream = self.video  # an empty packet: the decoder gives what it still has
            yield last

    def _decoded(self, packet: av.Packet[Stream]) -> list[av.VideoFrame]:
        try:
            self._require(not packet.is_corrupt, "a part of the file is missing or broken")
            frames = self._decoder.decode(packet)
        except av.FFmpegError as error:
            self._require(False, error.strerror or str(error))
            return []
        if self._span is not None:
            # Before the lead-in stands what leans on frames before the key frame: broken, and of no use.
            frames = [frame for frame in frames if not self._span.is_before(frame.pts)]
        for frame in frames:
            self._require(not frame.is_corrupt, "that frame is broken")
            self._frames_read += 1
        return frames

    def _require_all_bytes(self) -> None:
        try:
            missing = missing_bytes(self._path)
        except OSError as error:
            raise closed_to_us(self._path, error) from error
        if missing and not self._salvage:
            raise damaged(self._path, None, f"bytes missing at its end: {missing}")

    def _require_whole(self) -> None:
        told = self.container.duration
        if told is None or not any(name in self.container.format.name for name in _TELLING_FORMATS):
            return
        start = (self.container.start_time or 0) / av.time_base
        missing = start + told / av.time_base - self._end_seconds
        self._require(missing < _MISSING_SECONDS, f"{missing:.1f} seconds are missing at its end")

    def _require(self, sound: bool, why: str) -> None:
        if not sound and not self._salvage:
            raise damaged(self._path, self._frames_read + 1, why)


def _move(packet: av.Packet[Stream], seconds: Fraction) -> None:
    """Add to a packet's times."""
    ticks = round(seconds / packet.time_base)
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks
