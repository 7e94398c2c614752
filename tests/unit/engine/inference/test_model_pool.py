from __future__ import annotations

import threading
import time
from typing import cast

import pytest

from selfieseg_engine.errors import ObtainError
from selfieseg_engine.inference.loaded_model import LoadedModel
from selfieseg_engine.inference.model_pool import ModelChoice, ModelPool


def test_sessions_that_start_together_compile_once() -> None:
    """Two filters of one scene open their sessions in the same instant."""
    loads = []

    def load(choice: ModelChoice) -> LoadedModel:
        time.sleep(0.05)
        loads.append(choice)
        return cast(LoadedModel, object())

    pool = ModelPool(load)
    got: list[LoadedModel] = []
    threads = [threading.Thread(target=lambda: got.append(pool.get(ModelChoice("m")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len({id(model) for model in got}) == 1
    assert pool.get(ModelChoice("m", threads=2)) is not got[0]


def test_a_failed_load_is_tried_again() -> None:
    answers: list[Exception | None] = [ObtainError("a", "b", "c"), None]

    def load(_choice: ModelChoice) -> LoadedModel:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return cast(LoadedModel, object())

    pool = ModelPool(load)
    with pytest.raises(ObtainError):
        pool.get(ModelChoice("m"))
    assert pool.get(ModelChoice("m")) is pool.get(ModelChoice("m"))
