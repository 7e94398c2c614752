"""Measures mattes of photos, each a stream of its own. One thread at a time; reads files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from selfieseg_engine.benchmarks.quality.case_sheet import draw_sheet
from selfieseg_engine.benchmarks.quality.files import PhotoFiles, PhotoSet, read_u8_matte
from selfieseg_engine.benchmarks.quality.outcome import (
    Outcome,
    RowSamples,
    WorstCases,
    frame_text,
    judged_row,
)
from selfieseg_engine.benchmarks.quality.scores import BOUNDARY_F, Scores, matte_scores, outline_scores
from selfieseg_engine.benchmarks.quality.truth import Truth
from selfieseg_engine.benchmarks.quality.u8_matte import Counted, U8Matte, at_size_of
from selfieseg_engine.benchmarks.quality.variants import PREDICTED, RAW, TimedMaker
from selfieseg_engine.pictures import read_picture


def measure_photos(
    photo_set: PhotoSet,
    makers: Mapping[str, TimedMaker],
    draws: bool = False,
    on_photo: Callable[[], object] = lambda: None,
) -> Outcome:
    """Return the scores of every photo by every maker, and of the mattes made elsewhere where there are.

    The makers take turns, photo by photo, so that whatever else the machine does meets them all alike.

    Args:
        photo_set: what to measure.
        makers: by the name of their row.
        draws: the worst cases get a sheet.
        on_photo: called after each photo.

    Raises:
        UserError: a picture cannot be read, or a matte not be made.
    """
    has_predicted = any(photo.predicted is not None for photo in photo_set.photos)
    rows = {name: RowSamples(name) for name in (*([PREDICTED] if has_predicted else []), *makers)}
    judged = judged_row(list(rows))
    worst, shapes = WorstCases(), set[tuple[int, int]]()
    for index, photo in enumerate(photo_set.photos):
        frame_bgr, true = read_picture(photo.image), Truth(read_u8_matte(photo.mask))
        u8_mattes = {} if photo.predicted is None else {PREDICTED: read_u8_matte(photo.predicted)}
        for name, maker in makers.items():
            maker.reset()
            u8_mattes[name] = maker.make(frame_bgr)
        scored = _score(photo, u8_mattes, true)
        for name, scores in scored.items():
            rows[name].cases.append(scores)
        shown = {name: u8_mattes[name] for name in u8_mattes if name in (RAW, judged)}

        def draw(
            frame_bgr: U8Matte = frame_bgr, true: Truth = true, shown: dict[str, U8Matte] = shown
        ) -> U8Matte:
            at_size = {name: at_size_of(u8_matte, true.u8_matte) for name, u8_matte in shown.items()}
            return draw_sheet(frame_bgr, true.u8_matte, at_size, judged)

        worst.offer(index, index, 1 - scored[judged][BOUNDARY_F], draw if draws else None)
        shapes.add((frame_bgr.shape[0], frame_bgr.shape[1]))
        on_photo()
    for name, maker in makers.items():
        rows[name].wall_ms, rows[name].cpu_ms = maker.wall_ms, maker.cpu_ms
    return Outcome(
        names=[photo.name for photo in photo_set.photos],
        rows=list(rows.values()),
        frame=frame_text(shapes),
        left_out=photo_set.left_out,
        judged=judged,
        worst=worst.worst_first(),
        is_sequence=False,
    )


def _score(photo: PhotoFiles, u8_mattes: Mapping[str, U8Matte], true: Truth) -> dict[str, Scores]:
    counted = _counted(photo, true)
    soft = None if photo.matte is None else Truth(read_u8_matte(photo.matte))
    scored = {}
    for name, u8_matte in u8_mattes.items():
        scored[name] = outline_scores(at_size_of(u8_matte, true.u8_matte), true, counted)
        if soft is not None:
            soft_counted = counted if soft.u8_matte.shape == true.u8_matte.shape else None
            scored[name] |= matte_scores(at_size_of(u8_matte, soft.u8_matte), soft, soft_counted)
    return scored


def _counted(photo: PhotoFiles, true: Truth) -> Counted | None:
    if photo.ignore is None:
        return None
    return np.asarray(at_size_of(read_u8_matte(photo.ignore), true.u8_matte) == 0)
