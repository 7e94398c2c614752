"""Every translation says all that English says, and leaves alone what is no language."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from selfieseg_obs.words import ENGLISH, FOLDER, read_words
from selfieseg_wire.structs import TEXT_BYTES

TRANSLATED = ("de-DE", "es-ES", "fr-FR", "ja-JP", "ko-KR", "pt-BR", "zh-CN")
LINE = re.compile(r'[\w.]+="[^\n]+"')

# Words that are the same in both languages. The name of the filter is the same in all.
SAME = {
    "de-DE": {"filter_name", "background.video", "video_path.files", "python.percent", "python.megabytes"},
    "es-ES": {"filter_name", "python.percent", "python.megabytes"},
    "fr-FR": {"filter_name", "background.image", "image_path.files", "background_source", "python.percent"},
    "ja-JP": {"filter_name", "python.megabytes"},
    "ko-KR": {"filter_name"},
    "pt-BR": {"filter_name", "python.megabytes"},
    "zh-CN": {"filter_name", "python.megabytes"},
}

# What is typed or looked for on the disk.
UNTRANSLATED = re.compile(
    r"selfieseg models fetch \w+|selfieseg doctor|python3 install/install\.py|install\.py"
    r"|selfie_segmentation\.py|obs_plugin|SELFIESEG_RUN_DIR|obsproject\.com|Selfie Segmentation"
    r"|OBS|Lua|Python|1080p|0[-–]1(?=[)）])"
)

HIDDEN = "your background stays hidden"
STAYS_HIDDEN = {
    "de-DE": "bleibt der Hintergrund verborgen",
    "es-ES": "tu fondo permanece oculto",
    "fr-FR": "votre arrière-plan reste masqué",
    "ja-JP": "背景は隠れたままです",
    "ko-KR": "배경은 계속 숨겨집니다",
    "pt-BR": "seu fundo continua oculto",
    "zh-CN": "您的背景始终隐藏",
}
VISIBLE = re.compile("your room is visible", re.IGNORECASE)
ROOM_IS_VISIBLE = {
    "de-DE": "der Raum ist sichtbar",
    "es-ES": "tu habitación es visible",
    "fr-FR": "votre pièce est visible",
    "ja-JP": "部屋が見えます",
    "ko-KR": "방이 보",
    "pt-BR": "seu ambiente fica visível",
    "zh-CN": "房间可见",
}

# Of usual length: what a state may be filled in with.
VALUES = {
    "path": "/home/someone/.config/obs-studio/scripts/selfieseg/filter/lua.lua",
    "folder": "/dev/shm/selfieseg-1000",
    "python": "/home/someone/.local/share/selfieseg/venv/bin/python3",
    "why": "[Errno 2] No such file or directory",
    "words": "ImportError: libopenvino.so: cannot open shared object file",
    "model": "selfie_segmentation_landscape",
    "share": "100 %",
    "version": "1.2.3",
    "here": "3.10",
    "there": "3.12",
}


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return read_words(FOLDER / f"{ENGLISH}.ini")


@pytest.fixture(params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def words(language: str) -> dict[str, str]:
    return read_words(FOLDER / f"{language}.ini")


def parts_to_keep(text: str) -> list[str]:
    """Return what has to stand in a translation too, in the order of the alphabet."""
    return sorted({part.replace("–", "-") for part in UNTRANSLATED.findall(text)})


def test_no_file_is_forgotten_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.ini")} == {ENGLISH, *TRANSLATED}


@pytest.mark.parametrize("language", [ENGLISH, *TRANSLATED])
def test_every_line_is_a_text(language: str) -> None:
    raw = (FOLDER / f"{language}.ini").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    lines = raw.decode("utf-8").removesuffix("\n").split("\n")
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert len(read_words(FOLDER / f"{language}.ini")) == len(lines)  # no key twice


def test_the_keys_are_those_of_english(words: dict[str, str], english: dict[str, str]) -> None:
    assert list(words) == list(english)


def test_no_text_is_empty(words: dict[str, str]) -> None:
    assert [key for key, text in words.items() if text != text.strip() or not text] == []


def test_only_few_texts_are_the_english_ones(
    language: str, words: dict[str, str], english: dict[str, str]
) -> None:
    assert {key for key, text in words.items() if text == english[key]} == SAME[language]


def test_what_lua_fills_in_comes_in_the_same_order(words: dict[str, str], english: dict[str, str]) -> None:
    """The order counts: string.format fills in by it."""
    for key, text in english.items():
        wanted = re.findall(r"%[a-z]", text)
        assert re.findall(r"%[a-z]", words[key]) == wanted, key
        if wanted:
            assert words[key].count("%") == len(wanted), f"{key}: string.format refuses a lone %"


def test_what_python_fills_in_is_all_there(words: dict[str, str], english: dict[str, str]) -> None:
    """By name, so that a language may have an order of its own."""
    for key, text in english.items():
        assert Counter(re.findall(r"{\w*}", words[key])) == Counter(re.findall(r"{\w*}", text)), key
        assert words[key].count("{") == text.count("{"), key
        assert words[key].count("}") == text.count("}"), key


def test_commands_and_names_stay(words: dict[str, str], english: dict[str, str]) -> None:
    for key, text in english.items():
        assert parts_to_keep(words[key]) == parts_to_keep(text), key


def test_what_stays_hidden_and_what_is_visible_is_said(
    language: str, words: dict[str, str], english: dict[str, str]
) -> None:
    for key, text in english.items():
        assert (STAYS_HIDDEN[language] in words[key]) == (HIDDEN in text), key
        if VISIBLE.search(text):
            assert ROOM_IS_VISIBLE[language].casefold() in words[key].casefold(), key


def test_what_stays_hidden_is_not_cut_off(words: dict[str, str]) -> None:
    """A state that is longer than its place in the bridge loses its end, and that says what is hidden.

    Japanese and Korean letters take three bytes each.
    """
    values = VALUES | {"remedy": words["python.trouble.install_again"]}
    for key, text in words.items():
        state = text
        if key.startswith("python.trouble."):
            state = words["python.not_working"].format(why=text.format(**values))
        elif key.startswith(
            ("python.engine_", "python.starting", "python.warming_up", "python.downloading_first")
        ):
            state = text.format(**values)
        else:
            continue
        assert len(state.encode()) < TEXT_BYTES, f"{key}: {state}"
