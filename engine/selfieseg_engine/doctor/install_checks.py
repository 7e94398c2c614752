"""Whether what was installed is here, runs and fits together."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.install_record import INSTALL, InstallRecord, find_mismatches
from selfieseg_engine.doctor.names import PACKAGES, PYTHON, RECORD

DISTRIBUTION = "selfie-segmentation-for-obs"

_PROBE_TIMEOUT_S = 30
_PROBE = (
    "import json, sys, importlib.metadata as m\n"
    f"print(json.dumps(['%d.%d' % sys.version_info[:2], m.version({DISTRIBUTION!r})]))"
)
# Run without site: as in OBS, the recorded folders are all that is added.
_IMPORT_PROBE = (
    "import json, sys\n"
    "sys.path += sys.argv[1:]\n"
    "import zmq, msgpack\n"
    "print(json.dumps([zmq.__version__, '.'.join(map(str, msgpack.version))]))"
)


@dataclass(frozen=True)
class Probe:
    """What a Python answered: two words, or why there are none."""

    answer: tuple[str, str] | None
    trouble: str = ""


def check_record(record: InstallRecord, checkout: Path, version: str, obs_version: str) -> Check:
    """Whether the record fits this checkout and the OBS that is here (``""``: none)."""
    mismatches = find_mismatches(record, checkout, version)
    if mismatches:
        return Check(RECORD, "fail", "; ".join(mismatches), f"{INSTALL} again")
    if obs_version and record.obs_version != obs_version:
        found = f"made for {'OBS ' + record.obs_version if record.obs_version else 'no OBS'}"
        return Check(RECORD, "warn", f"{found}, now there is {obs_version}", f"{INSTALL} again")
    return Check(RECORD, "ok", f"version {record.version} in {record.checkout}")


def check_python(record: InstallRecord, version: str) -> Check:
    """Whether the recorded Python runs, is the recorded one, and has the product."""
    return judge_python(record, version, _probe([str(record.python), "-I", "-c", _PROBE]))


def judge_python(record: InstallRecord, version: str, probe: Probe) -> Check:
    """Judge what the recorded Python answered. Pure."""
    remedy = f"{INSTALL} again"
    if probe.answer is None:
        return Check(PYTHON, "fail", f"{record.python} does not run: {probe.trouble}", remedy)
    python_version, product_version = probe.answer
    if python_version != record.python_version:
        found = f"{record.python} is {python_version}, the record says {record.python_version}"
        return Check(PYTHON, "fail", found, remedy)
    if product_version != version:
        return Check(PYTHON, "fail", f"it has version {product_version}, this is {version}", remedy)
    return Check(PYTHON, "ok", f"{python_version} at {record.python}")


def check_packages(record: InstallRecord, obs_minor: int | None) -> Check:
    """Whether pyzmq and msgpack can be imported as the script in OBS does it."""
    command = [str(record.python), "-I", "-S", "-c", _IMPORT_PROBE, *record.site_packages]
    return judge_packages(record, obs_minor, _probe(command))


def judge_packages(record: InstallRecord, obs_minor: int | None, probe: Probe) -> Check:
    """Judge what the import came to; ``obs_minor`` is None where OBS has no Python. Pure."""
    remedy = f"{INSTALL} again"
    if obs_minor is not None and record.python_version != f"3.{obs_minor}":
        found = f"they are for Python {record.python_version}, OBS has 3.{obs_minor}"
        return Check(PACKAGES, "fail", found, remedy)
    if probe.answer is None:
        return Check(PACKAGES, "fail", f"they cannot be imported: {probe.trouble}", remedy)
    zmq, msgpack = probe.answer
    return Check(PACKAGES, "ok", f"pyzmq {zmq}, msgpack {msgpack}, with Python {record.python_version}")


def _probe(command: list[str]) -> Probe:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Probe(None, str(error))
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return Probe(None, lines[-1])
    try:
        first, second = json.loads(done.stdout)
    except ValueError as error:
        return Probe(None, f"it answered {done.stdout!r} ({error})")
    return Probe((str(first), str(second)))
