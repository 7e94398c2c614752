"""Names in a graph that are the same each time. Any thread; a graph belongs to the thread that builds it."""

from __future__ import annotations

from typing import Any


def name_by_place(graph: Any) -> None:
    """Name the ports of a graph, and what has no name in it, by their places.

    OpenVINO numbers what has no name through the whole process, and takes what it compiled before only
    where all names are the same: without this a model would be compiled, and kept, once more for each
    number of things that were made before it.
    """
    for place, node in enumerate(graph.get_ordered_ops()):
        if node.get_friendly_name() == node.get_name():
            node.set_friendly_name(f"added {place}")
    for kind, ports in (("input", graph.inputs), ("output", graph.outputs)):
        for place, port in enumerate(ports):
            port.get_tensor().set_names({f"{kind} {place}"})
