"""What is known of a recording before its frames are worked on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from selfieseg_engine.recording.colours import ColourTags
from selfieseg_engine.recording.orientation import Orientation


@dataclass(frozen=True)
class RecordingFacts:
    """Of the picture track.

    Attributes:
        size: (width, height) of the upright frames.
        stored_size: (width, height) as they are stored.
        orientation: what makes stored frames upright.
        pixel_aspect: width of an upright pixel by its height; None where it is not said.
        time_base: seconds of one tick of the timestamps.
        rate: frames per second on average; None where it cannot be told.
        frame_count: as the file says or as time and rate give it; None where neither is known.
        colours: tags.
        depth: bits of a colour.
        chroma: ``420``, ``422`` or ``444``: how much colour is stored.
        has_alpha: whether frames are transparent in places.
    """

    size: tuple[int, int]
    stored_size: tuple[int, int]
    orientation: Orientation
    pixel_aspect: Fraction | None
    time_base: Fraction
    rate: Fraction | None
    frame_count: int | None
    colours: ColourTags
    depth: int
    chroma: str
    has_alpha: bool
