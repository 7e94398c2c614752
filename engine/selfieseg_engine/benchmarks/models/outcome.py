"""What a comparison found, before it is summed up. Pure; any thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from selfieseg_engine.benchmarks.models.inference_times import InferenceTimes
from selfieseg_engine.benchmarks.quality.scores import IOU, Scores
from selfieseg_engine.registry.manifest import Manifest


@dataclass(frozen=True)
class PhotoScores:
    """One model's scores, a photo at a time: of the stretched mask, and of the refined matte."""

    raw: list[Scores]
    refined: list[Scores]


@dataclass(frozen=True)
class ModelOutcome:
    """What was measured of one model. ``scores`` is None for one that gives no matte of a person."""

    manifest: Manifest
    file_bytes: int
    scores: PhotoScores | None
    times: InferenceTimes
    memory_mb: float


@dataclass(frozen=True)
class Outcome:
    """What a run found.

    Attributes:
        photos: their names, in the order of the scores.
        are_portraits: for each photo, by ``is_portrait``.
        frame: their size, such as ``1280x720``, or ``mixed``.
        models: in any order; see ``best_first``.
        left_out: why models could not be measured, by id.
        default: the model that others are compared with, None where none gives mattes.
    """

    photos: list[str]
    are_portraits: list[bool]
    frame: str
    models: list[ModelOutcome]
    left_out: Mapping[str, str]
    default: str | None


def best_first(models: Iterable[ModelOutcome]) -> list[ModelOutcome]:
    """Return the models by the mean IoU of their refined mattes; those without mattes last."""
    return sorted(models, key=lambda model: (-_refined_iou(model), model.manifest.id))


def _refined_iou(model: ModelOutcome) -> float:
    return -1.0 if model.scores is None else fmean(scores[IOU] for scores in model.scores.refined)
