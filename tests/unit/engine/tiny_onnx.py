"""Writes the smallest ONNX file that tells classes apart: a pixel's logits are ``colour @ weights + bias``.

ONNX, because a published model is one file too; written by hand, because that takes a page and no package.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_FLOAT = 1
_IR_VERSION = 8
_OPSET = 13


def linear_model(
    height: int, width: int, weights: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> bytes:
    """Return a model 1xHxWx``len(weights)`` -> 1xHxWx``len(bias)``, f32."""
    colours, classes = weights.shape
    graph = (
        _node("MatMul", ["x", "weights"], "product")
        + _node("Add", ["product", "bias"], "y")
        + _bytes(2, b"tiny")
        + _bytes(5, _tensor("weights", weights))
        + _bytes(5, _tensor("bias", bias))
        + _bytes(11, _value("x", (1, height, width, colours)))
        + _bytes(12, _value("y", (1, height, width, classes)))
    )
    opset = _bytes(1, b"") + _number(2, _OPSET)
    return _number(1, _IR_VERSION) + _bytes(7, graph) + _bytes(8, opset)


def _node(operation: str, inputs: list[str], output: str) -> bytes:
    names = b"".join(_bytes(1, name.encode()) for name in inputs)
    return _bytes(1, names + _bytes(2, output.encode()) + _bytes(4, operation.encode()))


def _tensor(name: str, values: npt.NDArray[np.float32]) -> bytes:
    dims = b"".join(_number(1, side) for side in values.shape)
    return dims + _number(2, _FLOAT) + _bytes(8, name.encode()) + _bytes(9, values.astype("<f4").tobytes())


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, side)) for side in shape)
    tensor_type = _number(1, _FLOAT) + _bytes(2, dims)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor_type))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
