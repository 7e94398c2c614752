"""A bug report has what helps, and nothing that is nobody's business."""

from __future__ import annotations

import getpass
import json
import platform
import socket
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.cli.test_doctor import OBS, record_values

from selfieseg_engine.cli import obs_state
from selfieseg_engine.cli.main import cli
from selfieseg_engine.doctor.obs_facts import ObsSearch
from selfieseg_engine.doctor.obs_log_lines import wanted_lines
from selfieseg_engine.doctor.obs_names import read_obs_names
from selfieseg_engine.doctor.private_text import PrivateText

USER, HOST = "wilhelmine", "wilhelmines-tower"
# Everything that must not get out, each planted somewhere below.
PLANTED = (
    USER, HOST, "Bedroom", "Anna's cam", "Divorce talk", "holiday beach", "holiday", "lawyer.png", "nas",
    "diary", "live_4711_AbCdEf", "k3y9-aaaa-bbbb-cccc-dddd", "sk-ABCdef123456GHIjkl7890", "hunter2",
    "correcthorse", "wss://", "rtmp://", "example.org", "Secret Show", "Profile of mine", "192.0.2.7",
    "Renamed cam",
)  # fmt: skip

OBS_LOG = """\
18:59:53.706: Command Line Arguments: --websocket_password hunter2 --collection Secret Show
18:59:53.706: CPU Name: AMD EPYC
18:59:53.706: Distribution: "Debian GNU/Linux" "12"
18:59:53.728: OBS 29.0.2.1-1+b1 (linux)
18:59:53.888: \tbase resolution:   1280x720
18:59:53.996:     obs-ffmpeg.so
18:59:54.126: [obs-scripting]: Loaded python script: selfie_segmentation.py
18:59:54.127: [obs-scripting]: Loaded lua script: diary.lua
18:59:54.127: - scene 'Divorce talk':
18:59:54.127:     - source: 'Anna's cam' (v4l2_input)
18:59:54.169: [obs-websocket] Server started. Possible connect address: 192.0.2.7
18:59:54.225: \tinput:                   /home/wilhelmine/holiday beach.mp4
18:59:56.550: [selfie-segmentation] 'Anna's cam': selfie_segmentation_landscape on CPU
18:59:57.550: [selfie-segmentation] Bedroom: /home/wilhelmine/My Pictures/lawyer.png is missing
18:59:58.550: [selfie-segmentation] cannot reach rtmp://live.example.org/app/live_4711_AbCdEf as wilhelmine
19:00:00.000: [rtmp stream: 'simple'] Connecting to RTMP URL rtmp://live.example.org/app...
19:00:04.838: Number of memory leaks: 0
"""
ENGINE_LOG = """\
2026-11-21 16:01:39,876 15777 INFO MainThread obs (15774) opens session 1 for 'Renamed cam'
2026-11-21 16:01:40,000 15777 WARNING backdrops session 1: background: /mnt/nas/holiday beach.jpg cannot be read, there is no such file, check the name
2026-11-21 16:01:41,000 15777 ERROR backdrops the background 'lawyer.png' failed
2026-11-21 16:01:42,000 15777 WARNING MainThread token=sk-ABCdef123456GHIjkl7890 password: correcthorse
2026-11-21 16:01:43,000 15777 WARNING MainThread fetched wss://example.org/x?key=1 with k3y9-aaaa-bbbb-cccc-dddd
"""  # noqa: E501


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Path:
    """Set up a machine full of private things; return OBS's folder."""
    home = tmp_path / "home" / USER
    obs = home / ".config" / "obs-studio"
    for folder in (obs / "logs", obs / "basic" / "scenes", obs / "basic" / "profiles" / "Profile of mine"):
        folder.mkdir(parents=True)
    (obs / "logs" / "2026-11-21 18-59-53.txt").write_text(OBS_LOG)
    collection = obs / "basic" / "scenes" / "Secret Show.json"
    sources = [
        {"name": "Anna's cam", "settings": {"device": "/dev/video0"}},
        {"name": "Bedroom", "settings": {"image_path": "/home/wilhelmine/My Pictures/lawyer.png"}},
        {"name": "Divorce talk", "id": "scene"},
    ]
    collection.write_text(json.dumps({"sources": sources}))
    service = {"settings": {"key": "live_4711_AbCdEf", "server": "rtmp://live.example.org/app"}}
    (obs / "basic" / "profiles" / "Profile of mine" / "service.json").write_text(json.dumps(service))
    logs = data_dir / "logs"
    logs.mkdir(parents=True)
    (logs / "engine.log").write_text(ENGINE_LOG)
    (logs / "engine-stderr.log").write_text(
        f"Traceback\n  File \"{home}/diary/x.py\"\nNo module named 'zmq'\n"
    )
    checkout = home / "diary" / "checkout"
    checkout.mkdir(parents=True)
    (data_dir / "install.json").write_text(json.dumps(record_values(checkout)))
    (data_dir / "measurements.json").write_text(json.dumps({"machine": {"processor": "AMD EPYC"}}))
    monkeypatch.setenv("SELFIESEG_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(getpass, "getuser", lambda: USER)
    monkeypatch.setattr(socket, "gethostname", lambda: f"{HOST}.example.org")
    facts = replace(OBS, collection=collection, logs=obs / "logs")
    monkeypatch.setattr(obs_state, "search_obs", lambda: ObsSearch(facts))
    return obs


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["doctor", *map(str, arguments)])


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


