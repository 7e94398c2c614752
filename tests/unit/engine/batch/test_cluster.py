"""`selfieseg batch` on a Dask cluster of two nodes: a scheduler and two workers, each a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.batch.batch_command import (
    SEGMENTS,
    batch,
    command,
    hashes,
    segments_done,
    shelf,
    states,
    wait_until,
)

U8Image = npt.NDArray[np.uint8]

pytestmark = pytest.mark.usefixtures("real_model")

_START_SECONDS = 60


@dataclass
class Cluster:
    """A running one: its address, and the process of each node."""

    address: str
    scheduler: subprocess.Popen[bytes]
    nodes: list[subprocess.Popen[bytes]]


def start(folder: Path, *options: str, nodes: int = 2, **environment: str) -> Iterator[Cluster]:
    folder.mkdir()
    where = folder / "scheduler.json"
    python = [sys.executable, "-m"]
    running = []

    def begin(name: str, *arguments: str, **changes: str) -> subprocess.Popen[bytes]:
        log = (folder / f"{name}.log").open("wb")
        process = subprocess.Popen(
            [*python, *arguments], stdout=log, stderr=log, env={**os.environ, **changes}, cwd=folder
        )
        running.append(process)
        return process

    try:
        scheduler = begin(
            "scheduler",
            *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(where)),
        )
        end = time.monotonic() + _START_SECONDS
        while not where.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        address = json.loads(where.read_text())["address"]
        worker = ("distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard")
        made = [begin(f"node{index}", *worker, *options, **environment) for index in range(nodes)]
        for index in range(nodes):
            while b"Registered to" not in (folder / f"node{index}.log").read_bytes():
                assert time.monotonic() < end, (folder / f"node{index}.log").read_text()
                time.sleep(0.05)
        yield Cluster(address, scheduler, made)
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    yield from start(tmp_path / "cluster", "--nthreads", "1")


@pytest.fixture
def source(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    return shelf(tmp_path / "in", astronaut_bgr)


def test_a_node_that_is_killed_costs_nothing_but_time(source: Path, tmp_path: Path, cluster: Cluster) -> None:
    """What two nodes make is what this machine makes; so is what one makes that is left of them."""
    reference, both, one = tmp_path / "reference", tmp_path / "both", tmp_path / "one"
    batch(source, reference, "--workers", 1)
    assert states(batch(source, both, "--cluster", cluster.address)) == {
        "long.mp4": "done",
        "silent.mov": "done",
        "short.mkv": "done",
        "still.png": "done",
    }
    assert hashes(both) == hashes(reference)
    process = subprocess.Popen(
        command(source, one, "--cluster", cluster.address), stdout=-1, stderr=-1, text=True
    )
    wait_until(lambda: segments_done(one) >= 1, process)
    assert segments_done(one) < SEGMENTS
    cluster.nodes[0].kill()
    _, told = process.communicate(timeout=200)
    assert process.returncode == 0, told
    assert hashes(one) == hashes(reference)
    assert batch(source, one, "--workers", 1)["unchanged"] == 4  # wherever it was made


def test_without_its_scheduler_it_stops_and_can_go_on(source: Path, tmp_path: Path, cluster: Cluster) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(source, out, "--cluster", cluster.address), stdout=-1, stderr=-1, text=True
    )
    wait_until(lambda: segments_done(out) >= 1, process)
    cluster.scheduler.kill()
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert told.splitlines()[-1].startswith("error: the cluster tcp://")
    assert not (out / "long.mp4").exists()
    assert batch(source, out)["files"][0]["segments_reused"] >= 1


def test_a_worker_with_several_threads_is_turned_away(source: Path, tmp_path: Path) -> None:
    for cluster in start(tmp_path / "cluster", "--nthreads", "2", nodes=1):
        done = subprocess.run(
            command(source, tmp_path / "out", "--cluster", cluster.address), capture_output=True, text=True
        )
        assert done.returncode == 1
        assert "--nthreads 1" in done.stderr.splitlines()[-1]


def test_a_node_without_this_program_is_turned_away(source: Path, tmp_path: Path) -> None:
    """Its module of that name is another one, as on a machine with an older version."""
    other = tmp_path / "other"
    other.mkdir()
    # No package: an editable installation would put ours beneath one.
    (other / "selfieseg_engine.py").touch()
    path = {"PYTHONPATH": str(other)}
    for cluster in start(tmp_path / "cluster", "--nthreads", "1", nodes=1, **path):
        done = subprocess.run(
            command(source, tmp_path / "out", "--cluster", cluster.address), capture_output=True, text=True
        )
        assert done.returncode == 1
        assert "install the same on all nodes" in done.stderr.splitlines()[-1]


def test_nobody_at_the_address_is_told(source: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        command(source, tmp_path / "out", "--cluster", "tcp://127.0.0.1:9"), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "the cluster tcp://127.0.0.1:9 cannot be reached" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out" / "long.mp4").exists()
