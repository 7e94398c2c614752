"""Filters come and go, collections switch: nothing crashes, nothing grows, nothing stays behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import psutil
import pytest

from selfieseg_engine.isolated_obs import IsolatedObs, ObsScene
from selfieseg_engine.isolated_obs.close_window import close_main_windows
from tests.obs.product import (
    FILTER,
    MODEL,
    SOURCE,
    Product,
    person_in_a_room,
    product_environment,
    write_clip,
)

pytestmark = pytest.mark.timeout(600)

FILTER_CYCLES = 200
COLLECTION_SWITCHES = 20
WARM_UP = 0.25  # of the cycles, before memory is expected to be flat
GROWTH_MB = 24.0


def rss_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def threads(pid: int) -> int:
    return int(psutil.Process(pid).num_threads())


def test_filter_created_and_removed_again_and_again(
    start_product: Callable[..., Product], tmp_path: Path
) -> None:
    product = start_product()
    product.show_person(tmp_path)
    engine = product.engine_pid()
    assert engine is not None
    for cycle in range(FILTER_CYCLES):
        product.add_filter(name=f"Extra {cycle}")
        time.sleep(0.05)
        product.scene.remove_filter(SOURCE, f"Extra {cycle}")
        if cycle == FILTER_CYCLES * WARM_UP:
            time.sleep(1)
            before = rss_mb(product.obs.pid), rss_mb(engine), threads(product.obs.pid)
    time.sleep(1)
    after = rss_mb(product.obs.pid), rss_mb(engine), threads(product.obs.pid)

    print(f"OBS {before[0]:.0f} -> {after[0]:.0f} MB, engine {before[1]:.0f} -> {after[1]:.0f} MB")
    assert after[0] - before[0] < GROWTH_MB
    assert after[1] - before[1] < GROWTH_MB
    assert after[2] <= before[2] + 2
    assert product.engine_pid() == engine
    assert len(list(product.run_dir.glob("ring-*"))) == 1
    product.wait_for_mattes()
    assert product.stop().leaks == leaks_without_filter(tmp_path)


def leaks_without_filter(tmp_path: Path) -> int | None:
    """How many allocations OBS itself leaks with the same source."""
    with IsolatedObs() as obs:
        scene = ObsScene(obs)
        scene.create_image(SOURCE, tmp_path / "person.png")
        scene.wait_for_picture(SOURCE)
        return obs.stop().leaks


def test_scene_collections_switch(start_product: Callable[..., Product], tmp_path: Path) -> None:
    """Every switch unloads and reloads every script; a filter comes back with its scene.

    OBS lists scripts per collection, so the second one has none: there the filter does not exist.
    """
    product = start_product()
    product.show_person(tmp_path, background="color")
    product.scene.create_collection("Empty")
    sizes = []
    for number in range(COLLECTION_SWITCHES):
        product.scene.switch_collection("Untitled" if number % 2 == 0 else "Empty")
        if number % 2 == 0:
            product.wait_for_mattes()
            sizes.append(rss_mb(product.obs.pid))
    product.scene.switch_collection("Untitled")
    product.wait_for_mattes()
    assert product.scene.filter_settings(SOURCE, FILTER)["background"] == "color"

    print("OBS", [round(size) for size in sizes], "MB")
    # What has gone is freed a while later, so that a single size is up to 12 MB over the least around it.
    settled = sizes[int(len(sizes) * WARM_UP) :]
    half = len(settled) // 2
    assert min(settled[half:]) - min(settled[:half]) < GROWTH_MB / 2
    assert len(list(product.run_dir.glob("ring-*"))) == 1
    product.stop()


def test_auto_is_a_model_that_is_here(start_product: Callable[..., Product], tmp_path: Path) -> None:
    product = start_product()
    product.show_person(tmp_path, model="auto")
    (session,) = product.sessions()
    assert session["model"] in (MODEL, "selfie_segmentation")
    product.stop()


def test_two_obs_share_one_engine(start_product: Callable[..., Product], tmp_path: Path) -> None:
    """A second OBS with the same run directory finds the first one's engine, and keeps it afterwards."""
    first = start_product()
    first.show_person(tmp_path)
    environment = product_environment(first.data_dir) | {"SELFIESEG_RUN_DIR": str(first.run_dir)}
    with IsolatedObs(first.obs.config, environment=environment) as obs:
        second = Product(obs, first.data_dir)
        cv2.imwrite(str(tmp_path / "second.png"), person_in_a_room())
        second.scene.create_image("Second", tmp_path / "second.png")
        second.add_filter("Second")
        sessions = second.wait_for_mattes(filters=2)
        assert {session["source"] for session in sessions} == {SOURCE, "Second"}
        engine = first.engine_pid()
        # Not first.obs.stop(): that ends the processes it started, too.
        assert close_main_windows(first.obs.pid, first.obs.display_name)
        second.scene.wait_until(lambda: not first.obs.running, what="the first OBS to end")
        time.sleep(5)
        assert second.engine_pid() == engine
        second.wait_for_mattes()


@pytest.mark.parametrize("background", ["source", "video"])
def test_obs_ends_with_a_live_background(
    start_product: Callable[..., Product], tmp_path: Path, background: str
) -> None:
    """A filter that draws another source keeps none alive: OBS ends by itself, and all sources go."""
    product = start_product()
    clip = write_clip(tmp_path / "clip.mp4", person_in_a_room(), seconds=2)
    product.scene.create_media("Behind", clip)
    product.scene.set_visible("Behind", False)
    product.show_person(tmp_path, background=background, background_source="Behind", video_path=str(clip))
    report = product.stop()
    assert report.leaks is not None
