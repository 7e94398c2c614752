"""A real, isolated OBS for every test below; skipped only where there is no OBS at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.isolated_obs import IsolatedObs, ObsConfig, ObsScene, find_obs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_obs() is not None:
        return
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason="no OBS on the path; install it: apt install obs-studio xvfb")
    for item in items:
        if here in item.path.parents:
            item.add_marker(skip)


@pytest.fixture
def start_obs() -> Iterator[Callable[..., IsolatedObs]]:
    """Starts an OBS (config, environment) that ends with the test, whatever happens."""
    with ExitStack() as stack:

        def start(
            config: ObsConfig | None = None, environment: Mapping[str, str] | None = None
        ) -> IsolatedObs:
            return stack.enter_context(IsolatedObs(config, environment=environment))

        yield start


@pytest.fixture
def obs(start_obs: Callable[..., IsolatedObs]) -> IsolatedObs:
    """An OBS without scripts."""
    return start_obs()


@pytest.fixture
def scene(obs: IsolatedObs) -> ObsScene:
    return ObsScene(obs)


@pytest.fixture
def test_card(tmp_path: Path) -> Path:
    """A picture that no scaling or colour conversion leaves unchanged."""
    path = tmp_path / "card.png"
    cv2.imwrite(str(path), np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8))
    return path
