"""structs.h means the same to a C compiler, to LuaJIT's ffi and to the ctypes mirror."""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from selfieseg_wire import structs

MIRRORS: dict[str, type[ctypes.LittleEndianStructure]] = {
    "ss_ring_header": structs.RingHeader,
    "ss_slot_header": structs.SlotHeader,
    "ss_class_header": structs.ClassHeader,
    "ss_filter": structs.FilterEntry,
    "ss_bridge": structs.Bridge,
}
CONSTANTS: dict[str, int] = {
    "SS_STRUCTS_VERSION": structs.STRUCTS_VERSION,
    "SS_RING_MAGIC": structs.RING_MAGIC,
    "SS_BRIDGE_MAGIC": structs.BRIDGE_MAGIC,
    "SS_MAX_FILTERS": structs.MAX_FILTERS,
    **{f"SS_OWNER_{owner.name}": owner for owner in structs.Owner},
    **{f"SS_FORMAT_{kind.name}": kind for kind in structs.FrameFormat},
    **{f"SS_RESULT_{kind.name}": kind for kind in structs.ResultKind},
    **{f"SS_BACKGROUND_{kind.name}": kind for kind in structs.BackgroundKind},
    **{f"SS_CLASS_{bit.name}": bit for bit in structs.ClassBit},
    **{f"SS_FILTER_{state.name}": state for state in structs.FilterState},
    **{f"SS_ALIGNMENT_{alignment.name}": alignment for alignment in structs.Alignment},
    **{f"SS_DRAWN_{drawn.name}": drawn for drawn in structs.Drawn},
}
HEADER_TEXT = structs.HEADER_PATH.read_text(encoding="utf-8")


def field_names(mirror: type[ctypes.LittleEndianStructure]) -> list[str]:
    return [field[0] for field in mirror._fields_]


def facts_of_the_mirror() -> dict[str, int]:
    facts = dict(CONSTANTS)
    for name, mirror in MIRRORS.items():
        facts[name] = ctypes.sizeof(mirror)
        for field in field_names(mirror):
            descriptor = getattr(mirror, field)
            facts[f"{name}.{field}"] = descriptor.offset
            facts[f"sizeof {name}.{field}"] = descriptor.size
    return {name: int(value) for name, value in facts.items()}


def test_the_mirror_has_every_field_and_constant_of_the_header() -> None:
    """A field forgotten in structs.py would otherwise never be asked about in C."""
    text = re.sub(r"/\*.*?\*/", "", HEADER_TEXT, flags=re.DOTALL)
    for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, flags=re.DOTALL):
        assert re.findall(r"(\w+)(?:\[\d+\])*;", body) == field_names(MIRRORS[name]), name
    assert set(re.findall(r"\b(SS_\w+) =", text)) == set(CONSTANTS)


def test_a_c_compiler_agrees(tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine")
    lines = ["#include <stddef.h>", "#include <stdint.h>", "#include <stdio.h>", HEADER_TEXT]
    lines.append('int main(void) { printf("{");')
    for name in CONSTANTS:
        lines.append(f'printf("\\"{name}\\": %lld, ", (long long)({name}));')
    for name, mirror in MIRRORS.items():
        lines.append(f'printf("\\"{name}\\": %zu, ", sizeof({name}));')
        for field in field_names(mirror):
            lines.append(f'printf("\\"{name}.{field}\\": %zu, ", offsetof({name}, {field}));')
            lines.append(f'printf("\\"sizeof {name}.{field}\\": %zu, ", sizeof((({name}*)0)->{field}));')
    lines.append('printf("\\"end\\": 0}"); return 0; }')
    source = tmp_path / "facts.c"
    source.write_text("\n".join(lines), encoding="utf-8")
    program = tmp_path / "facts"
    subprocess.run([compiler, "-std=c11", "-Wall", "-Werror", "-o", program, source], check=True)
    answer = json.loads(subprocess.run([program], capture_output=True, check=True).stdout)
    del answer["end"]
    assert answer == facts_of_the_mirror()


def test_luajit_agrees(tmp_path: Path) -> None:
    luajit = shutil.which("luajit")
    if luajit is None:
        pytest.skip("no luajit on this machine")
    lines = [
        'local ffi = require("ffi")',
        "local C = ffi.C",
        f'ffi.cdef(io.open("{structs.HEADER_PATH}"):read("*a"))',
        'local function tell(name, value) io.write(string.format("%s %d\\n", name, tonumber(value))) end',
    ]
    lines += [f'tell("{name}", C.{name})' for name in CONSTANTS]
    for name, mirror in MIRRORS.items():
        lines.append(f'tell("{name}", ffi.sizeof("{name}"))')
        for field in field_names(mirror):
            lines.append(f'tell("{name}.{field}", ffi.offsetof("{name}", "{field}"))')
    script = tmp_path / "facts.lua"
    script.write_text("\n".join(lines), encoding="utf-8")
    output = subprocess.run([luajit, script], capture_output=True, check=True, text=True).stdout
    answer = {name: int(value) for name, value in (line.split() for line in output.splitlines())}
    sizes_left_out = {name: value for name, value in facts_of_the_mirror().items() if "sizeof" not in name}
    assert answer == sizes_left_out
