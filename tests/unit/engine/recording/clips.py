"""Writes small recordings of a person with PyAV, and reads recordings back packet by packet."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]

RATE = 48000
# Tick by tick: a recording whose rate changes all the time.
UNEVEN = (0, 512, 1400, 1401, 3000, 3600, 5120, 7000)
TIME_BASE = Fraction(1, 15360)


@dataclass(frozen=True)
class Track:
    """What a recording holds for one stream: times in seconds, bytes of the packets."""

    kind: str
    codec: str
    times: list[Fraction]
    packets: list[bytes]
    language: str


def walk(person_bgr: U8Image, count: int, size: tuple[int, int] = (160, 120)) -> list[U8Image]:
    """Return ``count`` pictures of ``size`` = (width, height) in which the person moves to the left."""
    width, height = size
    rows = np.linspace(0, person_bgr.shape[0] - 1, height).astype(int)
    columns = np.linspace(0, person_bgr.shape[1] - 1, width).astype(int)
    picture = person_bgr[rows][:, columns]
    return [np.ascontiguousarray(np.roll(picture, -step, axis=1)) for step in range(count)]


def write_clip(
    path: Path,
    pictures: Sequence[npt.NDArray[Any]],
    *,
    ticks: Sequence[int] | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    tags: tuple[int, int, int, int] | None = None,
    sound_from: float | None = None,
    subtitles: str | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    array_format: str = "bgr24",
) -> Path:
    """Write a recording.

    Args:
        path: its name; the ending gives the container.
        pictures: its frames.
        ticks: their times in 1/15360 s; None is 30 a second.
        codec: of the pictures.
        pixel_format: of the pictures.
        tags: range, matrix, primaries, transfer.
        sound_from: when a tone begins; None for no sound.
        subtitles: codec of two lines of text; None for none.
        options: of the encoder.
        container_options: of the container.
        array_format: of ``pictures``.
    """
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", container_options=container_options) as container:
        video: Any = container.add_stream(codec, 30, options=options, time_base=TIME_BASE)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = width, height, pixel_format
        context.time_base = TIME_BASE
        if tags is not None:
            context.color_range, context.colorspace, context.color_primaries, context.color_trc = tags
        sound: Any = None
        if sound_from is not None:
            sound = container.add_stream("aac", RATE, layout="stereo")
            sound.metadata["language"] = "jpn"
        words: Any = None
        if subtitles is not None:
            words = container.add_mux_stream(subtitles, time_base=Fraction(1, 1000))
            words.metadata["language"] = "ita"
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, array_format).reformat(
                format=pixel_format, dst_color_range=None if tags is None else tags[0]
            )
            frame.pts, frame.time_base = (ticks[index] if ticks else index * 512), TIME_BASE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None and sound_from is not None:
            _write_tone(container, sound, sound_from, len(pictures) / 30)
        if words is not None:
            for index, text in enumerate(("Guten Tag", "Auf Wiedersehen")):
                length = struct.pack(">H", len(text)) if subtitles == "mov_text" else b""
                packet: Any = av.Packet(length + text.encode())
                packet.stream, packet.time_base = words, Fraction(1, 1000)
                packet.pts = packet.dts = index * 100
                packet.duration = 90
                container.mux_one(packet)
    return path


def _write_tone(container: Any, sound: Any, start: float, seconds: float) -> None:
    count = int(seconds * RATE)
    wave = (np.sin(np.arange(count) * 2 * np.pi * 440 / RATE) / 2).astype(np.float32)
    for begin in range(0, count, 1024):
        part = wave[begin : begin + 1024]
        frame = av.AudioFrame.from_ndarray(np.stack((part, part)), "fltp", "stereo")
        frame.sample_rate = RATE
        frame.pts, frame.time_base = round(start * RATE) + begin, Fraction(1, RATE)
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def tracks(path: Path) -> dict[str, Track]:
    """Return the streams of a recording by kind; times of a picture track are those of its frames, sorted."""
    with av.open(str(path)) as container:
        found: dict[int, Track] = {}
        for stream in container.streams:
            codec = stream.codec_context.name
            found[stream.index] = Track(stream.type, codec, [], [], stream.language or "")
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                track = found[packet.stream.index]
                track.times.append(packet.pts * packet.time_base)
                track.packets.append(bytes(packet))
        for track in found.values():
            if track.kind == "video":
                track.times.sort()
        return {track.kind: track for track in found.values()}


def frames(path: Path, pixel_format: str = "bgr24") -> list[npt.NDArray[Any]]:
    """Return the decoded frames as arrays."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format=pixel_format) for frame in container.decode(video=0)]


def turn(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Give the first track of an MP4 a display matrix: (x', y') = (a x + c y, b x + d y)."""
    content = bytearray(path.read_bytes())
    # 'tkhd', version, five times of 4 bytes, 2 reserved of 4, layer, group, volume and 2 reserved.
    place = content.index(b"tkhd") + 4 + 4 + 5 * 4 + 2 * 4 + 4 * 2
    one = 1 << 16
    content[place : place + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    return path
