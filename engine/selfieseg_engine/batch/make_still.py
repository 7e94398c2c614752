"""Makes one picture of a batch."""

from __future__ import annotations

from pathlib import Path

from selfieseg_engine.composite.compose import make_matte
from selfieseg_engine.composite.look import Look
from selfieseg_engine.pictures import ALPHA_SUFFIXES, write_picture
from selfieseg_engine.segmenter import Segmenter
from selfieseg_engine.stills.compose import compose_still, frames_of
from selfieseg_engine.stills.read import read_still
from selfieseg_engine.stills.still import without_alpha
from selfieseg_engine.stills.write import holds_16_bits, write_still


def make_still(
    source: Path, output: Path, matte: Path | None, look: Look, segmenter: Segmenter, quality: int
) -> None:
    """Write the picture, and the matte where one is wanted; ``segmenter`` begins another stream.

    Raises:
        PictureError: a file cannot be read or written.
        FrameError, BackgroundError, InferenceError: see ``compose_still`` and ``Segmenter``.
    """
    still = read_still(source)
    if output.suffix.lower() not in ALPHA_SUFFIXES:
        still = without_alpha(still)
    frames = frames_of(still)
    segmenter.reset()
    result = segmenter.segment(frames.seen)
    picture = compose_still(still, frames, result, look, holds_16_bits(output))
    if matte is not None:
        write_picture(matte, make_matte(result.mask, frames.seen, look))
    write_still(output, picture, still.metadata, quality)
