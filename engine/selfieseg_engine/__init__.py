"""Selfie segmentation engine: person mattes from pictures, out of OBS's process.

Importing this is cheap; OpenVINO and OpenCV load when a name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selfieseg_engine.compositing.compose import composite
    from selfieseg_engine.result import SegmentationResult
    from selfieseg_engine.segmenter import Segmenter

__all__ = ["SegmentationResult", "Segmenter", "composite"]

_HOMES = {
    "Segmenter": "selfieseg_engine.segmenter",
    "SegmentationResult": "selfieseg_engine.result",
    "composite": "selfieseg_engine.compositing.compose",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
