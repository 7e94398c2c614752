from __future__ import annotations

from pathlib import Path

import pytest

from selfieseg_engine.registry.checksum import FileState
from selfieseg_engine.registry.decision import Action, CopyLocal, Download, Refuse, UseCached, decide
from selfieseg_engine.registry.manifest import Digest, WeightsFile

WEIGHTS = WeightsFile("w.tflite", 3, Digest("sha256", "a" * 64))
GOOD = FileState(Path("good"), Digest("sha256", "a" * 64))
GOOD_TOO = FileState(Path("good too"), Digest("sha256", "a" * 64))
BAD = FileState(Path("bad"), Digest("sha256", "b" * 64))


@pytest.mark.parametrize(
    ("local", "cached", "action"),
    [
        ([], None, Download(damaged=None)),
        ([], GOOD, UseCached()),
        ([], BAD, Download(damaged=BAD)),
        ([GOOD], None, CopyLocal(GOOD)),
        ([GOOD], GOOD_TOO, UseCached()),
        ([GOOD], BAD, CopyLocal(GOOD)),
        ([BAD], None, Refuse(BAD)),
        ([BAD], GOOD, Refuse(BAD)),
        ([GOOD, BAD], None, CopyLocal(GOOD)),
        ([BAD, GOOD], None, Refuse(BAD)),
    ],
)
def test_the_action_follows_from_what_was_found(
    local: list[FileState], cached: FileState | None, action: Action
) -> None:
    assert decide(WEIGHTS, local, cached) == action
