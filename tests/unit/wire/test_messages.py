"""What is refused, by name of the field; random bytes never do anything else."""

from __future__ import annotations

import dataclasses

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_wire.messages import (
    _KINDS,
    MAX_MESSAGE_BYTES,
    MAX_MODELS,
    PROTOCOL_VERSION,
    Backdrop,
    BackdropDone,
    Error,
    Frame,
    Hello,
    Matte,
    Message,
    MessageError,
    ModelRow,
    Models,
    Open,
    Opened,
    Ping,
    Progress,
    Telemetry,
    VersionError,
    decode,
    encode,
)

FRAME = Frame(session=1, seq=7, slot=2, width=256, height=144, stride=1024, format=1, t_ns=5)
MATTE = Matte(session=1, seq=7, slot=2, holds=1, queue_ns=0, infer_ns=0)
OPEN = Open(1, "cam", "/r", "auto", "CPU", "background=blur", 0, 0)
OPENED = Opened(1, "m", "CPU", 256, 144, 15, "hair_segmentation")
BACKDROP = Backdrop(1, 2, "/p.jpg", "/run/x", 1280, 720)
DONE = BackdropDone(1, 2, "it is no picture", "choose another")
PROGRESS = Progress(1, "hair", 4096, 0)
TELEMETRY = Telemetry(1, 1, 1, 1, 1.0, 1.0, 1.0, 1.0, 1.0, 0, 1, 66.7, 2, 4)


def packed(*values: object) -> bytes:
    data: bytes = msgpack.packb(list(values))
    return data


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (FRAME, "session", -1),
        (FRAME, "session", 2**32),
        (FRAME, "session", True),
        (FRAME, "session", "1"),
        (FRAME, "seq", 0),
        (FRAME, "seq", 2**63),
        (FRAME, "slot", 16),
        (FRAME, "width", 0),
        (FRAME, "height", 16385),
        (FRAME, "stride", 0),
        (FRAME, "format", 2),
        (FRAME, "t_ns", -1),
        (FRAME, "t_ns", 1.5),
        (MATTE, "holds", 0),
        (MATTE, "queue_ns", None),
        (OPEN, "source", "x" * 1025),
        (OPEN, "source", b"bytes"),
        (OPEN, "source", "half a \ud800 character"),
        (OPEN, "ring_path", "ä" * 2049),
        (OPEN, "device", 0),
        (OPEN, "look", "x" * 4097),
        (OPEN, "frame_width", 16385),
        (OPEN, "frame_height", -1),
        (OPENED, "classes", 16),
        (OPENED, "work_width", 0),
        (OPENED, "class_model", None),
        (PROGRESS, "model", "x" * 64),
        (PROGRESS, "done_bytes", -1),
        (PROGRESS, "total_bytes", 0.5),
        (BACKDROP, "serial", -1),
        (BACKDROP, "picture_path", "x" * 4097),
        (BACKDROP, "width", 0),
        (BACKDROP, "height", 16385),
        (DONE, "trouble", "x" * 1025),
        (DONE, "remedy", 0),
        (MATTE, "holds", 3),
        (TELEMETRY, "callback_ms_p50", float("nan")),
        (TELEMETRY, "callback_ms_p50", float("inf")),
        (TELEMETRY, "round_trip_ms_p95", -0.1),
        (TELEMETRY, "matte_age_ms_p50", True),
        (TELEMETRY, "alignment", 2),
        (TELEMETRY, "delay_ms", -0.1),
        (TELEMETRY, "matte_lag_frames_p50", 1.5),
        (TELEMETRY, "repeated_frames", -1),
    ],
)
def test_a_wrong_field_is_named_on_both_sides(message: Message, field: str, value: object) -> None:
    values = {each.name: getattr(message, each.name) for each in dataclasses.fields(message)} | {field: value}
    wrong = type(message)(**values)
    with pytest.raises(MessageError) as on_the_way_out:
        encode(wrong)
    assert on_the_way_out.value.field == field
    try:
        data = packed(PROTOCOL_VERSION, message.KIND, *values.values())
    except (UnicodeEncodeError, OverflowError):
        return  # msgpack itself cannot even say it
    with pytest.raises(MessageError) as on_the_way_in:
        decode(data)
    assert on_the_way_in.value.field == field


ROW = ModelRow("hair", "Hair", False, True, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "x" * 64),
        ("title", None),
        ("title", "ä" * 64),
        ("gives_matte", 1),
        ("gives_classes", "no"),
        ("at_hand", None),
    ],
)
def test_a_wrong_field_of_a_row_is_named_on_both_sides(field: str, value: object) -> None:
    row = ModelRow(**(dataclasses.asdict(ROW) | {field: value}))
    with pytest.raises(MessageError) as on_the_way_out:
        encode(Models((ROW, row)))
    assert on_the_way_out.value.field == f"rows.{field}"
    with pytest.raises(MessageError) as on_the_way_in:
        decode(packed(PROTOCOL_VERSION, "models", [dataclasses.astuple(ROW), dataclasses.astuple(row)]))
    assert on_the_way_in.value.field == f"rows.{field}"


