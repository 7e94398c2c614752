"""Finding OBS and its Python on three platforms, in fake trees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from selfieseg_setup import locate_obs, obs_config, obs_running
from selfieseg_setup.console import SetupError
from selfieseg_setup.locate_obs import Machine, ObsInstall


def test_linux_obs_embeds_the_python_that_it_links(linux_machine: Callable[..., Machine]) -> None:
    obs = locate_obs.find(linux_machine())

    assert obs is not None
    assert (obs.version, obs.python_minor, obs.has_lua) == ((29, 0, 2), 11, True)
    assert obs.python_is_chosen_at_run_time is False


def test_looking_leaves_nothing_in_the_home(linux_machine: Callable[..., Machine], tmp_path: Path) -> None:
    """``obs --version`` makes OBS's configuration folder; uninstall then could not restore a bare home."""
    locate_obs.find(linux_machine())

    assert not (tmp_path / "home").exists()


def test_no_obs(tmp_path: Path) -> None:
    for platform in ("linux", "win32", "darwin"):
        assert (
            locate_obs.find(Machine(platform, tmp_path, {"PATH": str(tmp_path), "HOME": str(tmp_path)}))
            is None
        )


@pytest.mark.parametrize(
    ("scripting", "why"),
    [
        (b"libpython3.11.so.1.0", "without Lua"),
        (b"libluajit-5.1.so.2", "without Python"),
        (None, "without Lua"),
    ],
)
def test_obs_without_scripting_is_refused(
    linux_machine: Callable[..., Machine], scripting: bytes | None, why: str
) -> None:
    with pytest.raises(SetupError, match=why):
        locate_obs.find(linux_machine(scripting))


def test_old_obs_is_refused(linux_machine: Callable[..., Machine]) -> None:
    with pytest.raises(
        SetupError, match=r"OBS 27\.2\.4 is too old, the filter needs OBS 28 or newer, update"
    ):
        locate_obs.find(linux_machine(version="OBS Studio - 27.2.4"))


def test_obs_that_does_not_start_is_told(linux_machine: Callable[..., Machine], tmp_path: Path) -> None:
    machine = linux_machine()
    (tmp_path / "usr/bin/obs").write_text("#!/bin/sh\nexit 127\n")

    with pytest.raises(SetupError, match="OBS does not start"):
        locate_obs.find(machine)


def test_flatpak_is_noticed(tmp_path: Path) -> None:
    machine = Machine("linux", tmp_path, {"HOME": str(tmp_path)})
    assert not locate_obs.flatpak_only(machine)

    (tmp_path / "var/lib/flatpak/app/com.obsproject.Studio").mkdir(parents=True)
    assert locate_obs.flatpak_only(machine)


def test_windows_obs_loads_the_python_named_in_its_settings(windows_machine: Machine, tmp_path: Path) -> None:
    python = tmp_path / "Python312"
    python.mkdir()
    (python / "python312.dll").touch()
    settings = tmp_path / "Roaming/obs-studio/user.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"\ufeff[Python]\r\nPath64bit={python.as_posix()}\r\n", encoding="utf-8")
    (settings.parent / "global.ini").write_text(f"[General]\nLastVersion={32 << 24 | 2 << 16 | 2}\n")

    obs = locate_obs.find(windows_machine)

    assert obs is not None
    assert (obs.python_minor, obs.version, obs.user_config.settings) == (12, (32, 2, 2), settings)


def test_windows_obs_without_a_python(windows_machine: Machine) -> None:
    obs = locate_obs.find(windows_machine)

    assert obs is not None
    assert obs.python_minor is None
    assert obs.python_is_chosen_at_run_time


def test_mac_obs_names_the_folder_that_holds_the_framework(mac_machine: Machine, tmp_path: Path) -> None:
    library = tmp_path / "Frameworks/Python.framework/Versions/3.11/lib/libpython3.11.dylib"
    library.parent.mkdir(parents=True)
    library.touch()
    settings = tmp_path / "home/Library/Application Support/obs-studio/global.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[General]\nLastVersion={29 << 24}\n[Python]\nPath64bit={tmp_path / 'Frameworks'}\n")

    obs = locate_obs.find(mac_machine)

    assert obs is not None
    assert (obs.python_minor, obs.has_lua) == (11, True)


def test_newer_python_than_obs_can_load_is_none(tmp_path: Path) -> None:
    (tmp_path / "python313.dll").touch()

    assert locate_obs.loadable_python_minor(tmp_path, "win32") is None


def linux_obs(config_base: Path) -> ObsInstall:
    return ObsInstall(Path("/usr/bin/obs"), (29, 0, 2), config_base, 11, True, False)


def process(proc: Path, pid: int, name: str, **environment: str) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n")
    (folder / "environ").write_text("\0".join(f"{key}={value}" for key, value in environment.items()))


def test_running_obs_is_noticed(tmp_path: Path) -> None:
    process(tmp_path, 7, "obs", HOME="/home/me")

    assert obs_running.is_running(linux_obs(Path("/home/me/.config")), "linux", tmp_path)


def test_obs_with_another_configuration_does_not_count(tmp_path: Path) -> None:
    process(tmp_path, 7, "obs", HOME="/home/me", XDG_CONFIG_HOME="/tmp/isolated")
    process(tmp_path, 8, "obsidian", HOME="/home/me")

    assert not obs_running.is_running(linux_obs(Path("/home/me/.config")), "linux", tmp_path)


@pytest.mark.parametrize(
    ("version", "files", "expected"),
    [
        ((29, 0, 2), {}, "global.ini"),
        ((32, 2, 2), {}, "user.ini"),
        ((32, 2, 2), {"global.ini": "[General]\nLastVersion=486539266\n"}, "global.ini"),
        ((), {"user.ini": "", "global.ini": ""}, "user.ini"),
    ],
    ids=["until 30", "from 31", "not migrated yet", "unknown version"],
)
def test_settings_file(
    tmp_path: Path, version: tuple[int, ...], files: dict[str, str], expected: str
) -> None:
    for name, text in files.items():
        (tmp_path / "obs-studio").mkdir(exist_ok=True)
        (tmp_path / "obs-studio" / name).write_text(text)

    assert obs_config.user_config(tmp_path, version).settings == tmp_path / "obs-studio" / expected


def test_moved_scene_collections_are_found(tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    (tmp_path / "obs-studio").mkdir()
    (tmp_path / "obs-studio/global.ini").write_text(f"[Locations]\nSceneCollections={tmp_path / 'moved'}\n")
    (tmp_path / "obs-studio/user.ini").write_text("[Basic]\nSceneCollectionFile=Mine.json\n")

    config = obs_config.user_config(tmp_path, (32, 2, 2))

    assert config.current_collection() == tmp_path / "moved/obs-studio/basic/scenes/Mine.json"
