"""OBS's ini files, read and changed key by key; all other bytes stay as they are. Pure functions.

Not ``configparser``: it would drop comments, spacing and the byte order mark that OBS writes on Windows.
"""

from __future__ import annotations


def get_value(text: str, section: str, key: str) -> str | None:
    """Return the value of ``key``, or None where it is not set."""
    lines = text.splitlines()
    index = _find_key(lines, section, key)
    if index is None:
        return None
    return _unescape(lines[index].partition("=")[2].strip())


def with_value(text: str, section: str, key: str, value: str) -> str:
    """Return ``text`` with ``key`` set, in its section; the section is made where it is missing."""
    newline = "\r\n" if "\r\n" in text else "\n"
    entry = f"{key}={_escape(value)}{newline}"
    lines = text.splitlines(keepends=True)
    index = _find_key(lines, section, key)
    if index is not None:
        lines[index] = entry
        return "".join(lines)
    header = _find_section(lines, section)
    if header is not None:
        lines[header] = lines[header].rstrip("\r\n") + newline
        lines.insert(header + 1, entry)
        return "".join(lines)
    if lines:
        lines[-1] = lines[-1].rstrip("\r\n") + newline
        lines.append(newline)
    return "".join([*lines, f"[{section}]{newline}", entry])


def without_value(text: str, section: str, key: str) -> str:
    """Return ``text`` without ``key``; its section stays, even if it is empty now."""
    lines = text.splitlines(keepends=True)
    index = _find_key(lines, section, key)
    if index is not None:
        del lines[index]
    return "".join(lines)


def _find_section(lines: list[str], section: str) -> int | None:
    for index, line in enumerate(lines):
        if line.strip().lstrip("\ufeff").casefold() == f"[{section}]".casefold():
            return index
    return None


def _find_key(lines: list[str], section: str, key: str) -> int | None:
    header = _find_section(lines, section)
    if header is None:
        return None
    for index in range(header + 1, len(lines)):
        line = lines[index].strip()
        if line.startswith("["):
            return None
        if line.partition("=")[0].strip().casefold() == key.casefold():
            return index
    return None


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


def _unescape(value: str) -> str:
    # A marker keeps "\\\\n" (a backslash, then an n) apart from "\\n" (a line break).
    marker = "\0"
    return value.replace("\\\\", marker).replace("\\r", "\r").replace("\\n", "\n").replace(marker, "\\")
