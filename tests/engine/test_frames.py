"""Frames in, mattes out: through a real process, shared memory and a real model."""

from __future__ import annotations

import json
import os
import time

import cv2
import numpy as np
import pytest

from selfieseg_engine.client import RefusedError
from selfieseg_engine.matte.edges import refine_edges
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.segmenter import Segmenter
from selfieseg_wire.messages import Configure, Matte, Opened, Ping, Pong, Stats, StatsRequest, Telemetry
from tests.engine.harness import Engine, U8Image

# Mattes that are the model's own masks.
RAW = "refine_edges=0\nsmoothing=0"


def reference(rgb: U8Image, model: str = DEFAULT_MODEL_ID) -> U8Image:
    """Return what the Python API makes of the same picture, as levels: the model's own mask."""
    with Segmenter(model, device="CPU", refine=False, smoothing=0) as segmenter:
        bgr = np.ascontiguousarray(rgb[:, :, ::-1])
        return np.asarray(np.rint(segmenter.segment(bgr).matte * 255), np.uint8)


def difference(one: U8Image, other: U8Image) -> int:
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def facts(opened: Opened) -> tuple[int, str, str, int, int]:
    """Return all but the classes, which depend on the class models of this machine."""
    return opened.session, opened.model, opened.device, opened.work_width, opened.work_height


def test_the_matte_is_the_segmenters(engine: Engine, astronaut_rgb: U8Image, real_model: str) -> None:
    with engine.filter(look=RAW) as client:
        assert client.opened is not None
        assert facts(client.opened) == (1, real_model, "CPU", 256, 144)
        answer, matte = client.segment(astronaut_rgb)
        assert answer.infer_ns > 0
        assert difference(matte, reference(astronaut_rgb)) <= 1
        assert 0.1 < (matte > 127).mean() < 0.9, "the astronaut fills a part of the picture"


def test_by_default_mattes_follow_the_pictures_edges(engine: Engine, astronaut_rgb: U8Image) -> None:
    """They are as large as the work frame, which is larger than what the model takes."""
    work = np.asarray(cv2.resize(astronaut_rgb, (512, 288), interpolation=cv2.INTER_CUBIC), np.uint8)
    raw = reference(np.asarray(cv2.resize(work, (256, 144)), np.uint8))
    with engine.filter(frame_size=(1280, 720)) as client:
        assert client.opened is not None
        assert (client.opened.work_width, client.opened.work_height) == (512, 288)
        _, matte = client.segment(work)
    # Steeper by 1.69, and so is what the mask's rounding leaves.
    assert difference(matte, refine_edges(raw, work)) <= 3


def test_every_slot_and_padded_rows_work(engine: Engine, astronaut_rgb: U8Image) -> None:
    """Each a picture of its own, as the same one again would be answered without looking at it."""
    with engine.filter(look=RAW) as client:
        for slot in range(4):
            shifted = np.roll(astronaut_rgb, 9 * slot, axis=1)
            answer, matte = client.segment(shifted, slot)
            assert answer.infer_ns > 0
            assert difference(matte, reference(shifted)) <= 1
        answer, matte = client.segment(astronaut_rgb, padding=64)
        assert answer.infer_ns > 0
        assert difference(matte, reference(astronaut_rgb)) <= 1


def test_a_picture_that_stands_still_is_not_inferred(engine: Engine, astronaut_rgb: U8Image) -> None:
    noise = np.random.default_rng(1)
    with engine.filter() as client:

        def see(picture: U8Image) -> Matte:
            noisy = picture + noise.normal(0, 2, picture.shape)
            return client.segment(np.asarray(np.clip(noisy, 0, 255), np.uint8))[0]

        answers = [see(astronaut_rgb) for _ in range(30)]
        assert [answer.infer_ns > 0 for answer in answers] == [True] * 4 + [False] * 26
        (session,) = json.loads(engine.stats())["sessions"]
        assert (session["mattes"], session["mattes_without_inference"]) == (30, 26)
        assert see(np.roll(astronaut_rgb, 12, axis=1)).infer_ns > 0, "within one frame of motion"


