from __future__ import annotations

import pytest

from selfieseg_obs.say_error import say_error


@pytest.mark.parametrize(
    ("text", "remedy", "said"),
    [
        ("the model is gone", "fetch it", "The model is gone. Fetch it."),
        ("The model is gone.", "Fetch it.", "The model is gone. Fetch it."),
        ("/a/b.png is no picture", "", "/a/b.png is no picture."),
        (" ", "restart OBS", "Restart OBS."),
    ],
)
def test_sentences(text: str, remedy: str, said: str) -> None:
    assert say_error(text, remedy) == said
