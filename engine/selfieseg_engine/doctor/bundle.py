"""The files of a bug report, and the zip that they go into. One thread; writes nothing but the zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.doctor.log_checks import newest_obs_log
from selfieseg_engine.doctor.obs_log_lines import wanted_lines
from selfieseg_engine.doctor.private_text import PrivateText
from selfieseg_engine.errors import UserError

README_NAME = "README.txt"

_LOG_TAIL_BYTES = 200_000
_LOGS = ("engine.log.1", "engine.log", "engine-stderr.log")
_ABOUT = """\
What `selfieseg doctor --bundle` put together for a bug report. Look into it before you send it.

Replaced by placeholders: this machine's and this user's name, the home folder and other folders outside
the product (<path>), names of sources, scenes, profiles and whatever else is in quotes (<name 1>, <name 2>,
...; one number is one name), picture and video files (<file>), addresses (<address>), keys and passwords
(<secret>). Kept: the product's own folders, as <checkout>, <data>, <run> and <python>, and the names of
installed Python packages.

"""


@dataclass(frozen=True)
class BundleSources:
    """Where the facts are. ``obs_logs`` is None where there is no OBS."""

    data_dir: Path
    log_dir: Path
    obs_logs: Path | None


def bundle_files(
    report: Mapping[str, Any],
    machine: Mapping[str, Any],
    sources: BundleSources,
    private: PrivateText,
    remarks: Sequence[str] = (),
) -> dict[str, str]:
    """Return name and text of each file, without private things.

    A file that cannot be read is told of in the README.

    Args:
        report: of the checks.
        machine: what a reader must know of this machine.
        sources: where the rest is.
        private: takes private things out.
        remarks: what else to tell in the README.
    """
    files = {
        "doctor.json": _json(private.clean_values(report)),
        "machine.json": _json(private.clean_values(machine)),
        "packages.txt": "".join(f"{line}\n" for line in _packages()),
    }
    unread = []
    for path in (sources.data_dir / "install.json", sources.data_dir / "measurements.json"):
        try:
            if path.exists():
                files[path.name] = _json(private.clean_values(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError) as error:
            unread.append(f"{path.name}: {type(error).__name__}")
    for name in _LOGS:
        try:
            if (sources.log_dir / name).exists():
                files[name] = private.clean(_tail(sources.log_dir / name))
        except OSError as error:
            unread.append(f"{name}: {type(error).__name__}")
    try:
        obs_log = None if sources.obs_logs is None else newest_obs_log(sources.obs_logs)
        if obs_log is not None:
            lines = wanted_lines(obs_log.read_text(encoding="utf-8", errors="replace"))
            files["obs.log"] = "".join(f"{private.clean(line)}\n" for line in lines)
    except OSError as error:
        unread.append(f"OBS's log: {type(error).__name__}")
    told = [f"{name}: {_CONTENTS[name]}" for name in files]
    told += [f"(could not be read: {each})" for each in unread]
    told += [f"({remark})" for remark in remarks]
    return {README_NAME: _ABOUT + "\n".join(told) + "\n", **files}


_CONTENTS = {
    "doctor.json": "what the doctor found",
    "machine.json": "system, processor, versions",
    "packages.txt": "the Python packages beside the engine",
    "install.json": "what the installation recorded",
    "measurements.json": "how fast the models are here",
    "engine.log.1": "the end of the engine's log before the last",
    "engine.log": "the end of the engine's log",
    "engine-stderr.log": "the end of what the engine said besides",
    "obs.log": "of OBS's last log: the product's own lines, and what OBS tells of the machine at its start",
}


def write_bundle(path: Path, files: Mapping[str, str]) -> None:
    """Write the zip; it appears whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in files.items():
            bundle.writestr(name, text)
    try:
        write_bytes_atomically(path, content.getvalue())
    except OSError as error:
        raise UserError(
            f"{path} cannot be written", error.strerror or str(error), "choose another name or folder"
        ) from error


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _packages() -> list[str]:
    """Return what ``pip freeze`` would, but where packages come from: that may be private."""
    return sorted({f"{each.name}=={each.version}" for each in distributions()}, key=str.lower)


def _tail(path: Path) -> str:
    """Return the end of a log, from a whole line on."""
    with path.open("rb") as file:
        size = path.stat().st_size
        file.seek(max(0, size - _LOG_TAIL_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    return text if size <= _LOG_TAIL_BYTES else text.partition("\n")[2]
