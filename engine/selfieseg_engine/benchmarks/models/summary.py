"""The JSON object of ``selfieseg bench models``. Pure; any thread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import compress
from statistics import fmean, median
from typing import Any

from selfieseg_engine.benchmarks.models.outcome import ModelOutcome, Outcome, PhotoScores, best_first
from selfieseg_engine.benchmarks.quality.scores import BOUNDARY_F, GRADIENT_ERROR, IOU, MAD, Scores

COMMAND = "bench models"
ALL, PORTRAITS = "all", "portraits"
RAW, REFINED = "raw", "refined"


def make_report(outcome: Outcome, machine: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object: a row for each model, the best refined IoU first, class models last."""
    rows = [make_row(model, outcome.are_portraits) for model in best_first(outcome.models)]
    return {
        "command": COMMAND,
        "machine": dict(machine),
        "model": None,
        "frame": outcome.frame,
        "rows": rows,
        "ratios": make_ratios(rows, outcome.default),
        "left_out": dict(outcome.left_out),
        "photos": _photos(outcome),
    }


def make_row(model: ModelOutcome, are_portraits: Sequence[bool]) -> dict[str, Any]:
    """Return one model's row.

    Times are of bare inferences on the CPU; ``n``, ``median_ms``, ``p95_ms`` and ``cpu_ms_per_frame`` are
    with one thread. ``all`` and ``portraits`` are null without mattes, and where there is no such photo.
    """
    one, two = model.times.wall_ms[1], model.times.wall_ms[2]
    facts = model.manifest
    sets: dict[str, Any] = {ALL: None, PORTRAITS: None}
    if model.scores is not None:
        sets = {
            ALL: _set_scores(model.scores, [True] * len(are_portraits)),
            PORTRAITS: _set_scores(model.scores, are_portraits),
        }
    return {
        "name": facts.id,
        "n": len(one),
        "median_ms": round(median(one), 3),
        "p95_ms": round(sorted(one)[math.ceil(0.95 * len(one)) - 1], 3),
        "cpu_ms_per_frame": round(median(model.times.cpu_ms), 3),
        "median_ms_2_threads": round(median(two), 3),
        "memory_mb": model.memory_mb,
        "file_bytes": model.file_bytes,
        "input": f"{facts.input.width}x{facts.input.height}",
        "recurrent": facts.is_recurrent,
        **sets,
    }


def make_ratios(rows: Sequence[Mapping[str, Any]], default: str | None) -> dict[str, float]:
    """Return ``median_ms_ID_over_DEFAULT`` for each other model, with one thread."""
    by_name = {row["name"]: row["median_ms"] for row in rows}
    if default is None or not by_name[default]:
        return {}
    return {
        f"median_ms_{name}_over_{default}": round(ms / by_name[default], 2)
        for name, ms in by_name.items()
        if name != default
    }


def _set_scores(scores: PhotoScores, chosen: Sequence[bool]) -> dict[str, Any] | None:
    if not any(chosen):
        return None
    return {
        "n": sum(chosen),
        RAW: _means(list(compress(scores.raw, chosen))),
        REFINED: _means(list(compress(scores.refined, chosen))),
    }


def _means(cases: Sequence[Scores]) -> dict[str, float]:
    """Return means and medians of IoU and boundary F, means of MAD and gradient error where known."""
    told = {}
    for metric in (IOU, BOUNDARY_F):
        values = [scores[metric] for scores in cases]
        told[metric], told[f"{metric}_median"] = round(fmean(values), 6), round(median(values), 6)
    for metric in (MAD, GRADIENT_ERROR):
        if known := [scores[metric] for scores in cases if metric in scores]:
            told[metric] = round(fmean(known), 6)
    return told


def _photos(outcome: Outcome) -> list[dict[str, Any]]:
    """Return for each photo whether it is a portrait, and the IoU of every model, raw and refined."""
    return [
        {
            "file": name,
            "portrait": outcome.are_portraits[index],
            "iou": {
                model.manifest.id: [
                    round(model.scores.raw[index][IOU], 4),
                    round(model.scores.refined[index][IOU], 4),
                ]
                for model in outcome.models
                if model.scores is not None
            },
        }
        for index, name in enumerate(outcome.photos)
    ]
