"""What OpenVINO compiled is kept between runs; where it cannot be, that costs time only."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import pytest

from selfieseg_engine.errors import DeviceError
from selfieseg_engine.inference import compiling
from selfieseg_engine.inference.compiling import compile_graph
from selfieseg_engine.inference.ports import name_ports
from selfieseg_engine.lock_file import lock_file

_PROCESSES, _ROUNDS = 3, 40
_COMPILE_ON_DEMAND = """
import os, sys, time
from selfieseg_engine.inference.compiling import compile_graph, read_ir
graph = read_ir(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    folder, delay = line.split()
    os.environ["SELFIESEG_DATA_DIR"] = folder
    time.sleep(float(delay))
    compile_graph(graph, "m", "CPU", 1)
    print("compiled", flush=True)
"""


@pytest.fixture
def compiled_dir(data_dir: Path) -> Path:
    return data_dir / "compiled"


def a_graph(inner: int = 8) -> Any:
    """Return a model 1x4 -> 1x4, whose ports are called the same each time."""
    values = ops.parameter([1, 4], np.float32, "x")
    weights = np.random.default_rng(1).random((4, inner), np.float32)
    there = ops.matmul(values, ops.constant(weights), False, False)
    graph = ov.Model([ops.matmul(there, ops.constant(weights.T.copy()), False, False)], [values], "tiny")
    name_ports(graph)
    return graph


def runs(compiled: Any) -> bool:
    return bool(compiled(np.ones((1, 4), np.float32))[0].min() > 0)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_compiled_model_is_kept_and_taken_again(
    compiled_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compile_graph(a_graph(), "m", "CPU", 1)
    (blob,) = kept(compiled_dir)
    written = (compiled_dir / blob).stat().st_mtime_ns
    again = compile_graph(a_graph(), "m", "CPU", 1)
    assert again.get_property("LOADED_FROM_CACHE")
    assert runs(again)
    assert (compiled_dir / blob).stat().st_mtime_ns == written
    assert not caplog.records


def test_nobody_reads_what_another_process_still_writes(tmp_path: Path) -> None:
    """Without the lock this failed four times of five: a process died of SIGBUS."""
    ir_path = tmp_path / "tiny.xml"
    ov.save_model(a_graph(inner=50_000), ir_path)
    processes = [
        subprocess.Popen([sys.executable, "-c", _COMPILE_ON_DEMAND, ir_path], stdin=-1, stdout=-1, text=True)
        for _ in range(_PROCESSES)
    ]
    random = np.random.default_rng(2)
    try:
        assert [answer(process) for process in processes] == ["ready"] * _PROCESSES
        for number in range(_ROUNDS):
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(f"{tmp_path / str(number)} {random.random() * 0.05}\n")
                process.stdin.flush()
            assert [answer(process) for process in processes] == ["compiled"] * _PROCESSES
            (blob,) = kept(tmp_path / str(number) / "compiled")
            assert blob.endswith(".blob")
    finally:
        for process in processes:
            process.kill()
            process.wait()


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_who_stands_still_is_not_waited_for_for_ever(
    compiled_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compiling, "_OTHERS_SECONDS", 0.3)
    compiled_dir.mkdir(parents=True)
    with lock_file(compiled_dir / "m.lock"):
        assert runs(compile_graph(a_graph(), "m", "CPU", 1))
        assert kept(compiled_dir) == ["m.lock"]
        assert "m.lock is locked" in caplog.text
        compile_graph(a_graph(), "another", "CPU", 1)
    (blob,) = kept(compiled_dir)
    assert blob.endswith(".blob")


def test_a_folder_that_cannot_be_used_costs_time_only(
    compiled_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled_dir.parent.mkdir(parents=True)
    compiled_dir.write_text("in the way")
    assert runs(compile_graph(a_graph(), "m", "CPU", 1))
    (record,) = caplog.records
    assert str(compiled_dir) in record.getMessage()
    assert "compiled again" in record.getMessage()


def test_a_file_that_is_taken_away_meanwhile_costs_time_only(compiled_dir: Path) -> None:
    """As a program that clears up may do, or an engine of an older version that knows no lock."""
    done = threading.Event()

    def take_away() -> None:
        while not done.is_set():
            for blob in compiled_dir.glob("*.blob"):
                blob.unlink(missing_ok=True)

    thief = threading.Thread(target=take_away)
    thief.start()
    try:
        for _ in range(20):
            assert runs(compile_graph(a_graph(), "m", "CPU", 1))
    finally:
        done.set()
        thief.join()


def test_a_device_that_does_not_take_the_model_says_so_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Core:
        def compile_model(self, *_asked: object) -> None:
            raise RuntimeError("somewhere in its source\nCL_OUT_OF_RESOURCES")

    monkeypatch.setattr(compiling, "openvino_core", Core)
    with pytest.raises(DeviceError, match="GPU does not take the model m, CL_OUT_OF_RESOURCES"):
        compile_graph(a_graph(), "m", "GPU", 1)
    assert not caplog.records
