from __future__ import annotations

import sys

import pytest

from selfieseg_engine.benchmarks.speed.peer_process import PeerError, PeerProcess

ECHO = """
import sys
for line in sys.stdin:
    if line.strip() == "end":
        break
    print(line.strip(), "0.5", flush=True)
"""


def test_it_handles_a_frame_whenever_it_is_told_to() -> None:
    with PeerProcess("the echo", [sys.executable, "-c", ECHO], "report this") as peer:
        assert peer.process(3) == (3.0, 0.5)
        assert peer.tell("mask").split() == ["mask", "0.5"]
        with pytest.raises(PeerError, match=r"the echo .*, its process has ended, report this"):
            peer.tell("end")
        with pytest.raises(PeerError):
            peer.process(4)


def test_one_that_does_not_run_is_told() -> None:
    with pytest.raises(PeerError, match="do that"):
        PeerProcess("nothing", [sys.executable, "-c", "pass"], "do that")
