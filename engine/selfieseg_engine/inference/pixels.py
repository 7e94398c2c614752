"""How u8 pixels become what a model eats, inside its graph. Any thread."""

from __future__ import annotations

from typing import Any, Literal

import openvino as ov
from openvino.preprocess import ColorFormat

from selfieseg_engine.registry.manifest import ModelInput

PixelFormat = Literal["BGR", "RGBX"]
PIXEL_BYTES: dict[PixelFormat, int] = {"BGR": 3, "RGBX": 4}

_TYPES = {"u8": ov.Type.u8, "i8": ov.Type.i8}
_COLOUR_FORMATS = {"BGR": ColorFormat.BGR, "RGB": ColorFormat.RGB, "RGBX": ColorFormat.RGBX}


def embed_pixels(pixels: Any, facts: ModelInput, pixel_format: PixelFormat) -> None:
    """Let an input take u8 NHWC pixels in ``pixel_format``, of the model's size.

    ``pixels`` is the input of a ``PrePostProcessor``; its three channels are the model's colours.
    """
    pixels.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    pixels.tensor().set_color_format(_COLOUR_FORMATS[pixel_format])
    pixels.model().set_layout(ov.Layout(facts.layout))
    steps = pixels.preprocess()
    steps.convert_color(_COLOUR_FORMATS[facts.colour]).convert_element_type(ov.Type.f32)
    steps.mean(list(facts.mean)).scale(list(facts.scale))
    if facts.dtype != "f32":
        steps.convert_element_type(_TYPES[facts.dtype])
