"""Models exchanged while OBS records: nobody sees the room, the picture goes on moving, nothing grows."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from selfieseg_engine.client import EngineClient
from selfieseg_engine.isolated_obs import IsolatedObs
from selfieseg_wire.messages import Models
from tests.obs.model_switching import (
    LOAD_S,
    STILL_LIMIT,
    look_through,
    session_of,
    show,
    wait_for_model,
    write_person,
)
from tests.obs.product import FILTER, MODEL, Product, product_config, product_environment, product_scripts
from tests.obs.properties_probe import PROBE, ask_choices, ask_state_text
from tests.obs.recorded_mattes import FPS, HEIGHT, WIDTH

pytestmark = pytest.mark.timeout(600)

SWITCHES = 100
# Each twenty switches go to each of them as often: layouts, sizes, formats, and one that remembers its mask.
VARIED = (MODEL, "selfie_segmentation", "mobilenetv3", "portraitnet_video_i8", "sinet")
CALM_S = 10.0
RED = 0xFF0000FF
MIB = 2**20


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_person(tmp_path_factory.mktemp("clip") / "person.mp4")


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    config = product_config([*product_scripts(), PROBE], width=WIDTH, height=HEIGHT, fps=FPS)
    with IsolatedObs(config, environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


def test_a_hundred_switches_under_load(product: Product, clip: Path) -> None:
    for number in (1, 2):  # below the picture that is recorded
        show(product, clip, f"Load {number}", color=RED)
    show(product, clip)
    product.wait_for_mattes(3)
    engine_pid = product.engine_pid()
    assert engine_pid is not None
    calm = look_through(product.scene.record(CALM_S))
    engine, obs = psutil.Process(engine_pid), psutil.Process(product.obs.pid)
    with EngineClient.greet(product.run_dir, "test") as client:
        at_hand = {row.id for row in client.wait_for(Models, LOAD_S).rows if row.at_hand}
        models = VARIED if at_hand.issuperset(VARIED) else VARIED[:2]
        product.scene.start_recording()
        memory, obs_memory = [], []
        for number in range(SWITCHES):
            wanted = models[(number + 1) % len(models)]
            product.configure(model=wanted)
            wait_for_model(product, client, wanted)
            memory.append(engine.memory_info().rss)
            obs_memory.append(obs.memory_info().rss)
        recording = product.scene.stop_recording()
        assert session_of(client)["model"] == wanted
    switched = look_through(recording)
    grown = statistics.mean(memory[-20:]) - statistics.mean(memory[20:40])
    obs_grown = statistics.mean(obs_memory[-20:]) - statistics.mean(obs_memory[20:40])
    print(
        f"{SWITCHES} switches among {len(models)} models: {switched}, before them {calm};"
        f" engine {grown / MIB:+.1f} MB, OBS {obs_grown / MIB:+.1f} MB"
    )

    assert product.engine_pid() == engine_pid, "another engine"
    assert switched.frames >= SWITCHES
    assert switched.longest_still < STILL_LIMIT
    assert grown < 8 * MIB
    assert not [line for line in product.log_lines() if "error" in line.lower()]


def test_a_choice_in_the_dialogue(product: Product, clip: Path) -> None:
    """Real lists of OBS: those at hand first, and a model that is gone stays chosen."""
    show(product, clip)
    product.wait_for_mattes()
    product.scene.wait_until(
        lambda: "selfie_multiclass_256x256" in ask_choices(product, FILTER, "model"), what="the engine's list"
    )
    choices = ask_choices(product, FILTER, "model")
    labels = list(choices.values())
    assert next(iter(choices)) == "auto"
    to_download = [label.endswith("(download)") for label in labels]
    assert to_download == sorted(to_download)
    assert not choices[MODEL].endswith("(download)")
    assert choices["selfie_multiclass_256x256"].endswith("(download)")
    assert "selfie_multiclass_256x256" in ask_choices(product, FILTER, "class_model")

    product.configure(model="no_such_model")
    product.scene.wait_until(
        lambda: "No model is called 'no_such_model'" in ask_state_text(product, FILTER), what="the refusal"
    )
    assert (
        ask_choices(product, FILTER, "model")["no_such_model"] == "no_such_model (not known on this computer)"
    )
    assert f"running: {MODEL}" in ask_state_text(product, FILTER)
