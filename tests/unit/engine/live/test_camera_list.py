from __future__ import annotations

import os
from pathlib import Path

import pytest

from selfieseg_engine.live.camera_list import CameraFolders, list_cameras, no_pictures, require_camera
from selfieseg_engine.live.errors import CameraError


@pytest.fixture
def folders(tmp_path: Path) -> CameraFolders:
    made = CameraFolders(tmp_path / "dev", tmp_path / "names")
    made.devices.mkdir()
    return made


def add(folders: CameraFolders, number: int, name: str, index: int = 0) -> None:
    folders.device(number).touch()
    about = folders.names / f"video{number}"
    about.mkdir(parents=True)
    (about / "name").write_text(f"{name}\n")
    (about / "index").write_text(f"{index}\n")


def test_cameras_have_names_and_their_other_files_are_passed_over(folders: CameraFolders) -> None:
    add(folders, 10, "Loopback")
    add(folders, 2, "Webcam")
    add(folders, 3, "Webcam", index=1)
    (folders.devices / "video-dev").touch()
    (folders.devices / "video5").touch()  # the system tells nothing of it
    assert list_cameras(folders) == {2: "Webcam", 5: "video5", 10: "Loopback"}
    assert list(list_cameras(folders)) == [2, 5, 10]


def test_a_wrong_number_names_the_right_ones(folders: CameraFolders) -> None:
    add(folders, 2, "Webcam")
    add(folders, 4, "Other")
    with pytest.raises(CameraError) as caught:
        require_camera(0, "linux", folders)
    assert str(caught.value) == (
        f"camera 0 cannot be opened, there is no {folders.device(0)}, "
        "use one that is here: 2 (Webcam), 4 (Other)"
    )


def test_no_camera_at_all(folders: CameraFolders) -> None:
    with pytest.raises(
        CameraError, match="no camera is connected to this machine, connect one, or play a rec"
    ):
        require_camera(0, "linux", folders)


def test_a_camera_that_is_not_ours(folders: CameraFolders, monkeypatch: pytest.MonkeyPatch) -> None:
    add(folders, 0, "Webcam")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root, who may run this, may use every file
    with pytest.raises(CameraError, match=r"you may not use .*, run `sudo usermod -aG video"):
        require_camera(0, "linux", folders)


def test_only_linux_tells_beforehand(folders: CameraFolders) -> None:
    require_camera(0, "win32", folders)
    assert "privacy settings" in str(no_pictures(0, "darwin", folders))


def test_a_camera_without_pictures_names_others(folders: CameraFolders) -> None:
    add(folders, 0, "Webcam")
    add(folders, 1, "Other")
    told = str(no_pictures(0, "linux", folders))
    assert told.startswith("camera 0 gives no pictures, another program has ")
    assert told.endswith("close other programs that show it, or use another one: 1 (Other)")
