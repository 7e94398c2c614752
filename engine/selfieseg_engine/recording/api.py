"""Recordings for programs: frame by frame, or one made of another. The rest of this package serves these."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.background import Background, parse_background
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.pipeline import RecordingReport, make_recording
from selfieseg_engine.recording.planning import plan_recording
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.segmenter import Segmenter


@dataclass(frozen=True)
class RecordingFrame:
    """One frame of a recording, upright.

    Attributes:
        seconds: when it is shown.
        bgr: uint8 HxWx3 BGR.
        alpha: uint8 HxW, straight; None for an opaque recording.
    """

    seconds: float
    bgr: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8] | None


def read_recording(path: str | os.PathLike[str], *, salvage: bool = False) -> Iterator[RecordingFrame]:
    """Yield every frame of a recording, in order. The file is open until the last one, or ``close()``.

    One thread at a time.

    Args:
        path: of a plain file.
        salvage: pass over what is damaged instead of raising.

    Raises:
        PictureError: there is no such file, or it may not be read; with the first frame.
        RecordingError: it is no recording with pictures in it, or damaged; says at which frame.
    """
    with RecordingReader(Path(path), salvage) as reader:
        for parcel in reader.parcels():
            if parcel.frame is not None:
                content = parcel.frame.content
                yield RecordingFrame(parcel.frame.timing.seconds, content.bgr, content.alpha)


def convert_recording(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    segmenter: Segmenter,
    background: str | Background = "blur:50",
    look: Look | None = None,
    *,
    matte: str | os.PathLike[str] | None = None,
    codec: str | None = None,
    crf: int | None = None,
    leave_out: bool = False,
    salvage: bool = False,
    on_frame: Callable[[], None] = lambda: None,
) -> RecordingReport:
    """Give the people in a recording another background, as ``selfieseg video`` does.

    Sound, subtitles and times are kept. Decoding, segmenting, drawing and encoding overlap on threads of
    their own. The outputs appear when all is done, or not at all.

    Args:
        source: the recording.
        output: an .mp4, .mov, .mkv or .webm; a folder (or a name that ends with ``/``) or a ``%06d.png`` for
            pictures.
        segmenter: of the mattes; begins another stream, and is not to be used meanwhile.
        background: the text of ``parse_background``, or what it returns; ignored where a look is given.
        look: every setting of the picture; None is the defaults with ``background``.
        matte: where the mattes go, in grey; None for nowhere.
        codec: the encoder, None for the format's usual one.
        crf: its quality, lower is better; None for a good one.
        leave_out: go without streams that the output cannot hold, instead of raising.
        salvage: make what can be had of a damaged recording, instead of raising.
        on_frame: called from the calling thread for each frame that is written.

    Raises:
        BackgroundError: the background is not understood.
        PictureError: a file cannot be read.
        RecordingError: the recording is damaged, or an output cannot be written or would be written over.
        InferenceError: OpenVINO failed.
    """
    wanted = look or Look(parse_background(background) if isinstance(background, str) else background)
    matte_text = None if matte is None else os.fspath(matte)
    job = plan_recording(Path(source), os.fspath(output), matte_text, wanted, codec, crf, leave_out)
    with RecordingReader(Path(source), salvage) as reader:
        return make_recording(reader, segmenter, job, on_frame)