def test_the_newest_frame_wins(engine: Engine, astronaut_rgb: U8Image) -> None:
    """A burst is not queued up: that is how other filters came to show the past by a second."""
    with engine.filter() as client:
        frames = [client.put(astronaut_rgb, slot) for slot in range(4)]
        answered: list[int] = []
        for _ in range(20):
            for frame in frames:
                client.client.send(frame)
            # The last of a burst has nothing newer behind it: it is always answered.
            while not answered or answered[-1] != frames[-1].seq:
                answered.append(client.client.wait_for(Matte, 5).seq)
            answered.append(0)
        answered = [seq for seq in answered if seq]
        assert 20 <= len(answered) < 80
        session = json.loads(engine.stats())["sessions"][0]
        assert session["dropped"] == 80 - len(answered)


def test_two_clients_do_not_mix(engine: Engine, astronaut_rgb: U8Image) -> None:
    """Both call their session 1: numbers are a client's own."""
    mirrored = np.ascontiguousarray(astronaut_rgb[:, ::-1])
    expected = [reference(astronaut_rgb), reference(mirrored)]
    with engine.filter(source="one", look=RAW) as one, engine.filter(source="two", look=RAW) as two:
        for _ in range(5):
            frames = [one.put(astronaut_rgb, 0), two.put(mirrored, 0)]
            one.client.send(frames[0])
            two.client.send(frames[1])
            for client, frame, matte in zip((one, two), frames, expected, strict=True):
                answer = client.client.wait_for(Matte, 5)
                assert answer.seq == frame.seq
                assert difference(client.matte(answer), matte) <= 1
        sources = [session["source"] for session in json.loads(engine.stats())["sessions"]]
        assert sorted(sources) == ["one", "two"]


