"""Lets models convolve small pictures instead of enlarged ones. Any thread.

Enlarging mixes pixels and a 1x1 convolution mixes channels, so in either order the result is the same, but
for rounding; before enlarging there is a quarter of the pixels to convolve.
"""

from __future__ import annotations

from typing import Any

import openvino.opset13 as ops

from selfieseg_engine.inference.layouts import NCHW_TO_NHWC, NHWC_TO_NCHW
from selfieseg_engine.inference.rewiring import let_read

_ENLARGE, _CONVOLVE, _TRANSPOSE = "Interpolate", "Convolution", "Transpose"


def convolve_before_enlarging(model: Any) -> None:
    """Swap the two wherever a picture is enlarged to be convolved so, and for nothing else.

    Convolutions are NCHW; the picture may be enlarged as NHWC and brought to NCHW then.
    """
    for convolve in model.get_ordered_ops():
        if convolve.get_type_name() != _CONVOLVE or not _only_mixes_channels(convolve):
            continue
        source = _only_source(convolve)
        if _enlarges(source, [2, 3]):
            _swap(source, convolve)
        elif source is not None and _brings_to_nchw(source):
            enlarge = _only_source(source)
            if _enlarges(enlarge, [1, 2]):
                _swap_nhwc(enlarge, source, convolve)
    model.validate_nodes_and_infer_types()


def _swap(enlarge: Any, convolve: Any) -> None:
    users = convolve.output(0).get_target_inputs()
    convolve.input(0).replace_source_output(enlarge.input_value(0))
    enlarge.input(0).replace_source_output(convolve.output(0))
    let_read(users, enlarge)


def _swap_nhwc(enlarge: Any, to_nchw: Any, convolve: Any) -> None:
    users = convolve.output(0).get_target_inputs()
    small = ops.transpose(enlarge.input_value(0), ops.constant(NHWC_TO_NCHW))
    convolve.input(0).replace_source_output(small.output(0))
    to_nhwc = ops.transpose(convolve, ops.constant(NCHW_TO_NHWC))
    enlarge.input(0).replace_source_output(to_nhwc.output(0))
    let_read(users, to_nchw)


def _only_mixes_channels(convolve: Any) -> bool:
    """Return whether it is 1x1, neither skips nor adds pixels, and answers no more channels than it takes."""
    weights = convolve.input_value(1).get_partial_shape()
    facts = convolve.get_attributes()
    if weights.is_dynamic or facts["strides"] != [1, 1] or any(facts["pads_begin"] + facts["pads_end"]):
        return False
    channels_out, channels_in, height, width = (int(side.get_length()) for side in weights)
    return (height, width) == (1, 1) and channels_out <= channels_in


def _brings_to_nchw(node: Any) -> bool:
    return _is(node, _TRANSPOSE) and _constant(node.input_value(1)) == NHWC_TO_NCHW


def _enlarges(node: Any | None, sides: list[int]) -> bool:
    """Return whether a node makes a picture larger along exactly these axes."""
    if (
        node is None
        or not _is(node, _ENLARGE)
        or node.get_input_size() < 3
        or _constant(node.input_value(2)) != sides
    ):
        return False
    before, after = node.input_value(0).get_partial_shape(), node.output(0).get_partial_shape()
    if before.is_dynamic or after.is_dynamic:
        return False
    return all(after[side].get_length() > before[side].get_length() for side in sides)


def _only_source(node: Any) -> Any | None:
    """Return what a node reads first, if nothing else reads that."""
    source = node.input_value(0)
    return source.get_node() if len(source.get_target_inputs()) == 1 else None


def _is(node: Any, type_name: str) -> bool:
    return bool(node.get_type_name() == type_name)


def _constant(value: Any) -> list[int] | None:
    node = value.get_node()
    return list(node.get_vector()) if _is(node, "Constant") else None
