from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from selfieseg_engine.registry.manifest import Wheel, WheelSource
from selfieseg_engine.registry.wheel_source import bytes_in, pip_command, wheel_for_host

LINUX, MAC, WINDOWS = (
    Wheel(tag, "0" * 64) for tag in ("manylinux_2_28_x86_64", "macosx_11_0_universal2", "win_amd64")
)


@pytest.mark.parametrize(
    ("host", "wheel"), [("linux", LINUX), ("darwin", MAC), ("win32", WINDOWS), ("freebsd14", LINUX)]
)
def test_the_wheel_of_this_platform_is_asked_for(host: str, wheel: Wheel) -> None:
    assert wheel_for_host((LINUX, MAC, WINDOWS), host) == wheel


def test_pip_is_asked_for_one_wheel_and_nothing_else() -> None:
    source = WheelSource("mediapipe", "0.10.21", "311", "member", (WINDOWS,))
    command = pip_command(source, WINDOWS, Path("folder"), offline=False)
    assert command[1:4] == ["-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:"} <= set(command)
    assert command[command.index("--platform") + 1] == "win_amd64"
    assert command[command.index("--python-version") + 1] == "311"
    assert command[-1] == "mediapipe==0.10.21"


def test_folders_that_pip_removes_meanwhile_do_not_end_the_download(tmp_path: Path) -> None:
    (tmp_path / "wheel").write_bytes(bytes(1000))
    done = threading.Event()

    def as_pip_does() -> None:
        while not done.is_set():
            inner = tmp_path / "pip" / "download" / "unpacked"
            inner.mkdir(parents=True)
            (inner / "part").write_bytes(bytes(10))
            shutil.rmtree(tmp_path / "pip" / "download")
            (tmp_path / "pip").rmdir()

    pip = threading.Thread(target=as_pip_does)
    pip.start()
    try:
        assert {bytes_in(tmp_path) for _ in range(3000)} <= {1000, 1010}
    finally:
        done.set()
        pip.join()
