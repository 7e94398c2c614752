"""The words a user sees: ``locale/<language>.ini``, as filter/selfieseg/strings.lua reads it.

Lines of ``key="text"``; ``\\n`` is a line break; ``{name}`` is filled in. English fills what a translation
lacks; a language of which there is only a sister (pt-PT, of which there is pt-BR) speaks as that one. Any
thread; the language is chosen once, when the script is loaded. Standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "locale"
ENGLISH = "en-US"
# As in strings.lua.
SISTERS = {
    "de": "de-DE",
    "es": "es-ES",
    "fr": "fr-FR",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "pt": "pt-BR",
    "zh": "zh-CN",
}
_LINE = re.compile(r'\s*([\w.]+)\s*=\s*"(.*)"\s*')


def read_words(path: Path) -> dict[str, str]:
    """Return the texts of a language; none where the file is missing or is no text."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    matches = (_LINE.fullmatch(line) for line in lines)
    return {match[1]: match[2].replace("\\n", "\n") for match in matches if match}


class Words:
    """The texts of one language."""

    def __init__(self, language: str = ENGLISH, folder: Path = FOLDER) -> None:
        self._english = read_words(folder / f"{ENGLISH}.ini")
        self._words = self._english
        if language != ENGLISH and re.fullmatch(r"[\w-]+", language):
            sister = SISTERS.get(language.partition("-")[0], ENGLISH)
            own = read_words(folder / f"{language}.ini") or read_words(folder / f"{sister}.ini")
            self._words = self._english | own

    def say(self, key: str, **values: object) -> str:
        """Return the text of ``key`` with ``values`` filled in; a key without a text shows as itself."""
        for words in (self._words, self._english):
            try:
                return words[key].format(**values) if values else words[key]
            except (KeyError, IndexError, ValueError):
                continue  # a translation that asks for what there is not
        return key


_chosen = Words()


def choose_language(language: str) -> None:
    """Say everything in ``language`` from now on."""
    global _chosen
    _chosen = Words(language)


def say(key: str, **values: object) -> str:
    """Return a text in the chosen language."""
    return _chosen.say(key, **values)
