"""Options as tests want them."""

from __future__ import annotations

from typing import Any

from selfieseg_engine.batch.options import BatchOptions, EngineChoice
from selfieseg_engine.composite.background import parse_background
from selfieseg_engine.composite.look import Look

ENGINE = EngineChoice("selfie_segmentation_landscape", None, "CPU", 1, {})


def options(background: str = "blur", **changes: Any) -> BatchOptions:
    return BatchOptions(Look(background=parse_background(background)), ENGINE, **changes)
