"""The messages between OBS and the engine: dataclasses, and their bytes. No sockets.

A message is one msgpack array ``[PROTOCOL_VERSION, kind, field, field, …]`` in the order of the
dataclass. Every field has a type and a range; both sides check them on the way in and on the way out,
so neither can make the other fail later and elsewhere.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Union

import msgpack

from selfieseg_wire.message_fields import MessageError as MessageError
from selfieseg_wire.message_fields import (
    between_field,
    flag_field,
    integer_field,
    number_field,
    rows_field,
    shown,
    text_field,
)
from selfieseg_wire.structs import LOOK_BYTES, Alignment, FrameFormat, ResultKind

PROTOCOL_VERSION = 5
MAX_MESSAGE_BYTES = 256 * 1024
MAX_SIDE = 16384
MAX_MODELS = 128
MODEL_ID_BYTES = 63  # as many as the filter's settings hold of one
MODEL_TITLE_BYTES = 127


class VersionError(MessageError):
    """The other side speaks another version of the protocol."""

    def __init__(self, theirs: object) -> None:
        super().__init__("version", f"{shown(theirs)}, this side speaks {PROTOCOL_VERSION}")


@dataclass(frozen=True)
class ModelRow:
    """One model that the engine knows. ``at_hand``: choosing it downloads nothing."""

    id: str = text_field(MODEL_ID_BYTES)
    title: str = text_field(MODEL_TITLE_BYTES)
    gives_matte: bool = flag_field()
    gives_classes: bool = flag_field()
    at_hand: bool = flag_field()


@dataclass(frozen=True)
class Hello:
    """First message of a client: who it is, and the token of the run directory."""

    KIND: ClassVar[str] = "hello"
    pid: int = integer_field(32)
    name: str = text_field(128)
    token: str = text_field(128)


@dataclass(frozen=True)
class Welcome:
    """Answer to Hello."""

    KIND: ClassVar[str] = "welcome"
    pid: int = integer_field(32)
    version: str = text_field(64)


@dataclass(frozen=True)
class Models:
    """The models that the engine knows, sorted for people: those at hand first, each part by title.

    Sent some time after Welcome, and again whenever it has changed.
    """

    KIND: ClassVar[str] = "models"
    rows: tuple[ModelRow, ...] = rows_field(ModelRow, MAX_MODELS)


@dataclass(frozen=True)
class Open:
    """Ask for a session, with the ring that its frames and mattes go through."""

    KIND: ClassVar[str] = "open"
    session: int = integer_field(32)
    source: str = text_field(1024)
    ring_path: str = text_field(4096)
    model: str = text_field(256)
    device: str = text_field(32)
    look: str = text_field(LOOK_BYTES, default="")
    frame_width: int = between_field(0, MAX_SIDE, default=0)
    frame_height: int = between_field(0, MAX_SIDE, default=0)


@dataclass(frozen=True)
class Opened:
    """The session's model is warm; work frames are to have this size."""

    KIND: ClassVar[str] = "opened"
    session: int = integer_field(32)
    model: str = text_field(256)
    device: str = text_field(64)
    work_width: int = between_field(1, MAX_SIDE)
    work_height: int = between_field(1, MAX_SIDE)
    classes: int = between_field(0, 15, default=0)
    class_model: str = text_field(256, default="")


@dataclass(frozen=True)
class Progress:
    """A model that the session waits for is being downloaded. ``total_bytes`` 0: nobody knows.

    Sent about twice a second as long as that lasts; the present model, if any, goes on meanwhile.
    """

    KIND: ClassVar[str] = "progress"
    session: int = integer_field(32)
    model: str = text_field(MODEL_ID_BYTES)
    done_bytes: int = integer_field(63)
    total_bytes: int = integer_field(63)


@dataclass(frozen=True)
class Backdrop:
    """Ask for a picture file, scaled to cover width x height, as RGBX in a file of the run directory."""

    KIND: ClassVar[str] = "backdrop"
    session: int = integer_field(32)
    serial: int = integer_field(32)
    picture_path: str = text_field(4096)
    region_path: str = text_field(4096)
    width: int = between_field(1, MAX_SIDE)
    height: int = between_field(1, MAX_SIDE)


@dataclass(frozen=True)
class BackdropDone:
    """Answer to Backdrop: the pixels are there, or ``trouble`` and ``remedy`` say why not."""

    KIND: ClassVar[str] = "backdrop_done"
    session: int = integer_field(32)
    serial: int = integer_field(32)
    trouble: str = text_field(1024)
    remedy: str = text_field(1024)


@dataclass(frozen=True)
class Frame:
    """A work frame lies in a slot of the session's ring."""

    KIND: ClassVar[str] = "frame"
    session: int = integer_field(32)
    seq: int = between_field(1, 2**63 - 1)
    slot: int = between_field(0, 15)
    width: int = between_field(1, MAX_SIDE)
    height: int = between_field(1, MAX_SIDE)
    stride: int = between_field(1, 8 * MAX_SIDE)
    format: int = between_field(FrameFormat.RGBX, FrameFormat.RGBX)
    t_ns: int = integer_field(63)


@dataclass(frozen=True)
class Matte:
    """The result of frame ``seq`` lies in its slot. Frames sent before it and not answered were dropped."""

    KIND: ClassVar[str] = "matte"
    session: int = integer_field(32)
    seq: int = between_field(1, 2**63 - 1)
    slot: int = between_field(0, 15)
    holds: int = between_field(ResultKind.MATTE_U8, ResultKind.COMPOSITE_RGBA)
    queue_ns: int = integer_field(63)
    infer_ns: int = integer_field(63)


