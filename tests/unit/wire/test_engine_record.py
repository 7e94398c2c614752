from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfieseg_wire.engine_record import ENGINE_RECORD_NAME, EngineRecord, EngineRecordError

RECORD = EngineRecord(4711, "ipc:///run/x/engine.sock", "t0ken", "0.1.0", 1)


def test_goes_round(tmp_path: Path) -> None:
    RECORD.write(tmp_path)
    assert EngineRecord.read(tmp_path) == RECORD
    assert [path.name for path in tmp_path.iterdir()] == [ENGINE_RECORD_NAME]


def test_replaces_an_older_one(tmp_path: Path) -> None:
    (tmp_path / ENGINE_RECORD_NAME).write_text("rubbish from another version")
    RECORD.write(tmp_path)
    assert EngineRecord.read(tmp_path) == RECORD


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_only_this_user_may_read_the_token(tmp_path: Path) -> None:
    RECORD.write(tmp_path)
    assert stat.S_IMODE((tmp_path / ENGINE_RECORD_NAME).stat().st_mode) == 0o600


def test_none_where_there_is_none(tmp_path: Path) -> None:
    assert EngineRecord.read(tmp_path) is None
    assert EngineRecord.read(tmp_path / "nowhere") is None


GOOD = {"pid": 1, "endpoint": "e", "token": "t", "version": "v", "protocol": 1, "server_key": ""}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", ENGINE_RECORD_NAME),
        ("{", ENGINE_RECORD_NAME),
        ("[1]", ENGINE_RECORD_NAME),
        ("null", ENGINE_RECORD_NAME),
        ("{}", "pid"),
        (json.dumps({**GOOD, "pid": "1"}), "pid is no int"),
        (json.dumps({**GOOD, "pid": True}), "pid is no int"),
        (json.dumps({**GOOD, "endpoint": 5}), "endpoint is no str"),
        (json.dumps({**GOOD, "token": None}), "token is no str"),
        (json.dumps({**GOOD, "server_key": 5}), "server_key is no str"),
        (json.dumps({**GOOD, "version": 5}), "version is no str"),
        (json.dumps({**GOOD, "protocol": "1"}), "protocol is no int"),
        (json.dumps({**GOOD, "more": 1}), "more"),
    ],
)
def test_a_damaged_one_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / ENGINE_RECORD_NAME).write_text(text)
    with pytest.raises(EngineRecordError, match=complaint):
        EngineRecord.read(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ENGINE_RECORD_NAME).write_bytes(data)
    with pytest.raises(EngineRecordError):
        EngineRecord.read(tmp_path)
