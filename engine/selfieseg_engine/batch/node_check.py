"""Whether the machines of a cluster give the same as this one. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from selfieseg_engine.batch.errors import ClusterError
from selfieseg_engine.batch.node_facts import NodeFacts


def require_alike(ours: NodeFacts, nodes: Mapping[str, NodeFacts]) -> None:
    """Raise ``ClusterError`` unless every node, by its address, can take part and has what we have."""
    for address, node in nodes.items():
        told = f"the node {node.name} ({address})"
        if node.trouble is not None:
            raise ClusterError(
                f"{told} cannot take part",
                node.trouble,
                "mount the folders of inputs, background and outputs at the same paths on all nodes, "
                "and let the models be had there",
            )
        for name, version in ours.versions.items():
            theirs = node.versions.get(name, "none")
            if theirs != version:
                raise ClusterError(
                    f"{told} would make something else",
                    f"it has {name} {theirs}, here it is {version}",
                    "install the same on all nodes and start its workers again",
                )
        for model_id, digest in ours.digests.items():
            if node.digests.get(model_id) != digest:
                raise ClusterError(
                    f"{told} would make something else",
                    f"its model {model_id} is another file",
                    "use the same model on all nodes",
                )


def other_processors(ours: NodeFacts, nodes: Mapping[str, NodeFacts]) -> set[str]:
    """Return the processors of nodes that are not ours: rounding may differ there by the last bit."""
    return {node.processor for node in nodes.values()} - {ours.processor}
