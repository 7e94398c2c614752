"""OBS's Python has no numpy: the wire must work without it, and without ZeroMQ."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import selfieseg_wire

BLOCKED = ("numpy", "cv2", "openvino", "zmq", "psutil")


def test_every_module_imports_and_works() -> None:
    modules = [module.name for module in pkgutil.iter_modules(selfieseg_wire.__path__, "selfieseg_wire.")]
    assert "selfieseg_wire.ring" in modules
    code = f"""
import sys
for name in {BLOCKED!r}:
    sys.modules[name] = None
import importlib
for name in {modules!r}:
    importlib.import_module(name)
from selfieseg_wire.messages import Ping, decode, encode
from selfieseg_wire.ring import Ring, RingLayout
assert decode(encode(Ping(5))) == Ping(5)
layout = RingLayout.plan(2, 64, 16)
ring = Ring.format(memoryview(bytearray(layout.total_bytes)), layout)
ring.begin_result(0, 1)
ring.result_bytes(0, 16)[:] = bytes(16)
ring.end_result(0, 1, 4, 4, 4)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
