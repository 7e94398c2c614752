"""When a recording's frames are shown, read from its packets: nothing is decoded. One thread at a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from selfieseg_engine.plain_file import require_plain_file
from selfieseg_engine.recording.look_into import open_input, picture_track

# Of these formats any key frame can be gone to. Others count time from anywhere, or have no index.
_WITH_INDEX = ("mov", "matroska")


@dataclass(frozen=True)
class KeyFrame:
    """A frame from which all that are shown later can be decoded; pts and dts in ticks of the track."""

    pts: int
    dts: int


@dataclass(frozen=True)
class Timeline:
    """Of the picture track.

    Attributes:
        time_base: seconds of one tick.
        shown: pts of every frame, growing.
        keys: the key frames, growing.
    """

    time_base: Fraction
    shown: tuple[int, ...]
    keys: tuple[KeyFrame, ...]


def read_timeline(path: Path) -> Timeline | None:
    """Return the timeline; None for a recording that cannot be read in parts.

    That is one without an index or times for all frames, with two frames at one time, or a damaged one.
    Raises ``PictureError`` and ``RecordingError`` as ``RecordingReader`` does.
    """
    require_plain_file(path)
    with open_input(path) as container:
        video = picture_track(path, container)
        if not any(name in container.format.name for name in _WITH_INDEX):
            return None
        time_base = video.time_base  # the track's memory goes with the container
        shown, keys = [], []
        try:
            for packet in container.demux(video):
                if not packet.size or packet.is_discard:
                    continue
                if packet.pts is None or packet.dts is None or packet.is_corrupt:
                    return None
                shown.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(KeyFrame(packet.pts, packet.dts))
        except av.FFmpegError:
            return None  # whoever reads all of it tells what is wrong, and where
    shown.sort()
    if time_base is None or len(set(shown)) < len(shown):
        return None
    keys.sort(key=lambda key: key.pts)
    return Timeline(time_base, tuple(shown), tuple(keys))
