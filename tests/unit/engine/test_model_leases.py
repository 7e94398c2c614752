"""Sharing without a model: what is loaded, how often, and when it is dropped."""

from __future__ import annotations

import dataclasses
import gc
import threading
import weakref
from typing import TYPE_CHECKING, cast

import pytest

from selfieseg_engine.model_leases import ModelKey, ModelLease, ModelLeases

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel

KEY = ModelKey("m", "CPU", 1)


class FakeModel:
    """Something that can be dropped."""


class Loader:
    def __init__(self) -> None:
        self.loaded: list[ModelKey] = []
        self.failure: Exception | None = None
        self.may_finish = threading.Event()
        self.may_finish.set()

    def __call__(self, key: ModelKey) -> LoadedModel:
        self.loaded.append(key)
        assert self.may_finish.wait(10)
        if self.failure is not None:
            raise self.failure
        return cast("LoadedModel", FakeModel())


def test_one_load_for_equal_keys_and_dropped_with_the_last() -> None:
    loader = Loader()
    leases = ModelLeases(loader)
    one, two = leases.acquire(KEY), leases.acquire(ModelKey("m", "CPU", 1))
    other = leases.acquire(ModelKey("m", "CPU", 2))
    assert one.model is two.model
    assert one.model is not other.model
    assert len(loader.loaded) == len(leases) == 2
    gone = weakref.ref(one.model)
    one.release()
    one.release()  # twice by one user counts once
    assert len(leases) == 2
    two.release()
    other.release()
    assert len(leases) == 0
    del one, two
    gc.collect()
    assert gone() is None
    leases.acquire(KEY)
    assert len(loader.loaded) == 3


def test_all_who_wait_share_one_load() -> None:
    loader = Loader()
    loader.may_finish.clear()
    leases = ModelLeases(loader)
    got: list[ModelLease] = []
    threads = [threading.Thread(target=lambda: got.append(leases.acquire(KEY))) for _ in range(5)]
    for thread in threads:
        thread.start()
    loader.may_finish.set()
    for thread in threads:
        thread.join(10)
    assert len({id(lease.model) for lease in got}) == len(loader.loaded) == 1
    for lease in got:
        lease.release()
    assert len(leases) == 0


def test_one_slow_load_does_not_hold_up_another() -> None:
    """A download for one filter must not keep the other filter waiting."""
    slow = threading.Event()

    def load(key: ModelKey) -> LoadedModel:
        if key.model == "slow":
            assert slow.wait(10)
        return cast("LoadedModel", FakeModel())

    leases = ModelLeases(load)
    thread = threading.Thread(target=leases.acquire, args=(ModelKey("slow", "CPU", 1),))
    thread.start()
    leases.acquire(KEY).release()
    slow.set()
    thread.join(10)


def test_a_failed_load_is_told_and_tried_anew() -> None:
    loader = Loader()
    loader.failure = OSError("no network")
    leases = ModelLeases(loader)
    for _ in range(2):
        with pytest.raises(OSError, match="no network"):
            leases.acquire(KEY)
    assert len(leases) == 0
    loader.failure = None
    leases.acquire(KEY)
    assert len(loader.loaded) == 3


def test_wishes_that_mean_the_same_share() -> None:
    loader = Loader()
    leases = ModelLeases(loader, lambda key: dataclasses.replace(key, model="m", device="CPU"))
    assert leases.acquire(ModelKey("auto", "AUTO", 1)).model is leases.acquire(KEY).model
    assert loader.loaded == [KEY]
