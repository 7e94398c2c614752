"""What the Lua half takes for a frame by itself: memory, time, system calls.

Beside an OBS that does nothing (quiet/obs.c)."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LUAJIT = shutil.which("luajit")
COMPILER = shutil.which("gcc") or shutil.which("cc")
STRACE = shutil.which("strace")
TIMEOUT_S = 120
FRAMES = 1000
SYMBOLS_NEW_TO_IT = 2  # the first call of a C function of all may be in a trace, which then begins anew
# docs/graphics-thread.md
BUDGET_US = 300.0
NAMES_BYTES = 48  # two pointers, every 64th frame
A_TRACE_BYTES = 32  # for each of FRAMES: LuaJIT may still compile something
INTERPRETED_BYTES = {"everything": 1000.0}
INTERPRETED_BYTES_OF_OTHERS = 800.0
MEMORY_CALLS = {"mmap", "munmap", "mremap", "mprotect", "madvise", "brk"}  # LuaJIT's, while it compiles

pytestmark = pytest.mark.skipif(
    LUAJIT is None or COMPILER is None, reason="needs luajit and a C compiler: apt install luajit gcc"
)
Measure = Callable[..., dict[str, float]]


def lua(*arguments: str, prefix: tuple[str, ...] = (), mode: str = "-jon") -> str:
    assert LUAJIT is not None
    command = [*prefix, LUAJIT, mode, str(HERE / "quiet" / "measure.lua"), str(HERE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cases() -> list[str]:
    return lua("", "--list").splitlines() if LUAJIT else ["every case"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An OBS that does nothing, as a library."""
    assert COMPILER is not None
    path = tmp_path_factory.mktemp("quiet") / "quiet_obs.so"
    command = [COMPILER, "-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-o", str(path), str(HERE / "quiet" / "obs.c")], check=True)
    return str(path)


@pytest.fixture
def measure(library: str) -> Measure:
    def of_case(
        name: str, frames: int = FRAMES, mode: str = "-jon", before: str | None = None
    ) -> dict[str, float]:
        words = lua(library, name, str(frames), *([before] if before else []), mode=mode).split()
        return {key: float(value) for key, value in (word.split("=") for word in words)}

    return of_case


@pytest.mark.parametrize("before", [None, "none", "everything", "in the engine", "without a matte"])
@pytest.mark.parametrize("case", cases())
def test_a_steady_frame_makes_no_garbage(measure: Measure, case: str, before: str | None) -> None:
    """Also after other settings, another target and other rows: what was compiled before was for those."""
    found = measure(case, before=before)

    assert (found["bytes_first_p50"], found["bytes_again_p50"]) == (0, 0)
    assert found["bytes_first_p99"] <= NAMES_BYTES
    assert found["bytes_again_p99"] == 0
    assert found["bytes_first_mean"] <= A_TRACE_BYTES
    assert found["bytes_again_mean"] <= A_TRACE_BYTES


@pytest.mark.parametrize("case", cases())
def test_luajit_never_tries_in_vain(measure: Measure, case: str) -> None:
    """After some ten times it gives a function up, and it puts off others: docs/graphics-thread.md."""
    assert measure(case)["aborts"] <= SYMBOLS_NEW_TO_IT


@pytest.mark.parametrize("case", cases())
def test_little_garbage_also_where_nothing_is_compiled(measure: Measure, case: str) -> None:
    """As before LuaJIT has compiled what it runs often, and where it may not."""
    found = measure(case, mode="-joff")

    assert found["bytes_first_p99"] <= INTERPRETED_BYTES.get(case, INTERPRETED_BYTES_OF_OTHERS)
    assert found["bytes_again_p99"] <= 100


def test_the_collector_has_next_to_nothing_to_do(measure: Measure) -> None:
    """It begins anew when the heap has doubled: with the garbage of 10,000 frames that takes hours."""
    frames = 10_000
    found = measure("blur", frames)

    assert found["bytes_first_mean"] * frames < 100_000
    assert found["collection_us"] < 10_000  # all of it at once, which it never does


@pytest.mark.parametrize("mode", ["-jon", "-joff"])
def test_the_lua_half_itself_takes_a_fraction_of_the_budget(measure: Measure, mode: str) -> None:
    found = measure("everything", mode=mode)

    assert found["us_first_p50"] < BUDGET_US / 2
    assert found["us_again_p50"] < BUDGET_US / 10


def may_trace() -> bool:
    if STRACE is None:
        return False
    return (
        subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not may_trace(), reason="needs strace, and the right to use it: apt install strace")
def test_a_frame_makes_one_system_call_and_that_is_the_bell(library: str, tmp_path: Path) -> None:
    """Two runs of different lengths differ by the bells alone; it is this test that answers each of them."""

    def calls(frames: int) -> Counter[str]:
        log = tmp_path / str(frames)
        lua(library, "blur", str(frames), prefix=(str(STRACE), "-f", "-o", str(log)))
        names = (line.split()[1].partition("(")[0] for line in log.read_text().splitlines() if "(" in line)
        return Counter(name for name in names if name not in MEMORY_CALLS)

    few, many = calls(100), calls(600)
    frames = 2 * (600 - 100)  # once for the time, once for the memory
    more = {name: many[name] - few[name] for name in many | few if many[name] != few[name]}
    answers = more.pop("recvfrom")

    assert more == {"sendto": frames}
    assert answers == 2 * frames  # the byte, and that there is no other
