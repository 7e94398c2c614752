"""Nodes that would make something else are turned away, with the reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import selfieseg_engine
from selfieseg_engine.batch.errors import ClusterError
from selfieseg_engine.batch.node_check import other_processors, require_alike
from selfieseg_engine.batch.node_facts import NodeFacts, NodeQuestion, node_facts

OURS = NodeFacts("here", {"av": "17.1", "openvino": "2025.4"}, {"tiny": "sha256:1"}, "A", None)


def test_equal_nodes_may_take_part() -> None:
    require_alike(OURS, {"tcp://1": replace(OURS, name="there"), "tcp://2": OURS})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"versions": {"av": "17.1", "openvino": "2026.1"}}, "it has openvino 2026.1, here it is 2025.4"),
        ({"versions": {"av": "17.1"}}, "it has openvino none"),
        ({"digests": {"tiny": "sha256:2"}}, "its model tiny is another file"),
        ({"digests": {}}, "its model tiny is another file"),
        ({"trouble": "it cannot read /a.mp4"}, "it cannot read /a.mp4"),
    ],
)
def test_others_may_not(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ClusterError, match=told) as raised:
        require_alike(OURS, {"tcp://1": OURS, "tcp://2": replace(OURS, name="odd", **changes)})
    assert "odd (tcp://2)" in str(raised.value)


def test_other_processors_are_told() -> None:
    assert other_processors(OURS, {"tcp://1": OURS}) == set()
    assert other_processors(OURS, {"tcp://1": replace(OURS, processor="B")}) == {"B"}


def test_a_machine_tells_what_it_cannot_read_or_write(tmp_path: Path) -> None:
    probes = tmp_path / "probes"
    probes.mkdir()
    (probes / "mark").write_text("abc")
    source = tmp_path / "a.mp4"
    source.write_bytes(b"123")
    question = NodeQuestion((), ((source, 3),), probes, "abc")
    facts = node_facts(question)
    assert facts.trouble is None
    assert set(facts.versions) >= {"Python", "the program", "av", "openvino"}
    assert node_facts(question) == facts
    troubles = [
        replace(question, mark="of another folder"),
        replace(question, probes=tmp_path / "not mounted"),
        replace(question, files=((source, 4),)),
        replace(question, files=((tmp_path / "b.mp4", 3),)),
    ]
    told = [node_facts(each).trouble or "" for each in troubles]
    assert ["another folder" in told[0], "cannot write" in told[1], "another file" in told[2]] == [True] * 3
    assert "cannot read" in told[3]


def test_a_worker_that_has_run_since_before_an_update_tells_its_own_version(tmp_path: Path) -> None:
    """What lies on its disk is new, what it has loaded is old."""
    engine = tmp_path / "engine"
    source = Path(selfieseg_engine.__file__).parents[1]
    for package in ("selfieseg_engine", "selfieseg_wire"):
        shutil.copytree(source / package, engine / package)
    shutil.copytree(source.parent / "models", tmp_path / "models")
    program = (
        "import sys; from pathlib import Path\n"
        "from selfieseg_engine.batch.node_facts import NodeQuestion, node_facts\n"
        "question = NodeQuestion((), (), Path(sys.argv[1]), '')\n"
        "ask = lambda: node_facts(question).versions['the program']\n"
        "before = ask()\n"
        "Path(sys.argv[2]).open('a').write('# newer')\n"
        "print(before == ask())\n"
    )
    changed = engine / "selfieseg_engine" / "segmenter.py"

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), str(changed)],
        env={**os.environ, "PYTHONPATH": str(engine)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


def test_a_machine_without_the_model_says_so(tmp_path: Path) -> None:
    probes = tmp_path / "probes"
    probes.mkdir()
    (probes / "mark").write_text("abc")
    assert "no model is called" in (node_facts(NodeQuestion(("nosuch",), (), probes, "abc")).trouble or "")
