"""Mends graphs that no device takes as they were published. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_FAKE_QUANTIZE = "FakeQuantize"


def repair(model: Any, names: tuple[str, ...]) -> None:
    """Do the named repairs, in order."""
    for name in names:
        _REPAIRS[name](model)


def _drop_empty_fake_quantize(model: Any) -> None:
    """Take out ``FakeQuantize`` nodes whose range is empty: they would make everything one value.

    A converter writes them where it does not know the range; compiling them for the CPU fails.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() != _FAKE_QUANTIZE:
            continue
        in_low, in_high, out_low, out_high = (_constant(node.input_value(index)) for index in range(1, 5))
        if np.all(in_low == in_high) or np.all(out_low == out_high):
            for target in node.output(0).get_target_inputs():
                target.replace_source_output(node.input_value(0))


def _constant(value: Any) -> Any:
    node = value.get_node()
    while node.get_type_name() != "Constant":
        node = node.input_value(0).get_node()
    return node.get_data()


_REPAIRS: dict[str, Callable[[Any], None]] = {"empty-fake-quantize": _drop_empty_fake_quantize}
