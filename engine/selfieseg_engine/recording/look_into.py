"""Opens a recording and finds out what it is. One thread at a time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av import VideoCodecContext
from av.buffer import Buffer
from av.codec.context import ThreadType
from av.container import InputContainer
from av.format import Flags
from av.stream import Disposition
from av.video.stream import VideoStream

from selfieseg_engine.pictures import MAX_SIDE
from selfieseg_engine.recording.colours import ColourTags
from selfieseg_engine.recording.errors import RecordingError, unreadable
from selfieseg_engine.recording.facts import RecordingFacts
from selfieseg_engine.recording.orientation import Orientation, read_display_matrix
from selfieseg_engine.recording.pixels import chroma_of

# FFmpeg's own decoders of these read the colours only; libvpx's read the transparency beside them, too.
_DECODERS_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def open_input(path: Path) -> InputContainer:
    """Open a plain file. Raises ``RecordingError``."""
    try:
        # By its whole name and as a file: "http:x" is no address here, nor may a playlist fetch anything.
        return av.open(
            f"file:{path.absolute()}", options={"protocol_whitelist": "file"}, metadata_errors="replace"
        )
    except (av.FFmpegError, ValueError) as error:
        why = "it is empty" if path.stat().st_size == 0 else "it is not a recording, or damaged"
        raise unreadable(path, why) from error


def picture_track(path: Path, container: InputContainer) -> VideoStream:
    """Return the first picture track that is no cover. Raises ``RecordingError`` where there is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            if stream.codec_context is None:
                raise unreadable(path, "no decoder for its pictures is known here")
            stream.thread_type = ThreadType.AUTO
            return stream
    raise unreadable(path, "there are no pictures in it, only sound")


def decoder_of(video: VideoStream) -> VideoCodecContext:
    """Return what decodes a picture track: its own decoder, or another one where that loses transparency."""
    own = video.codec_context
    name = _DECODERS_WITH_ALPHA.get(own.name)
    if name is None or not _tells_alpha(video):
        return own
    decoder = cast("VideoCodecContext", av.CodecContext.create(name, "r"))
    decoder.extradata = own.extradata
    decoder.thread_count = 0  # as many as there are processors
    return decoder


def _tells_alpha(video: VideoStream) -> bool:
    """Return whether a WebM or Matroska track says that its pictures are transparent."""
    return any(key.lower() == "alpha_mode" and value == "1" for key, value in video.metadata.items())


def starts_anywhere(container: InputContainer) -> bool:
    """Return whether the format's timestamps begin at any number, as those of broadcasts do."""
    return bool(container.format.flags & cast("int", Flags.ts_discont.value))


def facts_of(
    path: Path,
    container: InputContainer,
    video: VideoStream,
    decoder: VideoCodecContext,
    first: av.VideoFrame,
) -> RecordingFacts:
    """Return the facts, given the first frame of ``decoder``.

    Raises ``RecordingError`` for frames that are too large.
    """
    width, height = first.width, first.height
    if max(width, height) > MAX_SIDE:
        raise RecordingError(
            f"{path} is too large",
            f"it is {width}x{height}, and a side may have {MAX_SIDE} pixels",
            "make it smaller",
        )
    orientation = _orientation_of(first)
    rate = video.average_rate or video.guessed_rate
    aspect = video.sample_aspect_ratio
    if aspect and orientation.transposed:
        aspect = 1 / aspect
    return RecordingFacts(
        size=orientation.size(width, height),
        stored_size=(width, height),
        orientation=orientation,
        pixel_aspect=aspect or None,
        time_base=video.time_base or Fraction(1, 90000),
        rate=rate or None,
        frame_count=_frame_count(container, video, rate),
        colours=ColourTags.of(decoder),
        depth=max(part.bits for part in first.format.components),
        chroma=chroma_of(first.format),
        has_alpha=any(part.is_alpha for part in first.format.components),
    )


def _orientation_of(frame: av.VideoFrame) -> Orientation:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return Orientation() if matrix is None else read_display_matrix(bytes(cast("Buffer", matrix)))


def _frame_count(container: InputContainer, video: VideoStream, rate: Fraction | None) -> int | None:
    if video.frames:
        return video.frames
    if rate and container.duration:
        return max(1, round(container.duration / av.time_base * rate))
    return None
