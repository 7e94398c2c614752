from __future__ import annotations

import pytest

from selfieseg_obs.model_names import ModelNames
from selfieseg_obs.model_wait import FRESH_NS, ModelWait
from selfieseg_wire.messages import ModelRow, Opened, Progress

NOW = 5_000_000_000


def opened(model: str) -> Opened:
    return Opened(1, model, "CPU", 256, 144)


def progress(model: str, done: int = 1) -> Progress:
    return Progress(1, model, done, 10)


def test_it_waits_until_the_chosen_model_is_there() -> None:
    wait = ModelWait("big")
    assert wait.is_waiting
    wait.opened(opened("small"))
    assert wait.is_waiting, "an answer to an earlier choice, or of another look"
    wait.opened(opened("big"))
    assert not wait.is_waiting
    wait.opened(opened("big"))
    assert not wait.is_waiting


def test_whichever_model_comes_is_automatic() -> None:
    wait = ModelWait("auto")
    wait.opened(opened("small"))
    assert not wait.is_waiting


@pytest.mark.parametrize(
    ("code", "ends_session", "waits"),
    [
        ("model_unknown", False, False),
        ("device_missing", False, False),
        ("no_memory", True, False),
        ("class_model_unknown", False, True),
        ("bad_frame", False, True),
    ],
)
def test_what_fails_is_waited_for_no_longer(code: str, ends_session: bool, waits: bool) -> None:
    wait = ModelWait("big")
    wait.tell(progress("big"), NOW)
    wait.failed(code, ends_session)
    assert wait.is_waiting == waits
    assert (wait.download(NOW) is not None) == (code == "bad_frame")


def test_a_download_is_told_as_long_as_the_engine_tells_of_it() -> None:
    wait = ModelWait("big")
    assert wait.download(NOW) is None
    wait.tell(progress("big", 3), NOW)
    assert wait.download(NOW + FRESH_NS) == progress("big", 3)
    assert wait.download(NOW + FRESH_NS + 1) is None
    wait.tell(progress("big", 9), NOW)
    wait.opened(opened("small"))
    assert wait.download(NOW) == progress("big", 9)
    wait.opened(opened("big"))
    assert wait.download(NOW) is None


def test_the_first_word_of_each_download_is_news() -> None:
    wait = ModelWait("auto")
    assert [wait.tell(progress(model), NOW) for model in ("big", "big", "hair", "big")] == [
        True, False, True, False,
    ]  # fmt: skip
    wait.begin("big")
    assert wait.is_waiting
    assert wait.tell(progress("big"), NOW), "chosen once more"


def test_what_an_open_dialogue_is_made_anew_for() -> None:
    wait = ModelWait("big")
    assert wait.news(NOW) == "", "nobody downloads anything"
    wait.tell(progress("big", 3), NOW)
    assert wait.news(NOW) == "big 30 %"
    assert wait.news(NOW + FRESH_NS + 1) == "loading"
    wait.opened(opened("big"))
    assert wait.news(NOW) == ""
    wait.begin("small")
    assert wait.news(NOW) == "", "a model at hand is there in no time"


def test_models_are_called_what_the_dialogues_list_calls_them() -> None:
    names = ModelNames()
    assert names.name("big") == "big"
    names.take(
        [ModelRow("big", "Big model", True, False, False), ModelRow("nameless", "", True, False, True)]
    )
    assert names.name("big") == "Big model"
    assert names.name("nameless") == "nameless"
    assert names.name("selfie_segmentation") == "Selfie segmentation, general"
    assert names.name("hair_segmentation") == "Hair only"
