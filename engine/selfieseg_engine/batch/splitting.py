"""Where a long recording is split: told by the recording alone, so that it is the same each time. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from selfieseg_engine.batch.tasks import Part
from selfieseg_engine.recording.span import Span
from selfieseg_engine.recording.timeline import KeyFrame, Timeline

# So many seconds before a part are segmented and not written: docs/batch.md tells what that is for.
LEAD_IN_SECONDS = 4.0


def split(timeline: Timeline, least_seconds: float) -> tuple[Part, ...]:
    """Return the parts of a recording, all its frames in order; a single one where it is not to be split.

    Each begins with a key frame and is at least ``least_seconds`` long.
    """
    shown, time_base = timeline.shown, timeline.time_base
    if not shown or not timeline.keys:
        return ()
    least = round(least_seconds / time_base)
    borders = [shown[0]]
    for key in timeline.keys:
        if key.pts - borders[-1] >= least and shown[-1] - key.pts >= least:
            borders.append(key.pts)
    ends = [*borders[1:], None]
    lead_in = round(LEAD_IN_SECONDS / time_base)
    return tuple(
        _part(shown, timeline.keys, start, stop, lead_in) for start, stop in zip(borders, ends, strict=True)
    )


def _part(shown: Sequence[int], keys: Sequence[KeyFrame], start: int, stop: int | None, lead_in: int) -> Part:
    first = shown[bisect_left(shown, max(start - lead_in, shown[0]))]
    # What is shown after a key frame can be decoded from it. Where none is shown before, from the first.
    key = max((each for each in keys if each.pts <= first), key=lambda each: each.pts, default=keys[0])
    first = max(first, key.pts) if start > shown[0] else first
    end = len(shown) if stop is None else bisect_left(shown, stop)
    return Part(Span(key.dts, first, start, stop), end - bisect_left(shown, start))
