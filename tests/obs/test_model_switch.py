"""Models exchanged while OBS records: nobody sees the room, the picture goes on moving, nothing grows."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import psutil
import pytest

from selfieseg_engine.client import EngineClient
from selfieseg_engine.isolated_obs import IsolatedObs
from selfieseg_wire.messages import Models, Stats, StatsRequest
from tests.engine.slow_download import SlowModel
from tests.obs.product import (
    FILTER,
    MODEL,
    SECRET,
    SHARED,
    SOURCE,
    Picture,
    Product,
    fetch_models,
    person_in_a_room,
    product_config,
    product_environment,
    product_scripts,
    write_clip,
    write_install_record,
)
from tests.obs.properties_probe import PROBE, ask_choices, ask_state_text
from tests.obs.recorded_mattes import FPS, HEIGHT, WIDTH, decoded

pytestmark = pytest.mark.timeout(600)

SWITCHES = 100
# Each twenty switches go to each of them as often: layouts, sizes, formats, and one that remembers its mask.
VARIED = (MODEL, "selfie_segmentation", "mobilenetv3", "portraitnet_video_i8", "sinet")
SMALL_SECRET = tuple(slice(part.start // 2, part.stop // 2) for part in SECRET)
RAW_CONTRAST, HIDDEN_CONTRAST = 100.0, 15.0
MIB = 2**20
LOAD_S = 60.0
STILL_LIMIT = FPS  # frames that may show the same picture one after the other
WEIGHTS = SHARED / "models" / "selfie_segmentation.tflite"
SLOW = "slow_model"


def contrast(picture: Picture) -> float:
    """Return how well the secret on the wall can be read."""
    return float(picture[SMALL_SECRET].astype(np.float32).mean(axis=2).std())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person that sways before a wall with a secret."""
    picture = cv2.resize(person_in_a_room(), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    assert contrast(cast("Picture", picture)) > RAW_CONTRAST
    return write_clip(tmp_path_factory.mktemp("clip") / "person.mp4", cast("Picture", picture), sway=10)


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    config = product_config([*product_scripts(), PROBE], width=WIDTH, height=HEIGHT, fps=FPS)
    with IsolatedObs(config, environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


def show(product: Product, clip: Path, source: str = SOURCE, **settings: Any) -> None:
    product.scene.create_media(source, clip)
    product.scene.wait_for_picture(source)
    product.add_filter(
        source, **({"background": "color", "without_matte": "hide", "model": MODEL} | settings)
    )


def session_of(client: EngineClient, source: str = SOURCE) -> dict[str, Any]:
    """Return what the engine knows of a source's filter."""
    sessions = json.loads(client.ask(StatsRequest(), Stats).json_text)["sessions"]
    return next(each for each in sessions if each["source"] == source)


def wait_for_model(product: Product, client: EngineClient, model: str) -> None:
    """Wait until it is at work: it has answered frames."""
    product.scene.wait_until(
        lambda: session_of(client)["model"] == model, what=model, timeout_s=LOAD_S, poll_s=0.02
    )
    mattes = session_of(client)["mattes"]
    product.scene.wait_until(
        lambda: session_of(client)["mattes"] > mattes, what=f"mattes of {model}", poll_s=0.02
    )


def downloading_text(product: Product) -> str:
    """Return the state in the filter's properties, empty where it tells of no download."""
    text = ask_state_text(product, FILTER)
    return text if "downloading" in text else ""


def look_through(recording: Path) -> tuple[int, int, int]:
    """Return how many frames there are, without any matte, and the longest row of equal ones.

    None may show the room.
    """
    frames = hidden = still = longest = 0
    last: Picture | None = None
    for frame in decoded(recording):
        assert contrast(frame) < HIDDEN_CONTRAST, f"frame {frames} shows the room"
        frames += 1
        hidden += int(frame.max() < 40)
        is_same = last is not None and np.array_equal(frame, last)
        still = still + 1 if is_same else 0
        longest = max(longest, still)
        last = frame
    return frames, hidden, longest


def start_recording(product: Product) -> None:
    product.scene.request("StartRecord")
    product.scene.wait_until(
        lambda: product.scene.request("GetRecordStatus")["outputActive"], what="the recording to start"
    )


def stop_recording(product: Product) -> Path:
    path = Path(product.scene.request("StopRecord")["outputPath"])
    product.scene.wait_until(
        lambda: not product.scene.request("GetRecordStatus")["outputActive"], what="the recording to end"
    )
    return path


def test_a_hundred_switches_under_load(product: Product, clip: Path) -> None:
    for number in (1, 2):  # below the picture that is recorded
        show(product, clip, f"Load {number}", background="blur")
    show(product, clip)
    product.wait_for_mattes(3)
    engine_pid = product.engine_pid()
    assert engine_pid is not None
    engine, obs = psutil.Process(engine_pid), psutil.Process(product.obs.pid)
    with EngineClient.greet(product.run_dir, "test") as client:
        at_hand = {row.id for row in client.wait_for(Models, LOAD_S).rows if row.at_hand}
        models = VARIED if at_hand.issuperset(VARIED) else VARIED[:2]
        start_recording(product)
        memory, obs_memory = [], []
        for number in range(SWITCHES):
            wanted = models[(number + 1) % len(models)]
            product.configure(model=wanted)
            wait_for_model(product, client, wanted)
            memory.append(engine.memory_info().rss)
            obs_memory.append(obs.memory_info().rss)
        recording = stop_recording(product)
        assert session_of(client)["model"] == wanted
    frames, hidden, longest = look_through(recording)
    grown = statistics.mean(memory[-20:]) - statistics.mean(memory[20:40])
    obs_grown = statistics.mean(obs_memory[-20:]) - statistics.mean(obs_memory[20:40])
    print(
        f"{SWITCHES} switches among {len(models)} models: {frames} frames, {hidden} without a matte, at most"
        f" {longest} equal ones in a row; engine {grown / MIB:+.1f} MB, OBS {obs_grown / MIB:+.1f} MB"
    )

    assert product.engine_pid() == engine_pid, "another engine"
    assert frames >= SWITCHES
    assert longest < STILL_LIMIT
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
        lambda: "no model is called 'no_such_model'" in ask_state_text(product, FILTER), what="the refusal"
    )
    assert (
        ask_choices(product, FILTER, "model")["no_such_model"] == "no_such_model (not known on this computer)"
    )
    assert f"running: {MODEL}" in ask_state_text(product, FILTER)


@pytest.fixture
def slow_model(tmp_path: Path) -> Iterator[SlowModel]:
    if not WEIGHTS.is_file():
        pytest.skip(f"needs {WEIGHTS}, which is not here")
    model = SlowModel(tmp_path, SLOW, WEIGHTS.read_bytes())
    with model.server.running():
        yield model


def test_a_model_is_downloaded_while_the_old_one_goes_on(
    slow_model: SlowModel, clip: Path, tmp_path: Path, start_product: Callable[..., Product]
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
    show(product, clip)
    product.wait_for_mattes()
    product.scene.wait_until(
        lambda: ask_choices(product, FILTER, "model").get(SLOW) == f"{slow_model.title} (download)",
        what="the list of models",
    )
    with EngineClient.greet(product.run_dir, "test") as client:
        start_recording(product)
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
        recording = stop_recording(product)
    assert f"running: {MODEL}" in told
    assert f"; downloading {slow_model.title}: " in told
    frames, hidden, longest = look_through(recording)
    print(f"{told!r}; {frames} frames, {hidden} without a matte, at most {longest} equal ones in a row")
    assert longest < STILL_LIMIT
    product.scene.wait_until(
        lambda: ask_state_text(product, FILTER).startswith(f"running: {SLOW} "), what="the new state"
    )
    assert ask_choices(product, FILTER, "model")[SLOW] == slow_model.title
    assert sum("downloading" in line for line in product.log_lines()) == 1
    product.stop()
