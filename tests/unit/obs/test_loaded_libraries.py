from __future__ import annotations

import pytest

from selfieseg_obs.loaded_libraries import LibraryNotLoadedError, find_loaded, pick_library

LINUX_29 = [
    "/usr/bin/obs",
    "/usr/lib/x86_64-linux-gnu/libobs-frontend-api.so.0.0",
    "/usr/lib/x86_64-linux-gnu/libobs-scripting.so.1.0",
    "/usr/lib/x86_64-linux-gnu/libobs-opengl.so.0",
    "/usr/lib/x86_64-linux-gnu/libobs.so.0",
]
LINUX_32 = [
    "/usr/lib/libobs-frontend-api.so.30",
    "/usr/lib/libobs.so.30",
    "/usr/lib/obs-plugins/frontend-tools.so",
    "/usr/lib/obs-scripting/_obspython.so",
    "/usr/lib/libobs-scripting.so.30",
]
MACOS = [
    "/Applications/OBS.app/Contents/MacOS/OBS",
    "/Applications/OBS.app/Contents/Frameworks/obs-frontend-api.dylib",
    "/Applications/OBS.app/Contents/Frameworks/libobs.framework/Versions/A/libobs",
    "/Applications/OBS.app/Contents/Frameworks/obs-scripting.dylib",
]
OLD_MACOS = ["/Applications/OBS.app/Contents/Frameworks/libobs.0.dylib", "/x/libobs-scripting.1.2.dylib"]
WINDOWS = [
    r"C:\Program Files\obs-studio\bin\64bit\obs64.exe",
    r"C:\Program Files\obs-studio\bin\64bit\obs-frontend-api.dll",
    r"C:\Program Files\obs-studio\bin\64bit\OBS.DLL",
    r"C:\Program Files\obs-studio\bin\64bit\obs-scripting.dll",
]


@pytest.mark.parametrize(
    ("paths", "obs", "scripting"),
    [
        pytest.param(LINUX_29, LINUX_29[4], LINUX_29[2], id="Linux, OBS 29"),
        pytest.param(LINUX_32, LINUX_32[1], LINUX_32[4], id="Linux, OBS 32"),
        pytest.param(MACOS, MACOS[2], MACOS[3], id="macOS"),
        pytest.param(OLD_MACOS, OLD_MACOS[0], OLD_MACOS[1], id="macOS, dylib"),
        pytest.param(WINDOWS, WINDOWS[2], WINDOWS[3], id="Windows"),
    ],
)
def test_both_libraries_are_picked(paths: list[str], obs: str, scripting: str) -> None:
    assert pick_library("obs", paths) == obs
    assert pick_library("obs-scripting", paths) == scripting


@pytest.mark.parametrize(
    "path",
    [
        "/usr/bin/obs",
        "/Applications/OBS.app/Contents/MacOS/OBS",
        r"C:\obs\obs.exe",
        "/usr/lib/libobs-frontend-api.so.0",
        "/usr/lib/libobs-opengl.so.0",
        "/usr/lib/libobsolete.so.1",
        "/usr/lib/mylibobs.so.1",
        "/usr/lib/libobs.so.0.debug",
        "/home/obs/libother.so",
        "/opt/libobs.so.0/other",
        "",
    ],
)
def test_false_friends_are_left(path: str) -> None:
    assert pick_library("obs", [path]) is None


def test_the_first_of_two_wins() -> None:
    assert pick_library("obs", ["/a/libobs.so.0", "/b/libobs.so.0"]) == "/a/libobs.so.0"


def test_this_process_has_a_libc_and_no_libobs() -> None:
    assert "libc.so" in find_loaded("c")
    with pytest.raises(LibraryNotLoadedError, match="obs is not loaded"):
        find_loaded("obs")
