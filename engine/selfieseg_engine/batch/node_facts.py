"""What a machine of a cluster must have in common with all others, told by itself. Any thread."""

from __future__ import annotations

import hashlib
import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from selfieseg_engine.errors import UserError
from selfieseg_engine.processor import this_processor
from selfieseg_engine.registry.obtain import obtain_weights
from selfieseg_engine.registry.registry import default_registry

_PROGRAM = ("selfieseg_engine", "selfieseg_wire")
_LIBRARIES = ("av", "numba", "numpy", "opencv-python-headless", "openvino", "pillow")


@dataclass(frozen=True)
class NodeQuestion:
    """What is asked.

    Attributes:
        model_ids: to be had.
        files: to be read, with their bytes.
        probes: a folder to write in.
        mark: what a file called ``mark`` in that folder holds.
    """

    model_ids: tuple[str, ...]
    files: tuple[tuple[Path, int], ...]
    probes: Path
    mark: str


@dataclass(frozen=True)
class NodeFacts:
    """What a machine answers.

    Attributes:
        name: its name in the network.
        versions: of the program (a hash of its source), of Python and of the libraries.
        digests: of the models' files, by id.
        processor: its maker's name for it.
        trouble: why it cannot take part; None where it can.
    """

    name: str
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    processor: str
    trouble: str | None


def node_facts(question: NodeQuestion) -> NodeFacts:
    """Answer for this machine. Fetches the models, if need be."""
    digests: dict[str, str] = {}
    trouble = _file_trouble(question)
    try:
        for model_id in question.model_ids:
            manifest = default_registry().get(model_id)
            obtain_weights(manifest)  # hash-checked
            digests[model_id] = str(manifest.file.digest)
    except UserError as error:
        trouble = str(error)
    return NodeFacts(socket.gethostname(), _versions(), digests, this_processor(), trouble)


def _file_trouble(question: NodeQuestion) -> str | None:
    mark = question.probes / "mark"
    try:
        if mark.read_text(encoding="ascii") != question.mark:
            return f"it sees another folder at {question.probes.parent.parent}"
        (question.probes / f"{socket.gethostname()}-{id(question)}").write_bytes(b"")
    except OSError as error:
        return f"it cannot write {question.probes.parent.parent} ({error.strerror})"
    for path, size in question.files:
        try:
            with path.open("rb") as file:
                there = file.seek(0, 2)
        except OSError as error:
            return f"it cannot read {path} ({error.strerror})"
        if there != size:
            return f"it sees another file at {path}"
    return None


def _versions() -> dict[str, str]:
    told = {"Python": ".".join(platform.python_version_tuple()[:2]), "the program": _PROGRAM_HASH}
    return told | {name: version(name) for name in _LIBRARIES}


def _program_hash() -> str:
    """Return a hash of the program's source: two checkouts of one version need not be the same."""
    digest = hashlib.sha256()
    engine = Path(__file__).resolve().parents[2]
    for package in _PROGRAM:
        for path in sorted((engine / package).rglob("*.py")):
            digest.update(str(path.relative_to(engine)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


# Of what this process has loaded: a worker that has run since before an update is not what lies on its disk.
_PROGRAM_HASH = _program_hash()
