"""Gets one file out of a wheel on PyPI, through the user's own pip. Any thread; blocks.

pip rather than a plain download, because pip already knows the user's proxy, mirror and certificates.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from selfieseg_engine.errors import ObtainError, WrongHashError
from selfieseg_engine.registry.checksum import sha256_of
from selfieseg_engine.registry.manifest import Wheel, WheelSource
from selfieseg_engine.registry.offline import is_offline
from selfieseg_engine.registry.url_source import HARD_LIMIT_BYTES, Tell

_TAG_OF_HOST = {"linux": "manylinux", "darwin": "macosx", "win32": "win"}
_LOOK_SECONDS = 0.25
_CONNECT_REMEDY = "check the internet connection and pip's proxy or mirror settings (`pip config list`)"


def wheel_for_host(wheels: Sequence[Wheel], host: str) -> Wheel:
    """Return the wheel of this platform (``sys.platform``), or the first: the member is the same in all.

    A mirror that holds only the wheels of its own platform has that one. Pure.
    """
    tag = _TAG_OF_HOST.get(host, "")
    return next((wheel for wheel in wheels if tag and wheel.platform.startswith(tag)), wheels[0])


def pip_command(source: WheelSource, wheel: Wheel, folder: Path, *, offline: bool) -> list[str]:
    """Return the command that brings the wheel, and only it, into ``folder``. Pure.

    ``offline``: it may come from the folders of pip's ``find-links`` only.
    """
    return [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"),
        *("--disable-pip-version-check", "--retries", "1", "--platform", wheel.platform),
        *("--python-version", source.python, "--implementation", "cp", "--dest", str(folder)),
        *(("--no-index",) if offline else ()),
        f"{source.project}=={source.version}",
    ]


def fetch_from_wheel(
    source: WheelSource, folder: Path, tell: Tell | None = None, max_bytes: int = HARD_LIMIT_BYTES
) -> Path:
    """Download the wheel into ``folder``, check it, and return the extracted member's path.

    Args:
        tell: called with the bytes so far and 0 (pip does not say how many there will be) while pip works.
        max_bytes: a larger member is not extracted.

    Raises:
        ObtainError: pip could not get it, or the wheel has no such member.
        WrongHashError: the wheel is not the one the manifest names.
    """
    wheel = wheel_for_host(source.wheels, sys.platform)
    release = f"{source.project} {source.version}"
    _run_pip(pip_command(source, wheel, folder, offline=is_offline()), release, folder, tell)
    wheel_path = next(folder.glob("*.whl"), None)
    if wheel_path is None:
        raise ObtainError(f"pip brought no wheel of {release}", "it left no .whl file", _CONNECT_REMEDY)
    actual = sha256_of(wheel_path)
    if actual != wheel.sha256:
        raise WrongHashError(
            wheel_path.name,
            f"sha256 {wheel.sha256}",
            f"sha256 {actual}",
            "ask who runs the package mirror why its file differs",
        )
    return _extract(wheel_path, source.member, folder, max_bytes)


def _run_pip(command: list[str], release: str, folder: Path, tell: Tell | None) -> None:
    # pip's own temporary files go where ours are: they are counted there, and removed with ours.
    temporary = folder / "pip"
    temporary.mkdir()
    with (
        # A file rather than a pipe: nobody has to empty it while pip runs.
        (folder / "pip.log").open("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            # On a terminal pip draws its own progress bar, on our stderr: stdout is for the command's answer.
            stdout=sys.stderr.fileno() if sys.stderr.isatty() else subprocess.DEVNULL,
            stderr=complaints,
            env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))},
        ) as pip,
    ):
        while not _has_ended(pip):
            if tell is not None:
                tell(bytes_in(folder), 0)
        complaints.seek(0)
        if pip.returncode != 0:
            raise ObtainError(
                f"pip could not download {release}",
                f"it says: {_last_error(complaints.read())}",
                _CONNECT_REMEDY,
            )


def _has_ended(pip: subprocess.Popen[bytes]) -> bool:
    try:
        pip.wait(_LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def bytes_in(folder: Path) -> int:
    """Return how large all files in a folder are, while others may make and remove some. Any thread."""
    total = 0
    # pip moves and removes files and folders while we look: `walk` leaves such folders out, `rglob` fails.
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(parent, name).stat().st_size
    return total


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["nothing"])[-1]


def _extract(wheel_path: Path, member: str, folder: Path, max_bytes: int) -> Path:
    target = folder / "member"
    with zipfile.ZipFile(wheel_path) as wheel_zip:
        try:
            size = wheel_zip.getinfo(member).file_size
        except KeyError as error:
            raise ObtainError(
                f"{wheel_path.name} does not help", f"it holds no {member}", "correct the manifest's source"
            ) from error
        if size > max_bytes:
            raise ObtainError(
                f"{wheel_path.name} does not help",
                f"its {member} has {size} bytes and may have {max_bytes}",
                "correct the manifest's source",
            )
        with wheel_zip.open(member) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file)
    return target
