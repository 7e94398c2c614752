"""How long models take on this machine, as it was measured: one small file of the data directory.

It is good for the machine and the versions that it was measured with, and for no other. Any thread, any
process; OpenVINO is not needed to read it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.processor import this_processor
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_wire.paths import data_dir

# Device to number of threads to the median of one inference in milliseconds. Other devices than the CPU do
# not care for threads: theirs is 1.
Times = dict[str, dict[int, float]]
Facts = dict[str, Any]

_SCHEMA = 1
_DEVICES = "devices"


def measurements_path() -> Path:
    """Return where the record is kept (it may not exist yet)."""
    return data_dir() / "measurements.json"


def machine_facts(devices: Mapping[str, str]) -> Facts:
    """Return all that makes measured times worthless when it changes, ready for JSON.

    ``devices`` are OpenVINO's names of the devices and their makers' names for them.
    """
    return {
        "schema": _SCHEMA,
        "processor": this_processor(),
        "cores": os.cpu_count() or 1,
        "openvino": version("openvino"),
        "product": version("selfie-segmentation-for-obs"),
        _DEVICES: dict(devices),
    }


def read_times(facts: Facts, manifests: tuple[Manifest, ...]) -> dict[str, Times]:
    """Return what is known of these models, by id.

    Empty where nothing was measured, on another machine, or where the file is damaged; times of other
    weights do not count.
    """
    record = _read_record()
    if record is None or record["machine"] != facts:
        return {}
    found = {}
    for manifest in manifests:
        entry = record["models"].get(manifest.id)
        if entry is not None and entry["weights"] == str(manifest.file.digest):
            found[manifest.id] = _times(entry)
    return found


def add_times(facts: Facts, measured: Mapping[str, Times], manifests: tuple[Manifest, ...]) -> None:
    """Keep what was measured; what is known of other models and devices stays if it is of this machine.

    Raises:
        OSError: the data directory cannot be written.
    """
    record = _read_record()
    models = record["models"] if record is not None and record["machine"] == facts else {}
    known = read_times(facts, manifests)
    for manifest in manifests:
        if manifest.id in measured:
            times = {**known.get(manifest.id, {}), **measured[manifest.id]}
            models[manifest.id] = {"weights": str(manifest.file.digest), "ms": times}
    text = json.dumps({"machine": facts, "models": models}, indent=1, ensure_ascii=False)
    write_bytes_atomically(measurements_path(), text.encode())


def measured_ms(model_id: str) -> float | None:
    """Return the shortest time of a model on this machine, None where it was not measured.

    The devices are not asked for: that takes OpenVINO, and a list of models does not wait for it.
    """
    record = _read_record()
    if record is None:
        return None
    then, now = ({**facts, _DEVICES: None} for facts in (record["machine"], machine_facts({})))
    entry = record["models"].get(model_id)
    if then != now or entry is None:
        return None
    return min(ms for threads in _times(entry).values() for ms in threads.values())


def _read_record() -> Facts | None:
    """Return the record as it was written; None without one that is whole."""
    try:
        record = json.loads(measurements_path().read_bytes())
        if not isinstance(record["machine"], dict):
            return None
        for entry in record["models"].values():
            times = [ms for threads in _times(entry).values() for ms in threads.values()]
            if not times or not all(math.isfinite(ms) and ms > 0 for ms in times):
                return None
            if not isinstance(entry["weights"], str):
                return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(record)


def _times(entry: Facts) -> Times:
    return {
        device: {int(threads): float(ms) for threads, ms in by_threads.items()}
        for device, by_threads in entry["ms"].items()
    }
