"""Draws what a run found as plots. One thread at a time. Needs matplotlib, the extra ``report``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from selfieseg_engine.benchmarks.drawing import new_figure, png_of
from selfieseg_engine.benchmarks.quality.outcome import Outcome
from selfieseg_engine.benchmarks.quality.scores import METRICS, MORE_IS_BETTER
from selfieseg_engine.benchmarks.quality.variants import (
    EDGES,
    FULL,
    LAGGED,
    LED,
    PAUSED,
    PREDICTED,
    RAW,
    TIME,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCHES = (8.0, 3.2)
_COLOURS = {
    RAW: "#888888",
    EDGES: "#1f77b4",
    TIME: "#2ca02c",
    FULL: "#d62728",
    PAUSED: "#ff7f0e",
    LAGGED: "#bbbbbb",
    LED: "#17becf",
    PREDICTED: "#9467bd",
}


def draw_plots(outcome: Outcome) -> Iterator[tuple[str, bytes]]:
    """Yield each metric's name and its plot as PNG: over time, or over the photos from bad to good.

    Raises:
        UserError: there is no matplotlib.
    """
    for metric in METRICS:
        if not any(metric in scores for row in outcome.rows for scores in row.cases):
            continue
        figure = new_figure(_INCHES)
        axes = figure.subplots()
        _draw(axes, outcome, metric)
        yield metric, png_of(figure)


def _draw(axes: Axes, outcome: Outcome, metric: str) -> None:
    order = list(range(len(outcome.names))) if outcome.is_sequence else _from_bad_to_good(outcome, metric)
    for row in outcome.rows:
        values = [row.cases[index].get(metric, float("nan")) for index in order]
        axes.plot(
            values,
            label=row.name,
            color=_COLOURS[row.name],
            linewidth=1.2,
            marker="" if outcome.is_sequence else ".",
        )
    axes.set_title(f"{metric} ({'more' if metric in MORE_IS_BETTER else 'less'} is better)", fontsize=10)
    axes.set_xlabel("frame" if outcome.is_sequence else f"photos, the worst of {outcome.rows[0].name} first")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def _from_bad_to_good(outcome: Outcome, metric: str) -> list[int]:
    """Return the photos that have this metric, by its value in the first row."""
    first = outcome.rows[0].cases
    known = [index for index, scores in enumerate(first) if metric in scores]
    return sorted(known, key=lambda index: first[index][metric], reverse=metric not in MORE_IS_BETTER)
