"""Every finding of ``selfieseg doctor``, and above all its remedy."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from selfieseg_engine.cli import doctor as doctor_command
from selfieseg_engine.cli.main import cli
from selfieseg_engine.doctor import (
    check,
    data_dir_checks,
    engine_checks,
    install_checks,
    log_checks,
    model_checks,
    obs_checks,
    run_dir_checks,
    version_checks,
)
from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.install_checks import Probe
from selfieseg_engine.doctor.install_record import (
    InstallRecord,
    InstallRecordError,
    find_mismatches,
    read_install_record,
)
from selfieseg_engine.doctor.obs_facts import ObsFacts, ObsSearch
from selfieseg_engine.doctor.run_dir_checks import RunDirFacts
from selfieseg_engine.errors import UserError
from selfieseg_engine.registry.obtain import WeightsState
from selfieseg_setup import locate_obs
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import PROTOCOL_VERSION

VERSION = "0.1.0"
OBS = ObsFacts(
    binary=Path("/usr/bin/obs"),
    version="29.0.2",
    python_minor=11,
    has_lua=True,
    running=False,
    collection=Path("/c/Untitled.json"),
    scripts_registered=True,
    logs=Path("/c/logs"),
)
ENGINE = EngineRecord(os.getpid(), "ipc:///x", "t", VERSION, PROTOCOL_VERSION)
RUN_DIR = RunDirFacts(Path("/run/user/1/selfieseg"), True, True, True, "tmpfs", 10**9, 2 * 10**9)


def record_values(checkout: Path, **changes: Any) -> dict[str, Any]:
    files = {"python": "python", "script": "script.py", "lua_half": "half.lua"}
    for name in files.values():
        (checkout / name).touch()
    return {
        "format": 1,
        "version": VERSION,
        "checkout": str(checkout),
        "python_version": "3.11",
        "site_packages": [str(checkout)],
        "obs": {"version": "29.0.2"},
        **{key: str(checkout / name) for key, name in files.items()},
        **changes,
    }


@pytest.fixture
def record(tmp_path: Path) -> InstallRecord:
    path = tmp_path / "install.json"
    path.write_text(json.dumps(record_values(tmp_path)))
    return read_install_record(path)


def bad(found: Check | None, status: str = "fail") -> str:
    """Return the remedy of a finding that must not be good."""
    assert found is not None
    assert found.status == status
    assert found.found
    assert found.remedy
    return found.remedy


def good(found: Check) -> str:
    assert found.status == "ok"
    assert not found.remedy
    return found.found


# The install


def test_record_that_fits(record: InstallRecord, tmp_path: Path) -> None:
    assert VERSION in good(install_checks.check_record(record, tmp_path, VERSION, "29.0.2"))


def test_record_of_something_else(record: InstallRecord, tmp_path: Path) -> None:
    record.script.unlink()
    record = replace(record, version="0.0.9")
    assert "run install/install.py" in bad(
        install_checks.check_record(record, tmp_path / "other", VERSION, "29.0.2")
    )
    mismatches = find_mismatches(record, tmp_path / "other", VERSION)
    assert [word in " ".join(mismatches) for word in ("checkout", "0.0.9", "script.py is gone")] == [True] * 3


def test_record_made_before_obs_was_updated(record: InstallRecord, tmp_path: Path) -> None:
    remedy = bad(install_checks.check_record(record, tmp_path, VERSION, "30.1.2"), "warn")
    assert "run install/install.py" in remedy


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"format": 2}', '{"format": 1, "obs": 3}'])
def test_record_missing_or_damaged(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "install.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InstallRecordError, match="run install/install"):
        read_install_record(path)


@pytest.mark.parametrize(
    "probe", [Probe(None, "no such file"), Probe(("3.13", VERSION)), Probe(("3.11", "0.0.1"))]
)
def test_python_that_does_not_fit(record: InstallRecord, probe: Probe) -> None:
    assert "install.py" in bad(install_checks.judge_python(record, VERSION, probe))


def test_python_and_packages_of_this_environment(record: InstallRecord) -> None:
    mine = replace(
        record,
        python=Path(sys.executable),
        python_version=f"3.{sys.version_info.minor}",
        site_packages=tuple(path for path in sys.path if path.endswith("site-packages")),
    )
    assert sys.executable in good(install_checks.check_python(mine, VERSION))
    assert "pyzmq" in good(install_checks.check_packages(mine, sys.version_info.minor))
    without = install_checks.check_packages(replace(mine, site_packages=()), sys.version_info.minor)
    assert "install.py" in bad(without)
    assert "No module named" in without.found


def test_packages_for_another_python(record: InstallRecord) -> None:
    found = install_checks.judge_packages(record, 13, Probe(("27.0", "1.1")))
    assert "install.py" in bad(found)
    assert found.found == "they are for Python 3.11, OBS has 3.13"


def test_python_that_is_gone(record: InstallRecord) -> None:
    gone = replace(record, python=Path("/nowhere/python"))
    assert "install.py" in bad(install_checks.check_python(gone, VERSION))


# OBS


def test_obs_that_is_all_right() -> None:
    assert "29.0.2 at /usr/bin/obs, not running" in good(obs_checks.judge_obs(ObsSearch(OBS)))
    good(obs_checks.judge_python(OBS, 11))
    good(obs_checks.judge_lua(OBS))
    good(obs_checks.judge_scripts(OBS))


def test_obs_that_cannot_be_used() -> None:
    assert "obsproject.com" in bad(obs_checks.judge_obs(ObsSearch(None)))
    assert "system package" in bad(obs_checks.judge_obs(ObsSearch(None, flatpak_only=True)))
    trouble = UserError("OBS 27 is too old", "28 is needed", "update OBS")
    assert bad(obs_checks.judge_obs(ObsSearch(None, trouble))) == "update OBS"


def test_obs_whose_scripting_does_not_fit() -> None:
    assert "install.py" in bad(obs_checks.judge_python(OBS, 12))
    assert "install.py" in bad(obs_checks.judge_python(replace(OBS, python_minor=None), 11))
    assert "install OBS" in bad(obs_checks.judge_lua(replace(OBS, has_lua=False)))


def test_obs_without_the_scripts() -> None:
    without = replace(OBS, scripts_registered=False)
    assert "selfieseg obs install" in bad(obs_checks.judge_scripts(without))
    # What OBS will write, nobody knows yet; and installing must wait until it is closed.
    remedy = bad(obs_checks.judge_scripts(replace(without, running=True)), "warn")
    assert "Tools > Scripts > +" in remedy
    assert "obs install" not in remedy


# Model and devices


@pytest.mark.parametrize(
    ("weights", "ir", "status"),
    [
        ("missing", "missing", "fail"),
        ("wrong", "ready", "fail"),
        ("damaged", "ready", "fail"),
        ("ready", "damaged", "fail"),
        ("local", "missing", "warn"),
        ("ready", "missing", "warn"),
    ],
)
def test_model_that_is_not_ready(weights: WeightsState, ir: model_checks.IrState, status: str) -> None:
    found = model_checks.judge_model("tiny", "/d/tiny", weights, ir)
    assert "selfieseg models fetch tiny" in bad(found, status)


def test_model_that_is_ready() -> None:
    good(model_checks.judge_model("tiny", "/d/tiny", "ready", "ready"))


def test_devices() -> None:
    assert good(model_checks.judge_devices(["CPU", "GPU"])) == "CPU, GPU"
    assert "install.py" in bad(model_checks.judge_devices([]))


# Run directory


def test_run_dir_that_is_all_right() -> None:
    assert "private, tmpfs" in good(run_dir_checks.judge_run_dir(RUN_DIR))
    later = replace(RUN_DIR, exists=False, is_private=False)
    assert "made at the first start" in good(run_dir_checks.judge_run_dir(later))


def test_run_dir_that_is_not() -> None:
    assert "chmod 700" in bad(run_dir_checks.judge_run_dir(replace(RUN_DIR, is_private=False)))
    assert "make room" in bad(run_dir_checks.judge_run_dir(replace(RUN_DIR, free_bytes=10**6)))
    assert "make room" in bad(run_dir_checks.judge_run_dir(replace(RUN_DIR, free_bytes=10**7)), "warn")
    assert "/dev/shm" in bad(run_dir_checks.judge_run_dir(replace(RUN_DIR, filesystem="ext4")), "warn")
    assert "SELFIESEG_RUN_DIR" in bad(run_dir_checks.judge_run_dir(replace(RUN_DIR, is_writable=False)))


def test_shared_memory() -> None:
    assert "2000 MB in all" in good(run_dir_checks.judge_shared_memory(RUN_DIR))
    small = replace(RUN_DIR, total_bytes=20_000_000)
    assert "--shm-size" in bad(run_dir_checks.judge_shared_memory(small), "warn")
    assert "--shm-size" in bad(run_dir_checks.judge_shared_memory(replace(small, total_bytes=10**6)))


# Data directory and libraries


def test_data_dir_that_is_all_right(tmp_path: Path) -> None:
    (tmp_path / "data" / "models").mkdir(parents=True)
    facts = data_dir_checks.look_at(tmp_path / "data")
    assert "500 MB free" in good(data_dir_checks.judge_data_dir(replace(facts, free_bytes=500_000_000)))
    later = data_dir_checks.look_at(tmp_path / "a" / "b")
    assert later.place == tmp_path
    good(data_dir_checks.judge_data_dir(replace(later, free_bytes=10**10)))


def test_data_dir_that_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = replace(data_dir_checks.look_at(tmp_path), free_bytes=10**10)
    good(data_dir_checks.judge_data_dir(facts))
    assert "make room" in bad(data_dir_checks.judge_data_dir(replace(facts, free_bytes=10**6)))
    assert "make room" in bad(data_dir_checks.judge_data_dir(replace(facts, free_bytes=10**8)), "warn")
    assert "chmod o-w" in bad(data_dir_checks.judge_data_dir(replace(facts, is_open=True)), "warn")
    (tmp_path / "file").touch()
    assert "move it away" in bad(data_dir_checks.check_data_dir(tmp_path / "file"))
    assert "move it away" in bad(data_dir_checks.check_data_dir(tmp_path / "file" / "data"))
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != models)
    assert "chmod -R u+rwX" in bad(data_dir_checks.check_data_dir(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_data_dir_that_is_open_to_all(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert data_dir_checks.look_at(tmp_path).is_open
    tmp_path.chmod(0o755)
    assert not data_dir_checks.look_at(tmp_path).is_open


def test_library_versions() -> None:
    wanted = ["click>=8.1", "numpy>=1.26", "tomli>=2.0; python_version < '3.11'", 'nncf>=2; extra == "q"']
    here = {"click": "8.10.dev1", "numpy": "2"}
    assert good(version_checks.judge_versions(wanted, here.get)) == "click 8.10.dev1, numpy 2"
    assert "install.py" in bad(version_checks.judge_versions(wanted, {"click": "8.1"}.get))
    old = version_checks.judge_versions(wanted, {**here, "numpy": "1.9"}.get)
    assert "install.py" in bad(old)
    assert old.found == "numpy is 1.9, 1.26 is needed"
    found = good(version_checks.check_versions())
    assert found.startswith(f"Python {platform.python_version()}, ")
    assert "numpy" in found


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_look_at_run_dir(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert not run_dir_checks.look_at(folder).exists
    folder.mkdir(mode=0o700)
    assert run_dir_checks.look_at(folder).is_private
    assert run_dir_checks.look_at(folder).free_bytes > 0
    folder.chmod(0o755)
    assert not run_dir_checks.look_at(folder).is_private
    link = tmp_path / "link"
    link.symlink_to("/nowhere")
    assert not run_dir_checks.look_at(link).is_private


def test_filesystem_of() -> None:
    mounts = "/dev/sda / ext4 rw 0 0\ntmpfs /a\\040b tmpfs rw 0 0\nx /dev tmpfs 0 0\ny /dev ramfs 0 0\nbad\n"
    assert run_dir_checks.filesystem_of(Path("/a b/c"), mounts) == "tmpfs"
    assert run_dir_checks.filesystem_of(Path("/a bc"), mounts) == "ext4"
    assert run_dir_checks.filesystem_of(Path("/dev/shm"), mounts) == "ramfs"
    assert run_dir_checks.filesystem_of(Path("/"), "") == ""


# Engine


def test_no_engine(tmp_path: Path) -> None:
    assert "OBS starts it" in good(engine_checks.check_engine(tmp_path, VERSION))


def test_engine_that_ended_badly(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    replace(ENGINE, pid=ended.pid).write(tmp_path)
    assert "the next one will" in good(engine_checks.check_engine(tmp_path, VERSION))


def test_damaged_engine_record(tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text("{")
    assert bad(engine_checks.check_engine(tmp_path, VERSION), "warn") == "restart OBS"


def test_engine_of_another_version() -> None:
    assert engine_checks.judge_versions(ENGINE, VERSION) is None
    assert "close OBS" in bad(engine_checks.judge_versions(replace(ENGINE, version="0.0.9"), VERSION))
    assert "close OBS" in bad(engine_checks.judge_versions(replace(ENGINE, protocol=99), VERSION))


def test_engine_that_does_not_answer(tmp_path: Path) -> None:
    replace(ENGINE, endpoint=f"ipc://{tmp_path}/nobody").write(tmp_path)
    assert "close OBS" in bad(engine_checks.check_engine(tmp_path, VERSION))


def test_engine_figures() -> None:
    session = {"source": "Camera", "model": "tiny", "device": "CPU", "fps_out": 29.6}
    engine = {"pid": 7, "version": VERSION, "rss_mb": 180.0, "restarts": 0}
    found = good(engine_checks.judge_stats(ENGINE, {"engine": engine, "sessions": [session]}))
    assert found.endswith("180 MiB; 'Camera': tiny on CPU, 30 mattes/s")
    loading = {"engine": engine, "sessions": [session | {"model": ""}]}
    assert "the model is loading" in good(engine_checks.judge_stats(ENGINE, loading))
    restarted = {"engine": engine | {"restarts": 2}, "sessions": []}
    assert "log" in bad(engine_checks.judge_stats(ENGINE, restarted), "warn")


# Logs


def test_engine_logs(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    good(log_checks.check_engine_log(log))
    good(log_checks.check_engine_stderr(log))
    line = "2026-01-01 10:00:00,000 12 {} MainThread it said error\n"
    log.write_text(line.format("INFO"))
    good(log_checks.check_engine_log(log))
    log.write_text(line.format("INFO") + line.format("ERROR"))
    found = log_checks.check_engine_log(log)
    assert str(log) in bad(found, "warn")
    assert found.found == line.format("ERROR").strip()
    log.write_text("Traceback (most recent call last):\n  x\nValueError: no\n")
    assert str(log) in bad(log_checks.check_engine_stderr(log), "warn")


def test_only_the_end_of_a_log_counts(tmp_path: Path) -> None:
    log = tmp_path / "engine-stderr.log"
    log.write_text("fatal error\n" + "fine\n" * 300)
    good(log_checks.check_engine_stderr(log))


def test_obs_log(tmp_path: Path) -> None:
    assert "has not run yet" in good(log_checks.check_obs_log(tmp_path))
    old, new = tmp_path / "1.txt", tmp_path / "2.txt"
    old.write_text("x: [selfie-segmentation] The engine is not installed.\n")
    os.utime(old, (1, 1))
    new.write_text("10:00: OBS 29\n")
    assert "nothing of the script" in good(log_checks.check_obs_log(tmp_path))
    new.write_text("10:00: [selfie-segmentation] The engine has gone.\n10:01: another\n")
    found = log_checks.check_obs_log(tmp_path)
    assert str(new) in bad(found, "warn")
    assert found.found == "10:00: [selfie-segmentation] The engine has gone."
    new.write_text(new.read_text() + "10:02: [selfie-segmentation] 'Cam': tiny on CPU\n")
    assert "tiny on CPU" in good(log_checks.check_obs_log(tmp_path))


# The report and the command


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (UserError("a", "b", "c"), "c"),
        (OSError("no"), "mend that and run this again"),
        (ImportError("no openvino"), "run install/install.py again"),
        (RuntimeError("no device"), "mend that and run this again"),
    ],
)
def test_check_that_cannot_be_made(error: Exception, remedy: str) -> None:
    def broken() -> Check:
        raise error

    first, second = check.run_checks([("x", broken), ("y", lambda: Check("y", "ok", "fine"))])
    assert bad(first) == remedy
    assert good(second) == "fine"


def test_report() -> None:
    checks = [Check("x", "warn", "so", "do"), Check("y", "ok", "fine")]
    assert check.report(checks) == {
        "checks": [
            {"name": "x", "status": "warn", "found": "so", "remedy": "do"},
            {"name": "y", "status": "ok", "found": "fine", "remedy": ""},
        ],
        "ok": True,
    }
    assert check.report([Check("x", "fail", "so", "do")])["ok"] is False


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments])


def test_bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offline: None, data_dir: Path) -> None:
    monkeypatch.setenv("SELFIESEG_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setattr(locate_obs, "find", lambda: None)
    monkeypatch.setattr(locate_obs, "flatpak_only", lambda: False)
    done = run("--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: 3 of 12 checks failed, install record, OBS, default model, ")
    assert done.stderr.count("\n") == 1
    assert told["ok"] is False
    assert [each["remedy"] != "" for each in told["checks"] if each["status"] != "ok"]
    assert not data_dir.exists()
    assert not (tmp_path / "run").exists()


def test_nothing_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [("x", lambda: Check("x", "warn", "one\ntwo", "do"))]
    monkeypatch.setattr(sys.modules["selfieseg_engine.cli.doctor"], "_all_checks", lambda search: checks)
    done = run()
    assert done.exit_code == 0
    assert [line.strip() for line in done.stdout.splitlines()] == [
        "warn x                 one",
        "two",
        "-> do",
    ]


def test_checks_of_a_machine_with_obs(tmp_path: Path) -> None:
    names = [name for name, _ in doctor_command._all_checks(ObsSearch(replace(OBS, logs=tmp_path)))]
    assert {"OBS's Python", "OBS's Lua", "scripts in OBS", "OBS's log"} <= set(names)
