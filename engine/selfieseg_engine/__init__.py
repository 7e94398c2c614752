"""Selfie segmentation engine: person mattes from pictures, out of OBS's process.

Importing this is cheap; OpenVINO and OpenCV load when a name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selfieseg_engine.composite.background import parse_background
    from selfieseg_engine.composite.compose import composite
    from selfieseg_engine.composite.look import Look
    from selfieseg_engine.errors import UserError
    from selfieseg_engine.inference.compiling import device_names
    from selfieseg_engine.recording.api import RecordingFrame, convert_recording, read_recording
    from selfieseg_engine.recording.pipeline import RecordingReport
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.result import SegmentationResult
    from selfieseg_engine.segmenter import Segmenter
    from selfieseg_engine.stills.comparison import draw_comparison

__all__ = [
    "Look",
    "RecordingFrame",
    "RecordingReport",
    "SegmentationResult",
    "Segmenter",
    "UserError",
    "composite",
    "convert_recording",
    "default_registry",
    "device_names",
    "draw_comparison",
    "parse_background",
    "read_recording",
]

_HOMES = {
    "Look": "selfieseg_engine.composite.look",
    "RecordingFrame": "selfieseg_engine.recording.api",
    "RecordingReport": "selfieseg_engine.recording.pipeline",
    "SegmentationResult": "selfieseg_engine.result",
    "Segmenter": "selfieseg_engine.segmenter",
    "UserError": "selfieseg_engine.errors",
    "composite": "selfieseg_engine.composite.compose",
    "convert_recording": "selfieseg_engine.recording.api",
    "default_registry": "selfieseg_engine.registry.registry",
    "device_names": "selfieseg_engine.inference.compiling",
    "draw_comparison": "selfieseg_engine.stills.comparison",
    "parse_background": "selfieseg_engine.composite.background",
    "read_recording": "selfieseg_engine.recording.api",
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
