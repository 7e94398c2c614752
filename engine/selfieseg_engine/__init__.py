"""Selfie segmentation engine: person mattes from pictures, out of OBS's process.

Importing this is cheap; OpenVINO and OpenCV load when a name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selfieseg_engine.composite.compose import composite
    from selfieseg_engine.result import SegmentationResult
    from selfieseg_engine.segmenter import Segmenter

__all__ = ["SegmentationResult", "Segmenter", "composite"]

_HOMES = {
    "Segmenter": "selfieseg_engine.segmenter",
    "SegmentationResult": "selfieseg_engine.result",
    "composite": "selfieseg_engine.composite.compose",
}

# Python binds a subpackage's name here when it first loads it, and would put the folder ``composite`` in the
# place of the function ``composite``. Loaded now (it is empty) and unbound, the name stays the function's.
import_module("selfieseg_engine.composite")
del globals()["composite"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
