"""Measures a stream of mattes against its true ones. One thread at a time; reads files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from selfieseg_engine.benchmarks.quality.case_sheet import draw_sheet
from selfieseg_engine.benchmarks.quality.frames import FrameSource, read_mattes
from selfieseg_engine.benchmarks.quality.outcome import (
    MOST_WORST,
    Outcome,
    RowSamples,
    WorstCases,
    frame_text,
    judged_row,
)
from selfieseg_engine.benchmarks.quality.scores import INFERRED, MAD, SequenceScores
from selfieseg_engine.benchmarks.quality.truth import Truth
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte, at_size_of
from selfieseg_engine.benchmarks.quality.variants import PREDICTED, RAW, TimedMaker


def measure_sequence(
    frames: FrameSource,
    truths: FrameSource,
    makers: Mapping[str, TimedMaker],
    predicted: FrameSource | None = None,
    cuts: Collection[int] = (),
    draws: bool = False,
    on_frame: Callable[[], object] = lambda: None,
) -> Outcome:
    """Return the scores of every frame by every maker, and of the mattes made elsewhere where there are.

    The makers take turns, frame by frame, so that whatever else the machine does meets them all alike.

    Args:
        frames: the sequence. truths: its true mattes. predicted: mattes made elsewhere. All as many frames.
        makers: by the name of their row; ``raw``, if it is among them, tells what is a ghost.
        cuts: indices of the frames that are the first after a cut.
        draws: the worst cases get a sheet.
        on_frame: called after each frame.

    Raises:
        UserError: a file cannot be read, or a matte not be made.
    """
    elsewhere = None if predicted is None else read_mattes(predicted)
    scores = {name: SequenceScores(cuts) for name in (*([] if elsewhere is None else [PREDICTED]), *makers)}
    judged = judged_row(list(scores))
    worst, shapes, names = WorstCases(), set[tuple[int, int]](), frames.names()
    for maker in makers.values():
        maker.reset()
    true: Truth | None = None
    for index, (frame_bgr, u8_true) in enumerate(zip(frames.read(), read_mattes(truths), strict=True)):
        true = Truth(u8_true, None if true is None else true.u8_matte)
        u8_mattes = {} if elsewhere is None else {PREDICTED: at_size_of(next(elsewhere), u8_true)}
        for name, maker in makers.items():
            u8_mattes[name] = at_size_of(maker.make(frame_bgr, index / frames.fps), u8_true)
        for name, u8_matte in u8_mattes.items():
            scores[name].add(u8_matte, true, u8_mattes.get(RAW))
        shown = {name: u8_mattes[name] for name in u8_mattes if name in (RAW, judged)}

        def draw(
            frame_bgr: U8Matte = frame_bgr, u8_true: U8Matte = u8_true, shown: dict[str, U8Matte] = shown
        ) -> U8Matte:
            return draw_sheet(frame_bgr, u8_true, shown, judged)

        slot = index * MOST_WORST // len(names)
        worst.offer(slot, index, scores[judged].frames[-1][MAD], draw if draws else None)
        shapes.add((frame_bgr.shape[0], frame_bgr.shape[1]))
        on_frame()
    return Outcome(
        names=names,
        rows=[_row(name, each, makers.get(name)) for name, each in scores.items()],
        frame=frame_text(shapes),
        left_out=0,
        judged=judged,
        worst=worst.worst_first(),
        is_sequence=True,
    )


def _row(name: str, scores: SequenceScores, maker: TimedMaker | None) -> RowSamples:
    whole = scores.finish()
    if maker is not None and maker.inferences is not None:
        whole[INFERRED] = round(sum(maker.inferences) / len(maker.inferences), 4)
    wall_ms, cpu_ms = ([], []) if maker is None else (maker.wall_ms, maker.cpu_ms)
    return RowSamples(name, scores.frames, whole, wall_ms, cpu_ms)
