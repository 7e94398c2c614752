"""Install and uninstall on the OBS side: what OBS's files look like before, between and after."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from selfieseg_setup import obs_side, registration
from selfieseg_setup.change_log import ChangeLog
from selfieseg_setup.console import SetupError
from selfieseg_setup.locate_obs import ObsInstall

COLLECTION = (
    '{"name":"Größe",  "modules":{"scripts-tool":[{"path":"/own.lua","settings":{}}]},"sources":[]}\n'
)


def running(_obs: ObsInstall) -> bool:
    return True


def closed(_obs: ObsInstall) -> bool:
    return False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def obs(home: Path) -> ObsInstall:
    return ObsInstall(Path("/usr/bin/obs"), (29, 0, 2), home, 11, True, False)


@pytest.fixture
def used_obs(obs: ObsInstall, home: Path) -> ObsInstall:
    """An OBS that its user has worked with."""
    scenes = home / "obs-studio/basic/scenes"
    scenes.mkdir(parents=True)
    (scenes / "Show.json").write_text(COLLECTION, encoding="utf-8")
    (scenes / "Other.json").write_text("{}")
    (home / "obs-studio/global.ini").write_text("[Basic]\nSceneCollection=Größe\nSceneCollectionFile=Show\n")
    return obs


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def test_uninstall_restores_every_byte(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    before = snapshot(home)

    assert obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)
    assert obs_side.is_installed(used_obs, checkout)
    assert snapshot(home) != before
    obs_side.uninstall(used_obs, checkout, tmp_path / "data", is_running=closed)

    assert snapshot(home) == before
    assert snapshot(tmp_path / "data") == {}


def test_uninstall_of_an_obs_never_started_leaves_a_bare_home(
    obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    obs_side.install(obs, checkout, tmp_path / "data", is_running=closed)
    assert obs_side.is_installed(obs, checkout)
    assert "SceneCollectionFile=Untitled" in (home / "obs-studio/global.ini").read_text()

    obs_side.uninstall(obs, checkout, tmp_path / "data", is_running=closed)

    assert snapshot(home) == {}


def test_second_install_writes_nothing(used_obs: ObsInstall, checkout: Path, tmp_path: Path) -> None:
    obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)
    before = snapshot(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}

    obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)

    assert snapshot(tmp_path) == before
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_collection_that_obs_rewrote_keeps_its_news(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)
    path = home / "obs-studio/basic/scenes/Show.json"
    rewritten = json.loads(path.read_text(encoding="utf-8"))
    rewritten["sources"] = [{"id": "scene", "name": "New"}]
    path.write_text(json.dumps(rewritten), encoding="utf-8")

    obs_side.uninstall(used_obs, checkout, tmp_path / "data", is_running=closed)

    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["sources"] == rewritten["sources"]
    assert [entry["path"] for entry in after["modules"]["scripts-tool"]] == ["/own.lua"]


def test_install_after_obs_rewrote_and_lost_the_scripts_backs_up_anew(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)
    path = home / "obs-studio/basic/scenes/Show.json"
    path.write_text('{"name":"Größe","later":true}', encoding="utf-8")
    before = path.read_bytes()

    obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)
    obs_side.uninstall(used_obs, checkout, tmp_path / "data", is_running=closed)

    assert path.read_bytes() == before


def rewrite(home: Path) -> Path:
    """Let OBS save its collection: another spelling, and a source more."""
    path = home / "obs-studio/basic/scenes/Show.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["sources"] = [*content["sources"], {"id": "scene"}]
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def scripts_in(collection: Path) -> list[str]:
    entries = json.loads(collection.read_text(encoding="utf-8"))["modules"]["scripts-tool"]
    return [entry["path"] for entry in entries]


@pytest.fixture
def moved_checkout(checkout: Path, tmp_path: Path) -> Path:
    """Return where a copy of the checkout lies."""
    return Path(shutil.copytree(checkout, tmp_path / "elsewhere" / "checkout"))


def test_scripts_of_a_checkout_that_was_moved_are_taken_out(
    used_obs: ObsInstall, home: Path, checkout: Path, moved_checkout: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    obs_side.install(used_obs, checkout, data, is_running=closed)
    path = rewrite(home)

    obs_side.uninstall(used_obs, moved_checkout, data, is_running=closed)

    assert scripts_in(path) == ["/own.lua"]
    assert snapshot(data) == {}


def test_what_was_entered_from_elsewhere_is_no_original(
    used_obs: ObsInstall, home: Path, checkout: Path, moved_checkout: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    obs_side.install(used_obs, checkout, data, is_running=closed)
    path = rewrite(home)

    obs_side.install(used_obs, moved_checkout, data, is_running=closed)
    assert len(list((data / "obs_backup").iterdir())) == 1
    obs_side.uninstall(used_obs, moved_checkout, data, is_running=closed)

    assert scripts_in(path) == ["/own.lua"]
    assert len(json.loads(path.read_text(encoding="utf-8"))["sources"]) == 1
    assert snapshot(data) == {}


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"modules": []}', b"\xff\xfe"])
def test_a_damaged_collection_keeps_nothing_else_from_being_undone(
    used_obs: ObsInstall,
    home: Path,
    checkout: Path,
    tmp_path: Path,
    damage: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, path = tmp_path / "data", home / "obs-studio/basic/scenes/Show.json"
    settings = (home / "obs-studio/global.ini").read_bytes()
    obs_side.install(used_obs, checkout, data, python_folder=Path("/Py312"), is_running=closed)
    path.write_bytes(damage)

    assert not obs_side.uninstall(used_obs, checkout, data, is_running=closed)

    assert path.read_bytes() == damage
    assert (home / "obs-studio/global.ini").read_bytes() == settings
    (backup,) = (data / "obs_backup").iterdir()
    assert backup.read_text(encoding="utf-8") == COLLECTION
    assert f"left {path} as it is, for it cannot be read" in (said := capsys.readouterr().out)
    assert str(backup) in said

    path.write_text(COLLECTION, encoding="utf-8")  # the user has restored it
    assert obs_side.uninstall(used_obs, checkout, data, is_running=closed)
    assert snapshot(data) == {}


def test_a_collection_of_another_shape_is_told(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    (home / "obs-studio/basic/scenes/Show.json").write_text('{"modules": []}')
    with pytest.raises(SetupError, match="it is not what OBS writes"):
        obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)


def test_the_python_folder_goes_too_where_obs_was_never_started(
    obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    """Two changes to one file: the folder of Python and the name of the first collection."""
    data = tmp_path / "data"
    obs_side.install(obs, checkout, data, python_folder=Path("/Py312"), is_running=closed)
    settings = home / "obs-studio/global.ini"
    settings.write_text(settings.read_text() + "[New]\na=1\n")

    obs_side.uninstall(obs, checkout, data, is_running=closed)

    assert "Path64bit" not in settings.read_text()
    assert "SceneCollectionFile=Untitled" in settings.read_text()  # OBS writes that by itself


def test_a_script_that_the_user_added_is_named(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "obs-studio/basic/scenes/Other.json"
    entry = {"path": (checkout / "obs_plugin/selfie_segmentation.py").as_posix(), "settings": {}}
    path.write_text(json.dumps({"modules": {"scripts-tool": [entry]}}))

    obs_side.uninstall(used_obs, checkout, tmp_path / "data", is_running=closed)

    assert f"{path} lists the script still" in capsys.readouterr().out


def test_running_obs_is_left_alone_and_the_menu_is_named(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(home)

    assert not obs_side.install(used_obs, checkout, tmp_path / "data", is_running=running)

    assert snapshot(home) == before
    said = capsys.readouterr().out
    assert "Tools > Scripts > +" in said
    assert str(checkout / "obs_plugin/selfie_segmentation.py") in said


def test_uninstall_refuses_while_obs_runs(used_obs: ObsInstall, checkout: Path, tmp_path: Path) -> None:
    obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)

    with pytest.raises(SetupError, match="OBS is running, close it"):
        obs_side.uninstall(used_obs, checkout, tmp_path / "data", is_running=running)


def test_damaged_collection_is_not_touched(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    path = home / "obs-studio/basic/scenes/Show.json"
    path.write_text("{ half a coll")

    with pytest.raises(SetupError, match="cannot read OBS's scene collection"):
        obs_side.install(used_obs, checkout, tmp_path / "data", is_running=closed)

    assert path.read_text() == "{ half a coll"


def test_incomplete_checkout_is_told(used_obs: ObsInstall, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is missing"):
        obs_side.install(used_obs, tmp_path / "nowhere", tmp_path / "data", is_running=closed)


def test_python_folder_is_named_and_taken_back(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    before = snapshot(home)
    data = tmp_path / "data"

    obs_side.install(used_obs, checkout, data, python_folder=Path("/Py312"), is_running=closed)
    assert "[Python]\nPath64bit=/Py312\n" in (home / "obs-studio/global.ini").read_text()
    obs_side.uninstall(used_obs, checkout, data, is_running=closed)

    assert snapshot(home) == before


def test_python_folder_of_the_user_stays(used_obs: ObsInstall, home: Path, tmp_path: Path) -> None:
    settings = home / "obs-studio/global.ini"
    settings.write_text("[Python]\nPath64bit=/mine\n")

    log = ChangeLog(tmp_path / "data", {})
    assert not registration.name_python_folder(used_obs, Path("/Py312"), log)
    assert "/mine" in settings.read_text()


def test_python_folder_is_taken_out_of_settings_that_obs_rewrote(
    used_obs: ObsInstall, home: Path, checkout: Path, tmp_path: Path
) -> None:
    obs_side.install(used_obs, checkout, tmp_path / "data", python_folder=Path("/Py312"), is_running=closed)
    settings = home / "obs-studio/global.ini"
    settings.write_text(settings.read_text() + "[New]\na=1\n")

    obs_side.uninstall(used_obs, checkout, tmp_path / "data", is_running=closed)

    assert "Path64bit" not in settings.read_text()
    assert "[New]\na=1\n" in settings.read_text()


def test_damaged_log_names_where_the_backups_are(
    used_obs: ObsInstall, checkout: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "obs_changes.json").write_text("[]")

    with pytest.raises(SetupError, match=f"restore OBS's files from {data}"):
        obs_side.uninstall(used_obs, checkout, data, is_running=closed)
