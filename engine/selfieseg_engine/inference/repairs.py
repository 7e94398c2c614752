"""Mends graphs that no device takes as they were published. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openvino as ov

_FAKE_QUANTIZE, _CONVERT, _CONSTANT = "FakeQuantize", "Convert", "Constant"


def repair(model: Any, names: tuple[str, ...]) -> None:
    """Do the named repairs, in order."""
    for name in names:
        _REPAIRS[name](model)


def _leave_activations_float(model: Any) -> None:
    """Let a quantized model calculate in f32, its input and its answer in their real values.

    For models whose rounding of activations (``FakeQuantize``) cannot be compiled. Weights stay as they are.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() == _FAKE_QUANTIZE and not _is_constant(node.input_value(0)):
            _bypass(node)
    for port in model.outputs:
        answer = port.get_node().input_value(0).get_node()
        if answer.get_type_name() == _CONVERT:
            _bypass(answer)
    for parameter in model.get_parameters():
        parameter.set_element_type(ov.Type.f32)
    model.validate_nodes_and_infer_types()


def _bypass(node: Any) -> None:
    for target in node.output(0).get_target_inputs():
        target.replace_source_output(node.input_value(0))


def _is_constant(value: Any) -> bool:
    node = value.get_node()
    while node.get_type_name() == _CONVERT:
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == _CONSTANT)


_REPAIRS: dict[str, Callable[[Any], None]] = {"float-activations": _leave_activations_float}
