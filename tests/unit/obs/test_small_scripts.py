"""filter/hotkeys.lua and filter/source_walks.lua under LuaJIT, called from C as libobs calls them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FILTER = Path(__file__).parents[3] / "obs_plugin" / "filter"
LUAJIT = shutil.which("luajit")
COMPILER = shutil.which("gcc") or shutil.which("cc")

pytestmark = pytest.mark.skipif(
    LUAJIT is None or COMPILER is None, reason="needs luajit and a C compiler: apt install luajit gcc"
)

# Three sources: 1 has a picture, 2 only sound, 3 was removed. Walks call back from C.
LIBOBS = """
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
const char *obs_source_get_name(const void *s)
{ return s == (void *)1 ? "Camera \\xc3\\xa4" : s == (void *)4 ? "two\\nlines" : "Other"; }
uint32_t obs_source_get_output_flags(const void *s) { return s == (void *)2 ? 2 : 1 | 4; }
bool obs_source_removed(const void *s) { return s == (void *)3; }
int walk(uintptr_t callback, void *data)
{
  int calls = 0;
  for (uintptr_t s = 1; s <= 4; s++, calls++)
    if (!((bool (*)(void *, void *))callback)(data, (void *)s)) break;
  return calls;
}
void *obs_source_get_weak_source(void *s) { return (void *)((uintptr_t)s + 100); }
void tree(uintptr_t callback, uintptr_t child, void *data)
{ ((void (*)(void *, void *, void *))callback)((void *)9, (void *)child, data); }
void press(uintptr_t callback, uint32_t *counter, bool pressed)
{ ((void (*)(void *, size_t, void *, bool))callback)(counter, 5, NULL, pressed); }
"""
HEAD = """
local ffi = require "ffi"
local told = {}
obslua = { obs_data_set_string = function(_, key, text) told[key] = tonumber(text) end }
ffi.cdef [[
int walk(uintptr_t callback, void *data);
void tree(uintptr_t callback, uintptr_t child, void *data);
void press(uintptr_t callback, uint32_t *counter, bool pressed);
]]
local C = ffi.load(arg[1], true)
dofile(arg[2])
script_load {}
collectgarbage()
"""


def run(tmp_path: Path, script: str, body: str) -> list[str]:
    library, source, test = tmp_path / "libfake.so", tmp_path / "fake.c", tmp_path / "test.lua"
    source.write_text(LIBOBS)
    test.write_text(HEAD + body)
    assert COMPILER is not None
    assert LUAJIT is not None
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, source], check=True)
    done = subprocess.run(
        [LUAJIT, test, library, FILTER / script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_presses_are_counted_and_releases_are_not(tmp_path: Path) -> None:
    body = """
    local counter = ffi.new("uint32_t[2]")
    for i = 1, 1000 do C.press(told.count_press, counter, i % 2 == 1) end
    print(counter[0], counter[1])
    """
    assert run(tmp_path, "hotkeys.lua", body) == ["500\t0"]


def test_names_of_what_has_a_picture_are_collected(tmp_path: Path) -> None:
    body = """
    local memory = ffi.new("uint32_t[64]")
    memory[0] = 100
    print(C.walk(told.add_name, memory), memory[1])
    io.write(ffi.string(ffi.cast("char *", memory) + 8, memory[1]))
    """
    assert run(tmp_path, "source_walks.lua", body) == ["4\t10", "Camera ä"]


@pytest.mark.parametrize(("capacity", "used"), [(10, 10), (9, 0), (0, 0)])
def test_a_name_for_which_there_is_no_room_is_left_out(tmp_path: Path, capacity: int, used: int) -> None:
    body = f"""
    local memory = ffi.new("uint32_t[64]")
    memory[0] = {capacity}
    C.walk(told.add_name, memory)
    print(memory[1], ffi.string(ffi.cast("char *", memory) + 8 + memory[1], 4) == "\\0\\0\\0\\0")
    """
    assert run(tmp_path, "source_walks.lua", body) == [f"{used}\ttrue"]


def test_what_is_looked_for_is_found(tmp_path: Path) -> None:
    body = """
    local search = ffi.new("struct { void *wanted; uint32_t found; }")
    search.wanted = ffi.cast("void *", 7)
    C.tree(told.look_for, 6, search)
    io.write(search.found, " ")
    C.tree(told.look_for, 7, search)
    C.tree(told.look_for, 8, search)
    print(search.found)
    """
    assert run(tmp_path, "source_walks.lua", body) == ["0 1"]


def test_a_filter_is_taken_by_its_address(tmp_path: Path) -> None:
    body = """
    local search = ffi.new("struct { void *wanted; void *weak; }")
    search.wanted = ffi.cast("void *", 7)
    C.tree(told.take_filter, 6, search)
    io.write(tonumber(ffi.cast("uintptr_t", search.weak)), " ")
    C.tree(told.take_filter, 7, search)
    C.tree(told.take_filter, 8, search)
    print(tonumber(ffi.cast("uintptr_t", search.weak)))
    """
    assert run(tmp_path, "source_walks.lua", body) == ["0 107"]
