from __future__ import annotations

import threading
from pathlib import Path

import pytest

from selfieseg_engine import backdrop_player
from selfieseg_engine.backdrop_player import BackdropPlayer
from selfieseg_engine.composite.background import ImageBackground
from selfieseg_engine.errors import PictureError


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_background_that_was_given_up_reports_nothing(
    monkeypatch: pytest.MonkeyPatch, is_wanted: bool
) -> None:
    """It would be taken for the failure of the one that was chosen in its place."""
    begun, may_fail = threading.Event(), threading.Event()
    told: list[Exception] = []

    def fail(*_arguments: object) -> None:
        begun.set()
        assert may_fail.wait(10)
        raise PictureError("x cannot be read", "the drive has gone", "choose another")

    monkeypatch.setattr(backdrop_player, "open_backdrop", fail)
    player = BackdropPlayer("backdrop-of-test", ImageBackground(Path("x")), (4, 4), told.append)
    player.start()
    assert begun.wait(10)
    if not is_wanted:
        player.close()
    may_fail.set()
    player._thread.join(10)
    assert [str(error) for error in told] == (
        ["x cannot be read, the drive has gone, choose another"] if is_wanted else []
    )
    assert player.has_failed
