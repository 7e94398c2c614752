from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from selfieseg_obs import engine_environment
from selfieseg_obs.engine_environment import EngineEnvironment, import_messaging, read_install_record
from selfieseg_obs.trouble import TroubleError
from selfieseg_wire.paths import install_record_path

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def write_record(**changes: object) -> None:
    record = {"python": sys.executable, "python_version": HERE, "site_packages": ["/somewhere"]}
    install_record_path().write_text(json.dumps({**record, **changes}))


def test_the_record_is_read() -> None:
    write_record()
    assert read_install_record() == EngineEnvironment(Path(sys.executable), HERE, ("/somewhere",))


def test_a_missing_record_says_what_to_run() -> None:
    with pytest.raises(TroubleError, match=r"not installed .*install\.json is missing.*install/install\.py"):
        read_install_record()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", "{}", '{"python": 1, "python_version": "3.11", "site_packages": []}']
)
def test_a_damaged_record_is_trouble_and_no_crash(text: str) -> None:
    install_record_path().write_text(text)
    with pytest.raises(TroubleError, match=r"cannot be read.*install/install\.py"):
        read_install_record()


def test_a_record_that_is_no_text_is_trouble() -> None:
    install_record_path().write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TroubleError, match="cannot be read"):
        read_install_record()


def test_a_python_that_is_gone_is_trouble(tmp_path: Path) -> None:
    write_record(python=str(tmp_path / "gone" / "python"))
    with pytest.raises(TroubleError, match=r"Python is gone.*install/install\.py"):
        read_install_record()


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """``sys.path``, put back afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    return sys.path


def environment(*folders: Path, version: str = HERE) -> EngineEnvironment:
    return EngineEnvironment(Path(sys.executable), version, tuple(map(str, folders)))


def test_folders_go_last_and_only_once(path: list[str], tmp_path: Path) -> None:
    before = list(path)
    for _ in range(2):
        import_messaging(environment(tmp_path / "a", tmp_path / "b"))
    assert path == [*before, str(tmp_path / "a"), str(tmp_path / "b")]


def test_no_pth_file_is_run(path: list[str], tmp_path: Path) -> None:
    (tmp_path / "evil.pth").write_text("import sys; sys.selfieseg_pth_ran = True\n/another/folder\n")
    import_messaging(environment(tmp_path))
    assert not hasattr(sys, "selfieseg_pth_ran")
    assert "/another/folder" not in path


def test_a_module_of_obs_own_wins(path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, origin in (("obs", "OBS"), ("engine", "engine")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "selfieseg_test_module.py").write_text(f"ORIGIN = {origin!r}\n")
    path.append(str(tmp_path / "obs"))
    monkeypatch.setattr(engine_environment, "_NEEDED", ("selfieseg_test_module",))
    import_messaging(environment(tmp_path / "engine"))
    assert sys.modules.pop("selfieseg_test_module").ORIGIN == "OBS"


def test_a_package_installed_a_moment_ago_is_found(
    path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_environment, "_NEEDED", ("selfieseg_late_module",))
    with pytest.raises(TroubleError):
        import_messaging(environment(tmp_path))
    (tmp_path / "selfieseg_late_module.py").write_text("")
    import_messaging(environment(tmp_path))
    del sys.modules["selfieseg_late_module"]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (HERE, "A part of the engine is missing (No module named 'selfieseg_no_such')"),
        ("3.0", f"OBS runs Python {HERE}, but the engine was installed for 3.0"),
    ],
)
def test_a_missing_package_is_trouble(
    path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, words: str
) -> None:
    monkeypatch.setattr(engine_environment, "_NEEDED", ("selfieseg_no_such",))
    with pytest.raises(TroubleError) as raised:
        import_messaging(environment(tmp_path, version=version))
    assert words in str(raised.value)
    assert "install/install.py" in str(raised.value)
