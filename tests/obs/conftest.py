"""A real, isolated OBS for every test below; skipped only where there is no OBS at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.isolated_obs import IsolatedObs, ObsConfig, ObsScene, find_obs
from tests.obs.product import Product, fetch_models, product_config, product_environment, write_install_record


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


@pytest.fixture(scope="session")
def product_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the installer leaves it: record and models."""
    data_dir = tmp_path_factory.mktemp("data")
    write_install_record(data_dir)
    fetch_models(data_dir)
    return data_dir


@pytest.fixture
def start_product(product_data_dir: Path) -> Iterator[Callable[..., Product]]:
    """Starts an OBS with the filter's scripts; ends it with the test, whatever happens."""
    with ExitStack() as stack:

        def start(config: ObsConfig | None = None, data_dir: Path = product_data_dir) -> Product:
            isolated = IsolatedObs(config or product_config(), environment=product_environment(data_dir))
            return Product(stack.enter_context(isolated), data_dir)

        yield start


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    """One OBS with the filter's scripts for all tests of a file; its exit is checked like a test."""
    with IsolatedObs(product_config(), environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


@pytest.fixture
def product(one_product: Product) -> Iterator[Product]:
    """The file's OBS with an empty scene."""
    yield one_product
    one_product.clear_scene()
