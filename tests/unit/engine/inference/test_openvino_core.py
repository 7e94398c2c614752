from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from selfieseg_engine.inference import openvino_core as module
from selfieseg_engine.inference.openvino_core import openvino_core


def test_there_is_one_whoever_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowCore:
        def __init__(self) -> None:
            time.sleep(0.05)

    monkeypatch.setattr(module, "_core", None)
    monkeypatch.setattr("openvino.Core", SlowCore)
    together = Barrier(8, timeout=30)

    def asked(_: int) -> object:
        together.wait()
        return openvino_core()

    with ThreadPoolExecutor(8) as threads:
        cores = list(threads.map(asked, range(8)))
    assert len({id(core) for core in cores}) == 1