def test_frames_of_every_size_get_a_matte(engine: Engine, astronaut_rgb: U8Image) -> None:
    """The work size changes while frames of the old one are under way."""
    expected = reference(astronaut_rgb)
    with engine.filter(look=RAW) as client:
        for size in ((512, 288), (512, 512), (200, 120), (256, 144)):
            scaled = np.asarray(cv2.resize(astronaut_rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
            _, matte = client.segment(scaled)
            assert matte.shape == (144, 256)
            assert np.abs(matte.astype(int) - expected).mean() < 8
        _, matte = client.segment(np.ascontiguousarray(astronaut_rgb[:1, :1]))
        assert matte.shape == (144, 256)


def test_a_frame_that_is_not_in_its_slot_gets_no_matte(engine: Engine, astronaut_rgb: U8Image) -> None:
    with engine.filter() as client:
        overwritten = client.put(astronaut_rgb, 0)
        client.put(astronaut_rgb, 0)
        client.client.send(overwritten)
        assert client.client.receive(0.5) is None
        answer, _ = client.segment(astronaut_rgb, 1)
        assert answer.slot == 1
        assert json.loads(engine.stats())["sessions"][0]["dropped"] == 1


def test_the_old_model_answers_until_the_new_one_is_warm(engine: Engine, astronaut_rgb: U8Image) -> None:
    with engine.filter() as client:
        client.client.send(Configure(1, "selfie_segmentation", "CPU", RAW))
        mattes = 0
        opened = None
        deadline = time.monotonic() + 60
        while opened is None and time.monotonic() < deadline:
            client.client.send(client.put(astronaut_rgb, mattes % 4))
            message = client.client.receive(5)
            if isinstance(message, Opened):
                opened = message
            else:
                assert isinstance(message, Matte)
                mattes += 1
        assert opened is not None
        assert facts(opened) == (1, "selfie_segmentation", "CPU", 256, 256)
        assert mattes > 0, "loading another model takes longer than one frame"
        while client.client.receive(0.5) is not None:
            pass
        square = np.ascontiguousarray(np.vstack([astronaut_rgb, astronaut_rgb])[:256])
        _, matte = client.segment(square)
        assert difference(matte, reference(square, "selfie_segmentation")) <= 1


def test_a_model_that_is_not_there_leaves_the_old_one(engine: Engine, astronaut_rgb: U8Image) -> None:
    with engine.filter() as client:
        with pytest.raises(RefusedError) as refused:
            client.client.ask(Configure(1, "no_such_model", "CPU"), Opened, timeout_seconds=20)
        assert refused.value.error.code == "model_unknown"
        client.segment(astronaut_rgb)


def test_pings_are_answered_while_a_model_loads(engine: Engine) -> None:
    """The OBS side kills an engine that is silent; loading must not look like that."""
    with engine.client() as client:
        slowest = 0.0
        for _ in range(40):
            started = time.monotonic()
            client.ask(Ping(1), Pong)
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.02)
        assert slowest < 1.0


def test_stats_are_the_contracts(engine: Engine, astronaut_rgb: U8Image, real_model: str) -> None:
    with engine.filter(source="Kamera ä") as client:
        for index in range(30):
            client.segment(astronaut_rgb, index % 4)
        client.client.send(Telemetry(1, 900, 30, 2, 0.25, 1.5, 66.7, 8.0, 12.5, 3, 1, 66.7, 0, 4))
        report = json.loads(client.client.ask(StatsRequest(), Stats).json_text)
    assert set(report) == {"engine", "sessions"}
    assert set(report["engine"]) == {"version", "pid", "uptime_s", "rss_mb", "restarts"}
    assert report["engine"]["pid"] == engine.pid
    assert report["engine"]["restarts"] == 3
    assert 10 < report["engine"]["rss_mb"] < 2000
    (session,) = report["sessions"]
    assert session.pop("fps_in") > 0
    assert session.pop("fps_out") > 0
    assert 0 < session.pop("infer_ms_p50") < 1000
    assert session.pop("inferences_per_s") > 0
    assert 0 < session.pop("model_ready_s") < session.pop("first_matte_s") < 60
    assert session == {
        "source": "Kamera ä",
        "size": "256x144",
        "model": real_model,
        "device": "CPU",
        "dropped": 2,
        "mattes": 30,
        "mattes_without_inference": 26,
        "class_model": None,
        "class_maps_per_s": 0.0,
        "effects_in_engine": False,
        "round_trip_ms_p50": 8.0,
        "round_trip_ms_p95": 12.5,
        "client": {
            "callback_ms_p50": 0.25,
            "callback_ms_p99": 1.5,
            "callback_budget_ms": {"p50": 0.3, "p99": 1.0},
            "matte_age_ms_p50": 66.7,
            "frames": 900,
            "without_matte_frames": 30,
            "alignment": "exact",
            "delay_ms": 66.7,
            "matte_lag_frames_p50": 0,
            "repeated_frames": 4,
        },
    }


@pytest.mark.skipif(os.name == "nt", reason="counts descriptors as POSIX does")
def test_sessions_come_and_go_without_a_trace(engine: Engine, astronaut_rgb: U8Image) -> None:
    """100 times: a mapping, a thread or a model that stays would show."""
    process = engine.figures()
    with engine.filter(99) as holder:  # of the model, so that only what a session itself takes is measured

        def once() -> None:
            holder.client.ask(Ping(1), Pong)
            client = engine.filter()
            client.segment(astronaut_rgb)
            client.close()

        for _ in range(10):
            once()
        time.sleep(1.5)
        rss, descriptors, threads = process.memory_info().rss, process.num_fds(), process.num_threads()
        for _ in range(100):
            once()
        time.sleep(1.5)
        assert process.num_fds() <= descriptors + 2
        assert process.num_threads() <= threads + 1
        assert process.memory_info().rss - rss < 8 * 2**20
        maps = [each.path for each in process.memory_maps() if "ring-" in each.path]
        assert len(maps) == 1
