"""What a foreign interpreter must add to import what an environment has."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

from selfieseg_setup import packages


def test_site_packages_are_folders_that_are_there(tmp_path: Path) -> None:
    """Debian's Python names dist-packages folders even in a virtual environment that has none."""
    venv.create(tmp_path / "venv", with_pip=False)

    folders = [Path(folder) for folder in packages.site_packages(tmp_path / "venv")]

    assert folders
    assert all(folder.is_dir() and (tmp_path / "venv") in folder.parents for folder in folders)
    if sys.platform != "win32":
        assert any(folder.name == "site-packages" for folder in folders)
