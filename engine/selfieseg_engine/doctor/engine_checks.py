"""Whether an engine runs, which one, and whom it serves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from selfieseg_engine.client import EngineClient
from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.names import ENGINE
from selfieseg_engine.errors import UserError
from selfieseg_wire.engine_record import EngineRecord, EngineRecordError
from selfieseg_wire.messages import PROTOCOL_VERSION, MessageError, Stats, StatsRequest


def check_engine(run_dir: Path, version: str) -> Check:
    """Ask the engine of ``run_dir``, if there is one."""
    try:
        record = EngineRecord.read(run_dir)
    except EngineRecordError as error:
        return Check(ENGINE, "warn", f"its record cannot be read: {error}", "restart OBS")
    if record is None:
        return Check(ENGINE, "ok", "not running; OBS starts it with the first filter")
    if not psutil.pid_exists(record.pid):
        found = f"not running; process {record.pid} ended without clearing up, and the next one will"
        return Check(ENGINE, "ok", found)
    mismatch = judge_versions(record, version)
    if mismatch is not None:
        return mismatch
    try:
        with EngineClient.greet(run_dir, "selfieseg doctor") as client:
            stats = json.loads(client.ask(StatsRequest(), Stats).json_text)
    except (UserError, MessageError) as error:
        remedy = f"close OBS; if process {record.pid} stays, end it"
        return Check(ENGINE, "fail", f"process {record.pid} does not serve: {error}", remedy)
    return judge_stats(record, stats)


def judge_versions(record: EngineRecord, version: str) -> Check | None:
    """Return what is wrong with a running engine's versions, or None. Pure."""
    if record.version == version and record.protocol == PROTOCOL_VERSION:
        return None
    found = (
        f"process {record.pid} is version {record.version}, protocol {record.protocol}; "
        f"this is {version}, protocol {PROTOCOL_VERSION}"
    )
    return Check(ENGINE, "fail", found, "close OBS, wait 10 s and start it again")


def judge_stats(record: EngineRecord, stats: Mapping[str, Any]) -> Check:
    """Judge a running engine's own figures. Pure."""
    sessions = [
        f"'{each['source']}': {each['model']} on {each['device']}, {each['fps_out']:.0f} mattes/s"
        if each["model"]
        else f"'{each['source']}': the model is loading"
        for each in stats["sessions"]
    ]
    engine = stats["engine"]
    found = (
        f"process {engine['pid']}, version {engine['version']}, protocol {record.protocol}, "
        f"{engine['rss_mb']:.0f} MiB; {'; '.join(sessions) or 'no filter is connected'}"
    )
    if engine["restarts"]:
        remedy = "see the engine's log below; report it if it goes on"
        return Check(ENGINE, "warn", f"{found}; it was restarted {engine['restarts']} times", remedy)
    return Check(ENGINE, "ok", found)
