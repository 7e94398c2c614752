from __future__ import annotations

import re
from pathlib import Path

import pytest

from selfieseg_obs import words
from selfieseg_obs.words import FOLDER, Words, read_words

SOURCES = Path(words.__file__).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en-US.ini").write_text('a="one {x}"\nb="two\\nlines "quoted""\n; c="no"\nd = "spaced" \n')
    (tmp_path / "de-DE.ini").write_text('a="eins {x}"\nb="zwei {nothing}"\n', encoding="utf-8")
    return tmp_path


def test_texts_are_filled_in(folder: Path) -> None:
    english = Words("en-US", folder)
    assert english.say("a", x=1) == "one 1"
    assert english.say("b") == 'two\nlines "quoted"'
    assert english.say("d") == "spaced"


def test_english_fills_what_a_translation_lacks(folder: Path) -> None:
    german = Words("de-DE", folder)
    assert german.say("a", x=1) == "eins 1"
    assert german.say("d") == "spaced"


def test_a_translation_that_asks_for_what_there_is_not_is_passed_over(folder: Path) -> None:
    assert Words("de-DE", folder).say("b", x=1) == 'two\nlines "quoted"'


@pytest.mark.parametrize("language", ["xx-XX", "", "../en-US", "de/DE"])
def test_a_language_that_there_is_not_is_english(folder: Path, language: str) -> None:
    assert Words(language, folder).say("a", x=2) == "one 2"


@pytest.mark.parametrize(("language", "sister"), [("pt-PT", "pt-BR"), ("zh-TW", "zh-CN"), ("fr-CA", "fr-FR")])
def test_a_language_without_texts_speaks_as_its_sister(language: str, sister: str) -> None:
    assert Words(language).say("python.starting") == Words(sister).say("python.starting")
    assert Words(language).say("python.starting") != Words().say("python.starting")


def test_a_key_without_a_text_shows_as_itself(folder: Path) -> None:
    assert Words("en-US", folder).say("nothing", x=1) == "nothing"


def test_a_text_of_the_user_is_not_taken_for_a_pattern(folder: Path) -> None:
    assert Words("en-US", folder).say("a", x="{y}") == "one {y}"


def test_every_key_that_is_said_has_an_english_text_and_the_other_way_round() -> None:
    english = {key for key in read_words(FOLDER / "en-US.ini") if key.startswith("python.")}
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    said = set(re.findall(r'"(python\.[\w.]+)"', code)) & english
    said |= {f"python.trouble.{name}" for name in re.findall(r'_trouble\("(\w+)"', code)}
    said |= {f"python.hotkey.{name}" for name in ("panic", "toggle", "next_background")}
    for kind in ("image", "video"):
        said |= {f"python.background.{kind}.{name}" for name in ("none", "missing", "folder", "unreadable")}
    assert said == english
    assert set(re.findall(r'say\(\s*"(python\.[\w.]+)"', code)) <= english
