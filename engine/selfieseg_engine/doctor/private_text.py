"""Takes private things out of texts that go into a bug report. Pure; any thread.

It rather takes too much: what is known to be private goes wherever it stands, and what only looks like it
goes, too. One name has the same placeholder everywhere, so that who reads the report can still follow it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SECRET, ADDRESS, PATH, FILE, HOME = "<secret>", "<address>", "<path>", "<file>", "<home>"

# To the next comma, semicolon or quote: a path may have blanks, and failures read "what, why, do".
_PATH_REST = r"[^,;'\"<>\n]*"
_SYSTEM = r"(?:usr|lib|lib64|opt|bin|sbin|etc|dev|proc|sys|Applications|Library)(?=/|\b)"
_SECRET_WORD = r"[\w-]*(?:key|token|secret|passw\w*|authorization|cookie)"
_START = r"(?<![\w>~./\\-])"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[A-Za-z][\w+.-]*://[^\s,;'\"]+"), ADDRESS),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), ADDRESS),
    (re.compile(r"(?<![\w.=])(?:\d{1,3}\.){3}\d{1,3}:\d+"), ADDRESS),
    (re.compile(rf"(?i)({_SECRET_WORD}[\"']?\s*[:=]\s*)(?:bearer\s+)?[\"']?[^\s,;'\"]+"), rf"\1{SECRET}"),
    (re.compile(rf"(?i)(--{_SECRET_WORD}\s+|\bbearer\s+)[^\s,;'\"]+"), rf"\1{SECRET}"),
    # What keys look like: Twitch's, YouTube's, hexadecimal ones, long ones of digits and both cases.
    (re.compile(r"\blive_\d+_\w+"), SECRET),
    (re.compile(r"(?<![\w-])(?:[a-z0-9]{4}-){3,}[a-z0-9]{4}(?![\w-])"), SECRET),
    (re.compile(r"(?<!\w)[0-9a-fA-F]{32,}(?!\w)"), SECRET),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}"), SECRET),
    (re.compile(rf"{HOME}[\\/]{_PATH_REST}"), PATH),
    (re.compile(rf"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\|~[\w.-]*[\\/]){_PATH_REST}"), PATH),
    (re.compile(rf"{_START}/(?!{_SYSTEM})(?=\w|\.){_PATH_REST}"), PATH),
    (
        re.compile(r"(?i)[^\s/\\,;:'\"<>]+\.(?:jpe?g|png|webp|gif|bmp|tiff?|mp4|mov|mkv|webm|avi|m4v|flv)\b"),
        FILE,
    ),
)
# An apostrophe within a word is no quote. What Python cannot import is no secret.
_QUOTED = re.compile(r"(?<![\w])(?<!named )(['\"])(?!<)(.+?)\1(?!\w)")
_SHORT = 3


@dataclass
class PrivateText:
    """Replaces private things.

    Attributes:
        roots: folders of the product, each with the placeholder for it; what is below is told.
        words: private words (user, machine), each with its placeholder, in whatever case.
        names: names that the user gave to things; each gets a number.
        secrets: to be replaced wherever they stand, even within words.
    """

    roots: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    names: Sequence[str] = ()
    secrets: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._numbers: dict[str, str] = {}
        for name in self.names:
            self._placeholder(name)

    def clean(self, text: str) -> str:
        """Return ``text`` without private things, line by line."""
        return "\n".join(self._clean_line(line) for line in text.split("\n"))

    def clean_values(self, value: Any) -> Any:
        """Return what JSON can hold with every text cleaned; keys stay."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {key: self.clean_values(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.clean_values(each) for each in value]
        return value

    def _clean_line(self, line: str) -> str:
        for secret in sorted(self.secrets, key=len, reverse=True):
            line = line.replace(secret, SECRET)
        for root in sorted(self.roots, key=len, reverse=True):
            line = re.sub(rf"{re.escape(root)}(?![\w.-])", self.roots[root], line)
        for name in sorted(self.names, key=len, reverse=True):
            if len(name) >= _SHORT:
                line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self._placeholder(name), line)
        for pattern, placeholder in _RULES:
            line = pattern.sub(placeholder, line)
        line = _QUOTED.sub(lambda match: f"{match[1]}{self._placeholder(match[2])}{match[1]}", line)
        for word, placeholder in self.words.items():
            line = re.sub(rf"(?i)(?<![^\W_]){re.escape(word)}(?![^\W_])", placeholder, line)
        return line

    def _placeholder(self, name: str) -> str:
        return self._numbers.setdefault(name, f"<name {len(self._numbers) + 1}>")