@dataclass(frozen=True)
class Configure:
    """Change the settings of an open session, or its picture's size (0, 0: as before); answered by Opened."""

    KIND: ClassVar[str] = "configure"
    session: int = integer_field(32)
    model: str = text_field(256)
    device: str = text_field(32)
    look: str = text_field(LOOK_BYTES, default="")
    frame_width: int = between_field(0, MAX_SIDE, default=0)
    frame_height: int = between_field(0, MAX_SIDE, default=0)


@dataclass(frozen=True)
class Close:
    """End a session; the engine unmaps its ring."""

    KIND: ClassVar[str] = "close"
    session: int = integer_field(32)


@dataclass(frozen=True)
class Telemetry:
    """What the filter counted, for ``stats``; sent about once a second."""

    KIND: ClassVar[str] = "telemetry"
    session: int = integer_field(32)
    frames: int = integer_field(63)
    without_matte_frames: int = integer_field(63)
    dropped: int = integer_field(63)
    callback_ms_p50: float = number_field(1e9)
    callback_ms_p99: float = number_field(1e9)
    matte_age_ms_p50: float = number_field(1e9)
    round_trip_ms_p50: float = number_field(1e9)
    round_trip_ms_p95: float = number_field(1e9)
    restarts: int = integer_field(32)
    alignment: int = between_field(Alignment.LOW_LATENCY, Alignment.EXACT)
    delay_ms: float = number_field(1e9)
    matte_lag_frames_p50: int = integer_field(32)
    repeated_frames: int = integer_field(63)


@dataclass(frozen=True)
class StatsRequest:
    """Ask for the figures of the engine and all sessions."""

    KIND: ClassVar[str] = "stats"


@dataclass(frozen=True)
class Stats:
    """The figures, as the JSON text that ``selfieseg stats --json`` prints."""

    KIND: ClassVar[str] = "stats_reply"
    json_text: str = text_field(MAX_MESSAGE_BYTES // 2)


@dataclass(frozen=True)
class Ping:
    """Heartbeat of a client."""

    KIND: ClassVar[str] = "ping"
    t_ns: int = integer_field(63)


@dataclass(frozen=True)
class Pong:
    """Answer to Ping, with its time."""

    KIND: ClassVar[str] = "pong"
    t_ns: int = integer_field(63)


@dataclass(frozen=True)
class Error:
    """Something could not be done. ``session`` 0 means the connection as a whole."""

    KIND: ClassVar[str] = "error"
    session: int = integer_field(32)
    code: str = text_field(64)
    text: str = text_field(1024)
    remedy: str = text_field(1024)


Message = Union[  # noqa: UP007  # a plain alias that 3.10 can evaluate
    Hello, Welcome, Models, Open, Opened, Progress, Backdrop, BackdropDone, Frame, Matte,
    Configure, Close, Telemetry, StatsRequest, Stats, Ping, Pong, Error,
]  # fmt: skip
_KINDS: dict[str, type[Message]] = {
    kind.KIND: kind
    for kind in (
        Hello, Welcome, Models, Open, Opened, Progress, Backdrop, BackdropDone, Frame, Matte,
        Configure, Close, Telemetry, StatsRequest, Stats, Ping, Pong, Error,
    )
}  # fmt: skip
_FIELDS = {kind: dataclasses.fields(kind) for kind in _KINDS.values()}


def encode(message: Message) -> bytes:
    """Return the bytes of ``message``.

    Raises:
        MessageError: a field is outside its range.
    """
    values: list[object] = [PROTOCOL_VERSION, message.KIND]
    for field in _FIELDS[type(message)]:
        value = getattr(message, field.name)
        spec = field.metadata["spec"]
        spec.check(field.name, value)
        values.append(spec.pack(value))
    packed: bytes = msgpack.packb(values)
    return packed


def decode(data: bytes) -> Message:
    """Return the message in ``data``.

    Raises:
        VersionError: of another protocol version.
        MessageError: anything else that is wrong, naming the field.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise MessageError("size", f"{len(data)} bytes, at most {MAX_MESSAGE_BYTES}")
    try:
        values = msgpack.unpackb(
            data, raw=False, strict_map_key=True, max_array_len=MAX_MODELS, max_map_len=0, max_ext_len=0
        )
    except (ValueError, msgpack.UnpackException, RecursionError) as error:
        raise MessageError("bytes", f"not msgpack ({error or type(error).__name__})") from None
    if type(values) is not list or len(values) < 2:
        raise MessageError("bytes", "not an array of version, kind and fields")
    version, kind_name, *rest = values
    if type(version) is not int or version != PROTOCOL_VERSION:
        raise VersionError(version)
    kind = _KINDS.get(kind_name) if isinstance(kind_name, str) else None
    if kind is None:
        raise MessageError("kind", f"{shown(kind_name)} is unknown")
    fields = _FIELDS[kind]
    if len(rest) < len(fields):
        raise MessageError(fields[len(rest)].name, f"missing in {kind_name!r}")
    if len(rest) > len(fields):
        raise MessageError("size", f"{kind_name!r} has {len(fields)} fields, got {len(rest)}")
    for index, field in enumerate(fields):
        spec = field.metadata["spec"]
        rest[index] = spec.unpack(field.name, rest[index])
        spec.check(field.name, rest[index])
    return kind(*rest)
