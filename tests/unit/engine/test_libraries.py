from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from selfieseg_engine import libraries

EIGHT_AT_ONCE = """
import sys, threading
from selfieseg_engine.libraries import load_libraries
assert "numpy" not in sys.modules
threads = [threading.Thread(target=load_libraries) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*(name for name in ("numpy", "cv2", "numba", "openvino") if name in sys.modules))
"""


def test_threads_load_them_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = 0
    most = 0

    def load(_name: str) -> None:
        nonlocal loading, most
        loading += 1
        most = max(most, loading)
        time.sleep(0.01)
        loading -= 1

    monkeypatch.setattr(libraries, "import_module", load)
    threads = [threading.Thread(target=libraries.load_libraries) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_all_that_is_slow_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EIGHT_AT_ONCE], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "numpy cv2 numba openvino\n"), done.stderr


def test_what_is_damaged_is_tried_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def fail(name: str) -> None:
        tried.append(name)
        raise ImportError(name)

    monkeypatch.setattr(libraries, "import_module", fail)
    for _ in range(2):
        with pytest.raises(ImportError):
            libraries.load_libraries()
    assert len(tried) == 2
