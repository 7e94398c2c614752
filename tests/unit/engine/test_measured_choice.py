from __future__ import annotations

import pytest

from selfieseg_engine.measured_choice import AS_MEASURED, Candidate, Setup, choose, fits, worth_two_threads
from selfieseg_engine.registry.measurements import Times

FAST = Candidate("fast", 0.85, {"CPU": {1: 2.0, 2: 1.5}})
GOOD = Candidate("good", 0.90, {"CPU": {1: 6.0, 2: 4.0}})
BEST = Candidate("best", 0.95, {"CPU": {1: 30.0, 2: 16.0}, "GPU": {1: 12.0}})


@pytest.mark.parametrize(
    ("candidates", "cores", "model", "device", "threads"),
    [
        pytest.param([FAST, GOOD], 2, "good", "CPU", 1, id="the best that fits"),
        pytest.param([FAST, GOOD], 1, "fast", "CPU", 1, id="a tenth of a small processor"),
        pytest.param([FAST, GOOD, BEST], 2, "best", "GPU", 1, id="on another device there is more time"),
        pytest.param([Candidate("slow", 0.9, {"CPU": {1: 90.0}}), GOOD], 1, "good", "CPU", 1, id="none fits"),
        pytest.param(
            [FAST, Candidate("same", 0.854, {"CPU": {1: 2.5}})],
            8,
            "fast",
            "CPU",
            1,
            id="no visible difference",
        ),
    ],
)
def test_a_model_is_chosen(
    candidates: list[Candidate], cores: int, model: str, device: str, threads: int
) -> None:
    assert choose(candidates, cores) == Setup(model, device, threads)
    assert choose(candidates[::-1], cores) == Setup(model, device, threads)


@pytest.mark.parametrize(
    ("times", "cores", "threads"),
    [
        ({1: 7.0, 2: 4.0}, 8, 1),  # fits with one
        ({1: 12.0, 2: 7.0}, 8, 2),  # only with two
        ({1: 12.0, 2: 7.0}, 2, 1),  # with two it would take too much of the processor
        ({1: 60.0, 2: 30.0}, 8, 1),  # with neither
    ],
)
def test_two_threads_only_where_they_are_needed(times: dict[int, float], cores: int, threads: int) -> None:
    assert choose([Candidate("m", 0.9, {"CPU": times})], cores) == Setup("m", "CPU", threads)


@pytest.mark.parametrize(
    ("times", "device"),
    [
        ({"CPU": {1: 5.0}, "GPU": {1: 4.0}}, "GPU"),
        ({"CPU": {1: 4.0}, "GPU": {1: 5.0}}, "CPU"),
        ({"CPU": {1: 30.0}, "GPU": {1: 9.0}, "NPU": {1: 6.0}}, "NPU"),
    ],
)
def test_another_device_must_be_quicker(times: Times, device: str) -> None:
    assert choose([Candidate("m", 0.9, times)], 8) == Setup("m", device, 1)


def test_what_the_user_names_is_kept() -> None:
    assert choose([FAST, GOOD, BEST], 8, device="CPU") == Setup("good", "CPU", 1)
    assert choose([FAST, GOOD, BEST], 8, device="GPU") == Setup("best", "GPU", 1)
    assert choose([FAST, GOOD], 8, threads=4) == Setup("good", "CPU", 4)
    assert choose([BEST], 8, device="GPU", threads=3) == Setup("best", "GPU", 3)
    assert choose([FAST, GOOD], 8, device="GPU") is None, "nothing is known of it there"
    assert choose([], 8, threads=AS_MEASURED) is None


def test_limits() -> None:
    assert fits(8.0, "CPU", 1, 8)
    assert not fits(8.1, "CPU", 1, 8)
    assert not fits(7.0, "CPU", 1, 2), "more than a tenth of two cores"
    assert not fits(7.0, "CPU", 2, 4), "more than a tenth of four cores"
    assert fits(20.0, "NPU", 1, 1)
    assert not fits(20.1, "GPU", 1, 64)
    assert worth_two_threads(12.0, 8)
    assert not worth_two_threads(7.0, 8), "one is enough"
    assert not worth_two_threads(17.0, 8), "two are not"
    assert not worth_two_threads(12.0, 2), "two would take too much"