@pytest.mark.parametrize(
    "rows", [None, "hair", 3, [3], [[]], [["hair", "Hair", False, True]], [["h", "H", True, True, True, 1]]]
)
def test_what_are_no_rows_is_refused(rows: object) -> None:
    with pytest.raises(MessageError) as refused:
        decode(packed(PROTOCOL_VERSION, "models", rows))
    assert refused.value.field == "rows"


def test_as_many_models_as_fit() -> None:
    longest = ModelRow("i" * 63, "t" * 127, True, True, True)
    full = Models((longest,) * MAX_MODELS)
    assert decode(encode(full)) == full
    with pytest.raises(MessageError, match=f"at most {MAX_MODELS}"):
        encode(Models((longest,) * (MAX_MODELS + 1)))
    with pytest.raises(MessageError):
        decode(packed(PROTOCOL_VERSION, "models", [dataclasses.astuple(longest)] * (MAX_MODELS + 1)))


@pytest.mark.parametrize("rows", [["hair"], [ROW, 3], "hair", ("hair",)])
def test_other_rows_are_not_sent(rows: object) -> None:
    with pytest.raises(MessageError) as refused:
        encode(Models(rows))  # type: ignore[arg-type]
    assert refused.value.field == "rows"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "bytes"),
        (b"\xc1", "bytes"),
        (packed(PROTOCOL_VERSION, "ping", 1) + b"\0", "bytes"),
        (packed(PROTOCOL_VERSION, "ping", 1)[:-1], "bytes"),
        (msgpack.packb({"version": 1}), "bytes"),
        (msgpack.packb(1), "bytes"),
        (packed(), "bytes"),
        (packed(PROTOCOL_VERSION), "bytes"),
        (packed(PROTOCOL_VERSION, "pong", msgpack.ExtType(5, b"x")), "bytes"),
        (packed(PROTOCOL_VERSION, "ping", *range(130)), "bytes"),
        (b"\x91" * 5000, "bytes"),
        (packed(PROTOCOL_VERSION, "nonsense"), "kind"),
        (packed(PROTOCOL_VERSION, 5), "kind"),
        (packed(PROTOCOL_VERSION, []), "kind"),
        (packed(PROTOCOL_VERSION, "ping"), "t_ns"),
        (packed(PROTOCOL_VERSION, "frame", 1, 7), "slot"),
        (packed(PROTOCOL_VERSION, "ping", 1, 2), "size"),
        (packed(PROTOCOL_VERSION, "hello", 1, b"\xff\xfe".decode("latin-1"), 3), "token"),
        (b"\0" * (MAX_MESSAGE_BYTES + 1), "size"),
        (packed(PROTOCOL_VERSION - 1, "ping", 1), "version"),
        (packed(PROTOCOL_VERSION + 1, "ping", 1), "version"),
        (packed("1", "ping", 1), "version"),
        (packed(True, "ping", 1), "version"),
    ],
)
def test_wrong_bytes_are_refused_by_name(data: bytes, field: str) -> None:
    with pytest.raises(MessageError) as refused:
        decode(data)
    assert refused.value.field == field


def test_text_that_is_not_utf8_is_refused() -> None:
    data = encode(Hello(1, "abc", "t")).replace(b"abc", b"a\xffc")
    with pytest.raises(MessageError, match="not msgpack"):
        decode(data)


def test_another_version_is_a_class_of_its_own() -> None:
    newer = PROTOCOL_VERSION + 1
    with pytest.raises(VersionError, match=f"{newer}, this side speaks {PROTOCOL_VERSION}"):
        decode(packed(newer, "something newer", {}))  # it may look like anything after the version


def test_a_complaint_fits_into_an_error_message() -> None:
    """The engine answers with the complaint: a huge kind once made an answer that could not be sent."""
    for data in (packed(PROTOCOL_VERSION, "k" * 100_000), packed("v" * 100_000, "ping", 1)):
        with pytest.raises(MessageError) as refused:
            decode(data)
        encode(Error(0, "bad_message", str(refused.value), ""))


@given(st.binary(max_size=300))
def test_random_bytes_are_a_message_or_a_message_error(data: bytes) -> None:
    try:
        message = decode(data)
    except MessageError:
        return
    assert decode(encode(message)) == message


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary()
)


@given(
    st.sampled_from(list(_KINDS)),
    st.lists(SCALARS | st.lists(SCALARS, max_size=3), max_size=12),
)
def test_random_fields_are_a_message_or_a_message_error(kind: str, fields: list[object]) -> None:
    try:
        message = decode(packed(PROTOCOL_VERSION, kind, *fields))
    except MessageError:
        return
    assert kind == message.KIND


@given(st.integers(0, 2**63 - 1))
def test_a_time_goes_round(t_ns: int) -> None:
    assert decode(encode(Ping(t_ns))) == Ping(t_ns)
