"""Changes what nodes of a graph read. Any thread; a graph belongs to the thread that builds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def replace_node(old: Any, new: Any) -> None:
    """Let all that read one node read another."""
    let_read(old.output(0).get_target_inputs(), new)


def let_read(inputs: Iterable[Any], node: Any) -> None:
    """Let these inputs of other nodes read ``node``."""
    for each in inputs:
        each.replace_source_output(node.output(0))
