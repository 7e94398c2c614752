"""What a model keeps from one call of a request to the next, as OpenVINO's variables. Any thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops

from selfieseg_engine.inference.rewiring import replace_node

_COLOURS = 3


def keep(parameter: Any, answer: Any, shape: list[int], name: str) -> Any:
    """Feed ``answer`` to ``parameter`` with the next call, zeros first. Returns the sink that stores it."""
    previous = _read(shape, name)
    replace_node(parameter, previous)
    return _store(answer, name)


def keep_mask(parameter: Any, mask_nchw: Any, layout: str, name: str) -> tuple[Any, Any]:
    """Feed ``mask_nchw`` (1x1xHxW) as the channel after the colours with the next call, zeros first.

    Returns a parameter for the colours alone, in the layout of ``parameter``, and the sink.
    """
    axis = 3 if layout == "NHWC" else 1
    shape = [int(side.get_length()) for side in parameter.get_partial_shape()]
    colours = ops.parameter([*shape[:axis], _COLOURS, *shape[axis + 1 :]], ov.Type.f32, "colours")
    mask_shape = [*shape[:axis], 1, *shape[axis + 1 :]]
    previous = _read(mask_shape, name)
    replace_node(parameter, ops.concat([colours, previous], axis))
    mask = ops.reshape(mask_nchw, ops.constant(mask_shape), special_zero=False)  # one channel: any layout
    return colours, _store(mask, name)


def fix(parameter: Any, values: tuple[float, ...]) -> None:
    """Replace an input by a constant."""
    replace_node(parameter, ops.constant(np.array(values, np.float32)))


def _read(shape: list[int], name: str) -> Any:
    nothing = ops.constant(np.zeros(shape, np.float32))
    return ops.read_value(nothing, name, ov.Type.f32, ov.PartialShape(shape))


def _store(answer: Any, name: str) -> Any:
    return ops.assign(answer.get_node() if hasattr(answer, "get_node") else answer, name)
