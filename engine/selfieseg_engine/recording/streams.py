"""Copies what is no picture: sound, subtitles, attachments, chapters, titles. One thread at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from selfieseg_engine.recording.errors import RecordingError

_NO_TEXT = b"\0\0"
_KEEPS_ATTACHMENTS = "matroska"
# True of the old file only, or written anew.
_OF_THE_FILE = ("encoder", "major_brand", "minor_version", "compatible_brands", "rotate", "duration")
_STATISTICS = ("BPS", "NUMBER_OF_", "_STATISTICS", "DURATION")


class StreamCopier:
    """The copied streams of one output.

    Args:
        output: has no packets yet.
        leave_out: leave out streams that the output cannot hold, instead of raising.

    Attributes:
        left_out: what the streams are that the output does not hold, in words.
    """

    def __init__(self, output: OutputContainer, leave_out: bool) -> None:
        self._output = output
        self._leave_out = leave_out
        self._copies: dict[int, Stream] = {}
        self.left_out: list[str] = []

    def add(self, stream: Stream) -> None:
        """Give the output a stream like this one. Raises ``RecordingError`` where it cannot hold it."""
        if stream.type == "attachment" and self._output.format.name != _KEEPS_ATTACHMENTS:
            self.left_out.append(describe(stream))
            return
        try:
            copy = self._output.add_stream_from_template(stream)
        except (ValueError, av.FFmpegError) as error:
            if not self._leave_out:
                raise RecordingError(
                    f"the {describe(stream)} cannot be copied",
                    f"a {self._output.format.name} file cannot hold that",
                    "use another ending such as .mkv, or --leave-out to go without",
                ) from error
            self.left_out.append(describe(stream))
            return
        copy_titles(stream, copy)
        self._copies[stream.index] = copy

    def copy(self, packet: av.Packet[Stream]) -> None:
        """Write a packet of an input stream; one that was left out is dropped. Raises ``FFmpegError``."""
        copy = self._copies.get(packet.stream.index)
        if copy is not None and not _fills_a_gap(packet):
            packet.stream = copy
            self._output.mux_one(packet)


def _fills_a_gap(packet: av.Packet[Stream]) -> bool:
    """Return whether it is an MP4's empty subtitle between two, of which the output gets its own."""
    return packet.stream.codec_context.name == "mov_text" and bytes(packet)[:2] == _NO_TEXT


def describe(stream: Stream) -> str:
    """Return what a stream is, such as ``audio stream 1 (aac)``."""
    codec = stream.codec_context.name if stream.codec_context is not None else "unknown"
    return f"{stream.type} stream {stream.index} ({codec})"


def copy_titles(source: Stream, copy: Stream) -> None:
    """Copy language, title and role of a stream."""
    copy.metadata.update(_still_true(source.metadata))
    copy.disposition = cast("Disposition", source.disposition.value)  # older PyAV takes the number only


def copy_head(source: InputContainer, output: OutputContainer) -> None:
    """Copy the title and all else that is said of the whole, and the chapters."""
    output.metadata.update(_still_true(source.metadata))
    chapters = source.chapters()
    if chapters:
        output.set_chapters(chapters)


def _still_true(metadata: Mapping[str, str]) -> dict[str, str]:
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _OF_THE_FILE and not key.upper().lstrip("_").startswith(_STATISTICS)
    }