@pytest.mark.usefixtures("machine", "offline")
def test_what_is_private_is_not_in_it_and_what_helps_is(tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    done = run("--bundle", path)
    assert done.exit_code == 1, "the checks that failed still count"
    files = contents(path)
    assert set(files) == {
        "README.txt", "doctor.json", "machine.json", "packages.txt", "install.json", "measurements.json",
        "engine.log", "engine-stderr.log", "obs.log",
    }  # fmt: skip
    told = "\n".join(files.values())
    assert [planted for planted in PLANTED if planted.lower() in told.lower()] == []
    assert str(tmp_path) not in told
    assert all(name in done.output for name in files)
    assert "before you send it" in done.output
    assert all(name in files["README.txt"] for name in files if name != "README.txt")

    assert "selfie_segmentation_landscape on CPU" in files["obs.log"]
    assert "OBS 29.0.2.1-1+b1" in files["obs.log"]
    assert "Debian GNU/Linux 12" in files["obs.log"]
    assert "1280x720" in files["obs.log"]
    assert "there is no such file, check the name" in files["engine.log"]
    assert "No module named 'zmq'" in files["engine-stderr.log"]
    assert json.loads(files["install.json"])["python_version"] == "3.11"
    assert json.loads(files["measurements.json"])["machine"]["processor"] == "AMD EPYC"
    assert json.loads(files["machine.json"])["python"] == platform.python_version()
    assert {each["status"] for each in json.loads(files["doctor.json"])["checks"]} <= {"ok", "warn", "fail"}
    assert "numpy==" in files["packages.txt"]


@pytest.mark.usefixtures("machine", "offline")
def test_json_tells_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    answer = json.loads(run("--bundle", path, "--json").stdout.splitlines()[-1])
    assert answer["bundle"]["path"] == str(path)
    assert sorted(answer["bundle"]["files"]) == sorted(contents(path))
    assert answer["checks"]


@pytest.mark.usefixtures("offline")
def test_without_obs_and_with_damaged_files_there_is_still_one(
    machine: Path, tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_dir / "measurements.json").write_text("{")
    (machine / "basic" / "scenes" / "broken.json").write_text("{")
    run("--bundle", tmp_path / "with.zip")
    assert "1 of OBS's files not understood" in contents(tmp_path / "with.zip")["README.txt"]
    monkeypatch.setattr(obs_state, "search_obs", lambda: ObsSearch(None))
    run("--bundle", tmp_path / "report.zip")
    files = contents(tmp_path / "report.zip")
    assert "obs.log" not in files
    assert "could not be read: measurements.json" in files["README.txt"]


@pytest.mark.usefixtures("machine", "offline")
def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    done = run("--bundle", folder)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"error: {folder} cannot be written, ")
    assert done.stderr.count("\n") == 1
    assert not list(folder.iterdir())


def test_obs_files_that_are_damaged_are_counted(machine: Path) -> None:
    (machine / "basic" / "scenes" / "broken.json").write_text("{")
    found = read_obs_names(machine)
    assert found.unread == 1
    assert {"Anna's cam", "Bedroom", "broken", "Secret Show", "Profile of mine"} <= set(found.names)
    assert found.secrets == ("live_4711_AbCdEf",)


def test_only_named_lines_of_obs_are_wanted() -> None:
    lines = "\n".join(wanted_lines(OBS_LOG))
    for other in ("Command Line", "diary.lua", "Divorce", "websocket", "rtmp stream", "input:"):
        assert other not in lines
    for ours in ("AMD EPYC", "obs-ffmpeg.so", "selfie_segmentation.py", "memory leaks", "is missing"):
        assert ours in lines


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("OBS's Python, the engine's environment", "OBS's Python, the engine's environment"),
        ("29.0.2.1 at /usr/bin/obs", "29.0.2.1 at /usr/bin/obs"),
        ("selfie_multiclass_256x256 and deeplabv3_aisegment_u8_513", None),
        ("30/1, Rec. 709/Partial, and/or", None),
        ("<data> stays", None),
        ("/data/x/logs/engine.log", "<data>/logs/engine.log"),
        ("/data/xy/a b.jpg is bad, why", "<path>, why"),
        ("(/home/me/a), x", "(<path>, x"),
        (r"C:\Users\Me\a b.jpg, x", "<path>, x"),
        ("c:/Users/Me/a, x", "<path>, x"),
        ("~/a b, x", "<path>, x"),
        ("ME and me, not meme", "<user> and <user>, not meme"),
        ("'one' \"two\" 'one'", "'<name 1>' \"<name 2>\" '<name 1>'"),
        ("beach.JPG", "<file>"),
        ("a@b.example", "<address>"),
        ("tcp://10.0.0.1:5 and 10.0.0.1:5", "<address> and <address>"),
        ("Authorization: Bearer abc", "Authorization: <secret>"),
        ("--api-key abc", "--api-key <secret>"),
        ("d41d8cd98f00b204e9800998ecf8427e", "<secret>"),
    ],
)
def test_clean(text: str, clean: str | None) -> None:
    private = PrivateText(roots={"/data/x": "<data>"}, words={"me": "<user>"})
    assert private.clean(text) == (text if clean is None else clean)


def test_known_names_go_wherever_they_stand() -> None:
    private = PrivateText(names=("Cam", "Cam 2", "x"), secrets=("abcd",))
    assert (
        private.clean("Cam 2: Cam x Camera 'x' 1abcd2") == "<name 2>: <name 1> x Camera '<name 3>' 1<secret>2"
    )
    assert private.clean_values({"Cam": ["Cam", 3, None]}) == {"Cam": ["<name 1>", 3, None]}
