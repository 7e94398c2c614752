"""What the logs say: the engine's errors, and the script's words in OBS's newest log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.names import ENGINE_LOG, ENGINE_STDERR, OBS_LOG

TAG = "[selfie-segmentation]"

_TAIL_LINES = 200
_TAIL_BYTES = 100_000
_SHOWN_LINES = 5
_LOGGED_ERROR = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) ")
_STDERR_ERROR = re.compile(
    r"error|traceback|abort|fatal|terminate called|cannot|exception|segmentation fault", re.I
)
# The script's words when all is well: "'Camera': a_model on CPU", "working again".
_GOOD_WORDS = re.compile(r"': \S+ on \S+$|working again$")


def check_engine_log(path: Path) -> Check:
    """Look for errors at the end of the engine's log. Raises ``OSError``."""
    return judge_log(ENGINE_LOG, path, engine_errors(_tail(path)))


def check_engine_stderr(path: Path) -> Check:
    """Look for errors at the end of what the engine wrote to stderr. Raises ``OSError``."""
    return judge_log(ENGINE_STDERR, path, stderr_errors(_tail(path)))


def check_obs_log(folder: Path) -> Check:
    """Show what the script said in OBS's newest log. Raises ``OSError``."""
    newest = newest_obs_log(folder)
    if newest is None:
        return Check(OBS_LOG, "ok", f"none in {folder}: OBS has not run yet")
    text = newest.read_text(encoding="utf-8", errors="replace")
    return judge_obs_log(newest, tagged_lines(text))


def newest_obs_log(folder: Path) -> Path | None:
    """Return OBS's newest log, None where OBS has not run yet. Raises ``OSError``."""
    return max(folder.glob("*.txt"), key=lambda path: path.stat().st_mtime, default=None)


def judge_log(name: str, path: Path, errors: Sequence[str]) -> Check:
    """Judge the error lines of a log. Pure."""
    if not errors:
        return Check(name, "ok", f"no errors in {path}")
    return Check(name, "warn", _shown(errors), f"if something does not work, report it with {path}")


def judge_obs_log(path: Path, lines: Sequence[str]) -> Check:
    """Judge the script's words: what came after the last good one is trouble. Pure."""
    if not lines:
        return Check(OBS_LOG, "ok", f"nothing of the script in {path}")
    good = [number for number, line in enumerate(lines) if _GOOD_WORDS.search(line)]
    trouble = lines[good[-1] + 1 :] if good else lines
    if trouble:
        remedy = f"do what the last line says; if it says nothing to do, report it with {path}"
        return Check(OBS_LOG, "warn", _shown(trouble), remedy)
    return Check(OBS_LOG, "ok", _shown(lines))


def engine_errors(text: str) -> list[str]:
    """Return the error lines at the end of the engine's log. Pure."""
    return [line for line in text.splitlines()[-_TAIL_LINES:] if _LOGGED_ERROR.match(line)]


def stderr_errors(text: str) -> list[str]:
    """Return the lines at the end of the engine's stderr that tell of trouble. Pure."""
    return [line.strip() for line in text.splitlines()[-_TAIL_LINES:] if _STDERR_ERROR.search(line)]


def tagged_lines(text: str) -> list[str]:
    """Return the lines of an OBS log that are the product's. Pure."""
    return [line.strip() for line in text.splitlines() if TAG in line]


def _shown(lines: Sequence[str]) -> str:
    return "\n".join(lines[-_SHOWN_LINES:])


def _tail(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace")
