from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.obs.conftest import FakeLibObs
from tests.unit.obs.fake_sources import WEAK, FakeSources

from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.chosen_file import LOOK_SECONDS
from selfieseg_obs.published_source import PublishedSource
from selfieseg_obs.video_background import PATIENCE_S, VideoBackground
from selfieseg_wire.structs import FilterEntry


@pytest.fixture
def sources(libobs: FakeLibObs) -> FakeSources:
    return libobs.sources


@pytest.fixture
def video(sources: FakeSources, view: BridgeView, entry: FilterEntry) -> Iterator[VideoBackground]:
    made = VideoBackground(sources, PublishedSource(sources, view, entry))
    yield made
    made.end()
    assert entry.background_source == 0
    assert sources.given_back()
    assert not any(source.alive or source.showing for source in sources.all.values())


@pytest.fixture
def clip(tmp_path: Path) -> str:
    (tmp_path / "clip.mp4").write_text("x")
    return str(tmp_path / "clip.mp4")


def test_a_file_is_played_in_a_loop_unheard(
    video: VideoBackground, sources: FakeSources, entry: FilterEntry, clip: str
) -> None:
    for now in (0.0, 0.5):
        video.follow(clip, now)
    assert entry.background_source == 1 + WEAK
    assert len(sources.all) == 1
    settings = sources.all[1].settings
    assert (settings["local_file"], settings["looping"], settings["hw_decode"]) == (clip, True, False)
    assert (settings["restart_on_activate"], settings["close_when_inactive"]) == (False, False)
    assert sources.all[1].showing == 1


def test_a_file_that_gives_no_picture_is_told_after_a_while(
    video: VideoBackground, sources: FakeSources, clip: str
) -> None:
    video.follow(clip, 10.0)
    video.follow(clip, 10.0 + PATIENCE_S)
    assert video.trouble == ""
    video.follow(clip, 10.1 + PATIENCE_S)
    assert "gives no picture" in video.trouble
    sources.all[1].width = 640
    video.follow(clip, 11 + PATIENCE_S)
    assert video.trouble == ""


def test_a_file_that_gave_no_picture_is_tried_again_when_it_is_another(
    video: VideoBackground, sources: FakeSources, entry: FilterEntry, clip: str
) -> None:
    now = 10.0
    video.follow(clip, now)
    for _ in range(9):
        now += PATIENCE_S
        video.follow(clip, now)
    assert len(sources.all) == 1
    Path(clip).write_text("longer")
    for _ in range(2):
        now += PATIENCE_S - 1
        video.follow(clip, now)
        assert "gives no picture" in video.trouble, "told anew although nothing has changed yet"
    assert (len(sources.all), sources.all[1].alive) == (2, False)
    assert entry.background_source == 2 + WEAK
    sources.all[2].width = 640
    video.follow(clip, now)
    assert video.trouble == ""


@pytest.mark.parametrize(
    ("name", "words"), [("", "No background video"), ("no.mp4", "does not exist"), (".", "is a folder")]
)
def test_a_wrong_file_is_told_and_the_old_one_is_not_played(
    video: VideoBackground, entry: FilterEntry, clip: str, tmp_path: Path, name: str, words: str
) -> None:
    video.follow(clip, 0.0)
    video.follow(name and str(tmp_path / name), 1.0)
    assert words in video.trouble
    assert entry.background_source == 0


def test_a_file_that_appears_is_played(video: VideoBackground, entry: FilterEntry, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    video.follow(str(late), 0.0)
    late.write_text("x")
    video.follow(str(late), LOOK_SECONDS)
    assert entry.background_source
    assert video.trouble == ""


def test_another_file_is_another_source(
    video: VideoBackground, sources: FakeSources, entry: FilterEntry, clip: str, tmp_path: Path
) -> None:
    (tmp_path / "two.mp4").write_text("x")
    video.follow(clip, 0.0)
    video.follow(str(tmp_path / "two.mp4"), 1.0)
    assert not sources.all[1].alive
    assert entry.background_source == 2 + WEAK
    assert sources.all[2].settings["local_file"] == str(tmp_path / "two.mp4")


def test_an_obs_without_media_sources_is_told(
    video: VideoBackground, sources: FakeSources, clip: str
) -> None:
    sources.creates = False
    video.follow(clip, 0.0)
    assert "gives no picture" in video.trouble
