"""What an engine does with clients that are wrong, hostile or broken: it answers, counts and goes on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest
import zmq

from selfieseg_engine.client import EngineClient, NoEngineError
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import (
    MAX_MESSAGE_BYTES,
    PROTOCOL_VERSION,
    Backdrop,
    BackdropDone,
    Close,
    Configure,
    Error,
    Frame,
    Hello,
    Message,
    Models,
    Open,
    Opened,
    Ping,
    Pong,
    StatsRequest,
    Telemetry,
    Welcome,
    encode,
)
from tests.engine.harness import START_SECONDS, Engine, U8Image, wait_until

FRAME = Frame(1, 1, 0, 256, 144, 1024, 1, 0)
BACKDROP = Backdrop(1, 1, "/picture.png", "/region", 4, 2)


def refused_code(client: EngineClient, message: Message) -> str:
    client.send(message)
    answer = client.receive(5)
    assert isinstance(answer, Error), answer
    assert answer.remedy
    return answer.code


@pytest.mark.parametrize("token", ["", "wrong", "ä" * 30])
def test_a_bad_token(engine: Engine, token: str) -> None:
    with EngineClient(engine.wait_until_listening()) as client:
        assert refused_code(client, Hello(1, "thief", token)) == "not_welcome"
        assert refused_code(client, StatsRequest()) == "not_welcome"


@pytest.mark.parametrize(
    "message",
    [
        Ping(1),
        StatsRequest(),
        Open(1, "cam", "/etc/passwd", "auto", "CPU"),
        FRAME,
        Close(1),
        Configure(1, "auto", "CPU"),
        BACKDROP,
        Telemetry(1, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0, 0),
    ],
    ids=lambda message: message.KIND,
)
def test_nothing_before_hello(engine: Engine, message: Message) -> None:
    with EngineClient(engine.wait_until_listening()) as client:
        assert refused_code(client, message) == "not_welcome"


def test_hello_twice_is_fine(engine: Engine) -> None:
    with engine.client() as client:
        token = client.record.token
        assert client.ask(Hello(os.getpid(), "test", token), Welcome).pid == engine.pid


def test_another_version(engine: Engine) -> None:
    with EngineClient(engine.wait_until_listening()) as client:
        client.send_bytes(msgpack.packb([PROTOCOL_VERSION + 1, "hello", 1, "new", "token"]))
        answer = client.receive(5)
        assert isinstance(answer, Error)
        assert answer.code == "version"
        assert f"{PROTOCOL_VERSION + 1}, this side speaks {PROTOCOL_VERSION}" in answer.text


@pytest.mark.parametrize("message", [FRAME, Configure(1, "auto", "CPU"), BACKDROP, replace(FRAME, session=9)])
def test_a_session_that_is_not_open(engine: Engine, message: Message) -> None:
    with engine.client() as client:
        assert refused_code(client, message) == "no_session"
        client.send(Close(1))  # it may have failed a moment ago: no reason to complain
        client.ask(Ping(1), Pong)


@pytest.mark.parametrize(
    "message", [Pong(1), Opened(1, "m", "CPU", 1, 1), BackdropDone(1, 1, "", ""), Error(1, "c", "t", "r")]
)
def test_messages_that_only_engines_send(engine: Engine, message: Message) -> None:
    with engine.client() as client:
        assert refused_code(client, message) == "bad_message"


def test_bad_ring_paths(engine: Engine, run_dir: Path, tmp_path: Path) -> None:
    """A path comes from another process: it must not make the engine open anything but a ring."""
    with engine.filter() as good:
        ring = good.region.path
        outside = tmp_path / "ring-1-1"
        outside.write_bytes(ring.read_bytes())
        (run_dir / "ring-1-2").symlink_to(outside)
        (run_dir / "ring-1-3").symlink_to(ring)
        (run_dir / "folder").mkdir()
        (run_dir / "folder" / "ring-1-1").write_bytes(ring.read_bytes())
        (run_dir / "ring-1-4").touch()
        (run_dir / "ring-1-5").write_bytes(b"no ring" * 1000)
        (run_dir / "ring-1-6").write_bytes(ring.read_bytes()[:-1])
        os.mkfifo(run_dir / "ring-1-7")
        bad = [
            str(outside),
            f"{run_dir}/../{tmp_path.name}/ring-1-1",
            f"{run_dir}/folder/../../{run_dir.name}/nothing",
            str(run_dir / "folder" / "ring-1-1"),
            *(str(run_dir / f"ring-1-{number}") for number in range(2, 8)),
            *(str(run_dir / name) for name in ("folder", "engine.json", "engine.sock", "engine.lock")),
            *("", ".", "ring-1-1", "/", "/etc/passwd", "/dev/zero", str(run_dir), f"{ring}\0", f"{ring}x"),
        ]
        for number, path in enumerate(bad, start=2):
            code = refused_code(good.client, Open(number, "cam", path, "auto", "CPU"))
            assert code == "bad_ring", path
        good.client.ask(Ping(1), Pong)


def test_bad_wishes(engine: Engine) -> None:
    with engine.filter() as client:
        path = str(client.region.path)
        wishes = {
            "session_taken": Open(1, "cam", path, "auto", "CPU"),
            "model_unknown": Open(2, "cam", path, "../../etc", "CPU"),
            "device_missing": Open(3, "cam", path, "auto", "ABACUS"),
        }
        for code, wish in wishes.items():
            assert refused_code(client.client, wish) == code
        assert refused_code(client.client, Open(0, "cam", path, "auto", "CPU")) == "session_taken"
        # A session that could not be opened is closed: its number is free.
        client.client.ask(Open(2, "cam", path, "auto", "CPU"), Opened, timeout_seconds=20)


def test_too_many_sessions(engine: Engine) -> None:
    with engine.filter() as client:
        path = str(client.region.path)
        for number in range(2, 65):
            client.client.ask(Open(number, "cam", path, "auto", "CPU"), Opened, timeout_seconds=20)
        assert refused_code(client.client, Open(65, "cam", path, "auto", "CPU")) == "too_many_sessions"


def test_frames_that_point_outside_the_ring(engine: Engine, astronaut_rgb: U8Image) -> None:
    with engine.filter() as client:
        good = client.put(astronaut_rgb, 0)
        assert refused_code(client.client, replace(good, slot=15)) == "bad_frame"
        assert refused_code(client.client, replace(good, stride=16)) == "bad_frame"
        assert refused_code(client.client, replace(good, stride=131072)) == "bad_frame"
        client.segment(astronaut_rgb)


def test_random_bytes_disturb_nobody(engine: Engine, astronaut_rgb: U8Image) -> None:
    """Thousands of bad messages: answered or dropped, counted, logged once, and others get their mattes."""
    source = random.Random(7)
    opening = Open(1, "c", "/r", "auto", "CPU", "hair_strength=1", 1280, 720)
    golden = [encode(message) for message in (FRAME, Ping(1), opening, Close(1), BACKDROP)]
    with engine.filter() as good, engine.client("fuzzer") as bad:
        for number in range(3000):
            if number % 100 == 0:  # a client that never reads would lose its answers
                bad.send(Ping(77))
                while bad.receive(5) != Pong(77):
                    pass
            data = bytearray(source.choice(golden))
            for _ in range(source.randint(1, 4)):
                data[source.randrange(len(data))] = source.randrange(256)
            bad.send_bytes(source.choice([bytes(data), source.randbytes(source.randrange(200))]))
        bad.send_bytes(b"\x91" * 100_000)
        bad.send_bytes(b"\0" * (MAX_MESSAGE_BYTES + 1))
        good.segment(astronaut_rgb)
        bad.send(Ping(77))
        while bad.receive(5) != Pong(77):
            pass
    assert engine.is_running


def test_a_huge_message_ends_only_its_connection(engine: Engine, astronaut_rgb: U8Image) -> None:
    with engine.filter() as good, engine.client("huge") as bad:
        bad.send_bytes(bytes(8 * MAX_MESSAGE_BYTES))
        good.segment(astronaut_rgb)


def test_a_flood_does_not_fill_the_log(engine: Engine, engine_data_dir: Path) -> None:
    log = engine_data_dir / "logs" / "engine.log"
    with engine.client("flooder") as client:
        before = log.stat().st_size
        for _ in range(2000):
            client.send_bytes(b"rubbish")
            client.send(FRAME)
            for _ in range(2):
                answer = client.receive(5)
                while isinstance(answer, Models):  # told to everybody who is welcome
                    answer = client.receive(5)
                assert isinstance(answer, Error)
        assert log.stat().st_size - before < 2000


def test_over_the_loopback(environment: dict[str, str], run_dir: Path) -> None:
    """Where there are no socket files: encrypted, on 127.0.0.1, and useless without the record's key."""
    code = (
        "from selfieseg_engine.server.engine import EngineOptions\n"
        "from selfieseg_engine.server.run import run_engine\n"
        "run_engine(EngineOptions(1, 10.0, False, 'auto', 'CPU', '0', use_ipc=False))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        wait_until(lambda: EngineRecord.read(run_dir) is not None, START_SECONDS, "the record")
        record = EngineRecord.read(run_dir)
        assert record is not None
        assert record.endpoint.startswith("tcp://127.0.0.1:")
        assert len(record.server_key) == 40
        with EngineClient.greet(run_dir, "test") as client:
            client.ask(Ping(5), Pong)
        another_key = zmq.curve_keypair()[0].decode()
        for key in ("", another_key):
            with EngineClient(replace(record, server_key=key)) as stranger, pytest.raises(NoEngineError):
                stranger.ask(Hello(os.getpid(), "stranger", record.token), Welcome, timeout_seconds=1)
    finally:
        process.terminate()
        assert process.wait(START_SECONDS) is not None
