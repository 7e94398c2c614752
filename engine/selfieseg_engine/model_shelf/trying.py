"""Runs a drafted model on photos in every way that may be right, and proposes the best. One thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.inference.trial import Trial, median_ms
from selfieseg_engine.model_shelf.drafting import Draft, with_normalisation
from selfieseg_engine.model_shelf.plausibility import ENOUGH, FloatMask, best_of, score
from selfieseg_engine.registry.manifest import Cost, Manifest, ModelOutput

# What a probability may leave 0…1 by through rounding.
_SLACK = 0.02
# Milliseconds on one thread: what leaves a 30 Hz stream room on a small computer, and what does at all.
_LOW_MS, _MEDIUM_MS = 12.0, 45.0


@dataclass(frozen=True)
class Candidate:
    """One way to run the model, and what came of it: a mask (float32 HxW in 0…1) of each photo."""

    title: str
    manifest: Manifest
    masks: tuple[FloatMask, ...]
    score: float


@dataclass(frozen=True)
class Tried:
    """Every candidate, which one is ``proposed``, and how long it takes.

    ``was_compared``: a known model's masks were there to compare with.
    """

    candidates: tuple[Candidate, ...]
    proposed: int
    milliseconds: float
    was_compared: bool

    @property
    def is_plausible(self) -> bool:
        """Whether the proposed one shows a person. Of a model that tells none, nobody can say: True."""
        best = self.candidates[self.proposed]
        return not best.manifest.output.person or best.score >= ENOUGH


def try_out(
    drafted: Draft,
    ir_path: Path,
    photos_bgr: Sequence[npt.NDArray[np.uint8]],
    references: Sequence[FloatMask | None],
    on_trial: Callable[[], Any] = lambda: None,
) -> Tried:
    """Run all candidates.

    Args:
        references: a known model's mask of each photo, or None.
        on_trial: called after each candidate.

    Raises:
        InferenceError: OpenVINO cannot run the model, or it is not what the draft says.
    """

    def run(output: ModelOutput, note: str) -> list[Candidate]:
        found = []
        for way in drafted.normalisations:
            manifest = with_normalisation(replace(drafted.manifest, output=output), way)
            trial = Trial(ir_path, manifest)
            masks = tuple(trial.mask(photo) for photo in photos_bgr)
            worth = mean(score(mask, known) for mask, known in zip(masks, references, strict=True))
            found.append(Candidate(f"{way.colour}, {way.name}{note}", manifest, masks, worth))
            on_trial()
        return found

    output = drafted.manifest.output
    found = run(output, "")
    if drafted.is_unsure and not all(_are_probabilities(each.masks) for each in found):
        output = replace(output, meaning="logits")
        found = run(output, "")
    inverse = _inverse(output)
    if inverse is not None and max(each.score for each in found) < ENOUGH:
        inverted = run(inverse, ", inverted")
        found = max(found, inverted, key=lambda each: max(one.score for one in each))
    compared = any(known is not None for known in references)
    proposed = best_of([each.score for each in found], compared)
    milliseconds = median_ms(Trial(ir_path, found[proposed].manifest), photos_bgr[0])
    return Tried(tuple(found), proposed, milliseconds, compared)


def cost_of(milliseconds: float) -> Cost:
    """Return what a manifest calls so long an inference on one thread. Pure."""
    if milliseconds <= _LOW_MS:
        return "low"
    return "medium" if milliseconds <= _MEDIUM_MS else "high"


def _are_probabilities(masks: Sequence[FloatMask]) -> bool:
    return all(float(mask.min()) >= -_SLACK and float(mask.max()) <= 1 + _SLACK for mask in masks)


def _inverse(output: ModelOutput) -> ModelOutput | None:
    """Return the output of a model that tells the background where others tell the person, if it can be."""
    if output.channels == 2 and output.person == (1,):
        return replace(output, person=(0,))
    if output.channels == 1 and output.meaning == "probability":
        return replace(output, zero=output.one, one=output.zero)
    return None
