from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from selfieseg_wire import paths


def test_environment_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SELFIESEG_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", f"{tmp_path / 'a'}{os.pathsep}{os.pathsep}b")
    assert paths.data_dir() == tmp_path / "data"
    assert paths.run_dir() == tmp_path / "run"
    assert paths.log_dir() == tmp_path / "data" / "logs"
    assert paths.install_record_path() == tmp_path / "data" / "install.json"
    assert paths.model_search_path() == [tmp_path / "a", Path.cwd() / "b"]


def test_without_a_model_path_nothing_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SELFIESEG_MODEL_PATH", raising=False)
    assert paths.model_search_path() == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's places")
def test_places_on_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SELFIESEG_DATA_DIR", "SELFIESEG_RUN_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert paths.data_dir() == tmp_path / ".local" / "share" / "selfieseg"
    assert paths.run_dir() == tmp_path / "selfieseg"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert paths.run_dir().name == f"selfieseg-{os.getuid()}"
    assert paths.data_dir() == tmp_path / "share" / "selfieseg"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
class TestPrivateDir:
    def test_is_made_private(self, tmp_path: Path) -> None:
        made = paths.make_private_dir(tmp_path / "a" / "run")
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert paths.make_private_dir(made) == made

    def test_one_open_to_others_is_refused(self, tmp_path: Path) -> None:
        folder = tmp_path / "run"
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        with pytest.raises(paths.UnsafeDirectoryError, match="chmod 700"):
            paths.make_private_dir(folder)

    def test_a_link_is_refused(self, tmp_path: Path) -> None:
        """Somebody else may have made a link in a world-writable place before us."""
        (tmp_path / "real").mkdir(mode=0o700)
        (tmp_path / "run").symlink_to(tmp_path / "real")
        with pytest.raises(paths.UnsafeDirectoryError, match="not a folder of this user"):
            paths.make_private_dir(tmp_path / "run")

    def test_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "run").touch()
        with pytest.raises(OSError, match="run"):
            paths.make_private_dir(tmp_path / "run")
