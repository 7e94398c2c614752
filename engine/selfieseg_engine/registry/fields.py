"""Typed, strict access to a parsed TOML table: every complaint names the field. Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from selfieseg_engine.errors import ManifestError

_SHA256_DIGITS = 64
_GIT_BLOB_DIGITS = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9 -]*")


class Fields:
    """One table of a manifest. ``prefix`` is its dotted name, for messages.

    Every method raises ``ManifestError`` naming the field that is missing or wrong. ``close`` must be
    called last: it refuses entries that nobody asked for, which is where a misspelt name shows.
    """

    def __init__(self, table: dict[str, Any], manifest_path: str, prefix: str = "") -> None:
        self._table = table
        self._path = manifest_path
        self._prefix = prefix
        self._asked: set[str] = set()

    def wrong(self, key: str, problem: str) -> ManifestError:
        """Return (not raise) the error for one field."""
        return ManifestError(self._path, self._prefix + key, problem)

    def has(self, key: str) -> bool:
        """Return whether an optional field is there."""
        return key in self._table

    def text(self, key: str, choices: Collection[str] | None = None) -> str:
        """Return a non-empty string, one of ``choices`` where given."""
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"must be a text that is not empty, got {value!r}")
        if choices is not None and value not in choices:
            raise self.wrong(key, f"must be one of {', '.join(sorted(choices))}; got {value!r}")
        return value

    def file_name(self, key: str) -> str:
        """Return a bare file name: a manifest must not point outside the folder of its model."""
        value = self.text(key)
        if value in (".", "..") or any(char in value for char in "/\\:\0"):
            raise self.wrong(key, f"must be a file name without a folder, got {value!r}")
        return value

    def sha256(self, key: str) -> str:
        """Return 64 lowercase hexadecimal digits."""
        return self._hexadecimal(key, _SHA256_DIGITS)

    def git_blob(self, key: str) -> str:
        """Return 40 lowercase hexadecimal digits."""
        return self._hexadecimal(key, _GIT_BLOB_DIGITS)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._value(key)
        if not isinstance(value, bool):
            raise self.wrong(key, f"must be true or false, got {value!r}")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """Return a number in ``low…high``."""
        value = self._value(key)
        if not _is_number(value) or not low <= value <= high:
            raise self.wrong(key, f"must be a number in {low}…{high}, got {value!r}")
        return float(value)

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of at least one number."""
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(_is_number(one) for one in value):
            raise self.wrong(key, f"must be a list of numbers, got {value!r}")
        return tuple(float(one) for one in value)

    def sides(self, key: str, most: int, longest: int) -> tuple[int, ...]:
        """Return a shape: at most ``most`` sides of 1…``longest``."""
        value = self._value(key)
        if (
            not isinstance(value, list)
            or not 1 <= len(value) <= most
            or any(
                not isinstance(one, int) or isinstance(one, bool) or not 1 <= one <= longest for one in value
            )
        ):
            raise self.wrong(
                key, f"must be a list of up to {most} whole numbers in 1…{longest}, got {value!r}"
            )
        return tuple(value)

    def integer(self, key: str, low: int, high: int) -> int:
        """Return an integer in ``low…high``."""
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, f"must be a whole number in {low}…{high}, got {value!r}")
        return value

    def integers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Return a list of different integers in ``low…high``; it may be empty."""
        value = self._value(key)
        if not isinstance(value, list) or any(
            not isinstance(one, int) or isinstance(one, bool) or not low <= one <= high for one in value
        ):
            raise self.wrong(key, f"must be a list of whole numbers in {low}…{high}, got {value!r}")
        if len(set(value)) != len(value):
            raise self.wrong(key, f"must not name a number twice, got {value!r}")
        return tuple(value)

    def triple(self, key: str, zero_allowed: bool) -> tuple[float, float, float]:
        """Return three numbers, one per colour channel."""
        value = self._value(key)
        if not isinstance(value, list) or len(value) != 3:
            raise self.wrong(key, f"must be a list of three numbers, got {value!r}")
        for number in value:
            if not _is_number(number):
                raise self.wrong(key, f"must be a list of three numbers, got {value!r}")
            if number == 0 and not zero_allowed:
                raise self.wrong(key, "must not hold zero: pixels are divided by it")
        first, second, third = value
        return float(first), float(second), float(third)

    def texts(self, key: str, choices: Collection[str]) -> tuple[str, ...]:
        """Return a list of strings out of ``choices``; it may be empty."""
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(key, f"must be a list of texts, got {value!r}")
        for entry in value:
            if entry not in choices:
                raise self.wrong(key, f"knows only {', '.join(sorted(choices))}; got {entry!r}")
        return tuple(value)

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of names in small letters, digits, spaces and hyphens; it may be empty."""
        value = self._value(key)
        if not isinstance(value, list) or not all(
            isinstance(one, str) and _NAME.fullmatch(one) for one in value
        ):
            raise self.wrong(
                key, f"must be a list of names in small letters, digits, spaces and hyphens, got {value!r}"
            )
        return tuple(value)

    def table(self, key: str) -> Fields:
        """Return the sub-table ``key``."""
        value = self._value(key)
        if not isinstance(value, dict):
            raise self.wrong(key, f"must be a table, got {value!r}")
        return Fields(value, self._path, f"{self._prefix}{key}.")

    def tables(self, key: str) -> list[Fields]:
        """Return the array of tables ``key``, at least one."""
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, "must be one or more tables")
        return [Fields(one, self._path, f"{self._prefix}{key}[{n}].") for n, one in enumerate(value)]

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for key in self._table:
            if key not in self._asked:
                raise self.wrong(key, "is not a field that this version knows")

    def _hexadecimal(self, key: str, digits: int) -> str:
        value = self.text(key)
        if len(value) != digits or set(value) - set("0123456789abcdef"):
            raise self.wrong(key, f"must be {digits} lowercase hexadecimal digits, got {value!r}")
        return value

    def _value(self, key: str) -> Any:
        self._asked.add(key)
        if key not in self._table:
            raise self.wrong(key, "is missing")
        return self._table[key]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
