"""What a field of a message may hold, and how it travels. Pure; standard library only."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

_SHOWN_CHARACTERS = 80


class MessageError(ValueError):
    """Bytes that are no message of this protocol. ``field`` names the first wrong part."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"message field {field!r}: {why}")
        self.field = field


def shown(value: object) -> str:
    """Return what the other side sent, short enough for a log and for an ``Error``."""
    return repr(value)[:_SHOWN_CHARACTERS]


class _Spec:
    """One kind of field. ``check`` raises ``MessageError`` under the field's name."""

    def check(self, name: str, value: object) -> None:
        raise NotImplementedError

    def pack(self, value: Any) -> object:
        """Return what msgpack takes, of a value that was checked."""
        return value

    def unpack(self, name: str, value: object) -> object:
        """Return the value of what msgpack gave, not checked yet. Raises ``MessageError``."""
        return value


@dataclass(frozen=True)
class _Integer(_Spec):
    low: int
    high: int

    def check(self, name: str, value: object) -> None:
        if type(value) is not int:
            raise MessageError(name, f"{type(value).__name__}, expected an integer")
        if not self.low <= value <= self.high:
            raise MessageError(name, f"{value} is outside {self.low}…{self.high}")


@dataclass(frozen=True)
class _Number(_Spec):
    low: float
    high: float

    def check(self, name: str, value: object) -> None:
        if type(value) not in (int, float):
            raise MessageError(name, f"{type(value).__name__}, expected a number")
        if not self.low <= value <= self.high:  # type: ignore[operator]  # NaN fails too
            raise MessageError(name, f"{value} is outside {self.low}…{self.high}")


@dataclass(frozen=True)
class _Text(_Spec):
    max_bytes: int

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise MessageError(name, f"{type(value).__name__}, expected text")
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise MessageError(name, "text that is not Unicode") from None
        if size > self.max_bytes:
            raise MessageError(name, f"{size} bytes, at most {self.max_bytes}")


class _Flag(_Spec):
    def check(self, name: str, value: object) -> None:
        if type(value) is not bool:
            raise MessageError(name, f"{type(value).__name__}, expected true or false")


@dataclass(frozen=True)
class _Rows(_Spec):
    """A tuple of one dataclass, whose fields are made here; on the wire an array of arrays."""

    row: Any
    max_rows: int

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, tuple):
            raise MessageError(name, f"{type(value).__name__}, expected rows")
        if len(value) > self.max_rows:
            raise MessageError(name, f"{len(value)} rows, at most {self.max_rows}")
        for row in value:
            if type(row) is not self.row:
                raise MessageError(name, f"{type(row).__name__}, expected a row")
            for field in dataclasses.fields(row):
                field.metadata["spec"].check(f"{name}.{field.name}", getattr(row, field.name))

    def pack(self, value: Any) -> object:
        return [dataclasses.astuple(row) for row in value]

    def unpack(self, name: str, value: object) -> object:
        if not isinstance(value, list):
            raise MessageError(name, f"{type(value).__name__}, expected rows")
        width = len(dataclasses.fields(self.row))
        for row in value:
            if not isinstance(row, list) or len(row) != width:
                raise MessageError(name, f"a row that is no array of {width}")
        return tuple(self.row(*row) for row in value)


def integer_field(bits: int) -> Any:
    """Return a field for 0 … 2**bits - 1."""
    return dataclasses.field(metadata={"spec": _Integer(0, 2**bits - 1)})


def between_field(low: int, high: int, default: Any = dataclasses.MISSING) -> Any:
    """Return a field for an integer of ``low`` … ``high``."""
    return dataclasses.field(default=default, metadata={"spec": _Integer(low, high)})


def number_field(high: float) -> Any:
    """Return a field for 0 … ``high``, whole or not."""
    return dataclasses.field(metadata={"spec": _Number(0.0, high)})


def text_field(max_bytes: int, default: Any = dataclasses.MISSING) -> Any:
    """Return a field for a text of at most ``max_bytes`` in UTF-8."""
    return dataclasses.field(default=default, metadata={"spec": _Text(max_bytes)})


def flag_field() -> Any:
    """Return a field for true or false."""
    return dataclasses.field(metadata={"spec": _Flag()})


def rows_field(row: type, max_rows: int) -> Any:
    """Return a field for a tuple of at most ``max_rows`` of the dataclass ``row``."""
    return dataclasses.field(metadata={"spec": _Rows(row, max_rows)})
