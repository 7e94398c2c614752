"""A model is fetched from a slow server while OBS goes on with the old one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from selfieseg_engine.client import EngineClient
from tests.engine.slow_download import SlowModel
from tests.obs.model_switching import (
    STILL_LIMIT,
    look_through,
    session_of,
    show,
    wait_for_model,
    write_person,
)
from tests.obs.product import (
    FILTER,
    MODEL,
    SHARED,
    Product,
    fetch_models,
    product_config,
    product_scripts,
    write_install_record,
)
from tests.obs.properties_probe import PROBE, ask_choices, ask_state_text
from tests.obs.recorded_mattes import FPS, HEIGHT, WIDTH

pytestmark = pytest.mark.timeout(300)

WEIGHTS = SHARED / "models" / "selfie_segmentation.tflite"
SLOW = "slow_model"


def downloading_text(product: Product) -> str:
    """Return the state in the filter's properties, empty where it tells of no download."""
    text = ask_state_text(product, FILTER)
    return text if "downloading" in text else ""


@pytest.fixture
def slow_model(tmp_path: Path) -> Iterator[SlowModel]:
    if not WEIGHTS.is_file():
        pytest.skip(f"needs {WEIGHTS}, which is not here")
    model = SlowModel(tmp_path, SLOW, WEIGHTS.read_bytes())
    with model.server.running():
        yield model


def test_a_model_is_downloaded_while_the_old_one_goes_on(
    slow_model: SlowModel, tmp_path: Path, start_product: Callable[..., Product]
) -> None:
    python = tmp_path / "python"
    variables = " ".join(f"{key}='{value}'" for key, value in slow_model.environment.items())
    python.write_text(f'#!/bin/sh\nexec env {variables} "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    data_dir = tmp_path / "data"
    write_install_record(data_dir, python=str(python))
    fetch_models(data_dir)
    product = start_product(
        product_config([*product_scripts(), PROBE], width=WIDTH, height=HEIGHT, fps=FPS), data_dir
    )
    show(product, write_person(tmp_path / "person.mp4"))
    product.wait_for_mattes()
    product.scene.wait_until(
        lambda: ask_choices(product, FILTER, "model").get(SLOW) == f"{slow_model.title} (download)",
        what="the list of models",
    )
    with EngineClient.greet(product.run_dir, "test") as client:
        product.scene.start_recording()
        product.configure(model=SLOW)
        told = product.scene.wait_until(
            lambda: downloading_text(product),
            what="the progress",
        )
        mattes = session_of(client)["mattes"]
        product.scene.wait_until(lambda: session_of(client)["mattes"] > mattes + FPS, what="mattes meanwhile")
        assert session_of(client)["model"] == MODEL
        slow_model.server.go_on.set()
        wait_for_model(product, client, SLOW)
        time.sleep(1)  # some frames more of the new model
        recording = product.scene.stop_recording()
    assert f"running: {MODEL}" in told
    assert f"; downloading {slow_model.title}: " in told
    seen = look_through(recording)
    print(f"{told!r}; {seen}")
    assert seen.longest_still < STILL_LIMIT
    product.scene.wait_until(
        lambda: ask_state_text(product, FILTER).startswith(f"running: {SLOW} "), what="the new state"
    )
    assert ask_choices(product, FILTER, "model")[SLOW] == slow_model.title
    assert sum("downloading" in line for line in product.log_lines()) == 1
    product.stop()
