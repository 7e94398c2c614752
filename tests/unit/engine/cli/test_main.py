from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import selfieseg_engine
from selfieseg_engine.cli import main
from selfieseg_engine.cli.main import COMMANDS, cli
from selfieseg_engine.errors import UserError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Put a command ``fail`` into the table; it raises what the returned list holds."""
    errors: list[Exception] = []

    @click.command()
    def fail() -> None:
        raise errors[0]

    monkeypatch.setitem(main.COMMANDS, "fail", f"{__name__}:fail_command")
    monkeypatch.setitem(globals(), "fail_command", fail)
    return errors


def test_help_lists_commands_and_tolerates_files_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(main.COMMANDS, "later", "selfieseg_engine.cli.not_yet_written:later")
    done = CliRunner().invoke(cli, ["--help"])
    assert done.exit_code == 0
    assert "image" in done.stdout
    assert "models" in done.stdout
    assert "later" not in done.stdout


def test_a_failure_is_one_line_and_status_1(failing: list[Exception]) -> None:
    failing.append(UserError("it broke", "a reason\nin two lines", "mend it"))
    done = CliRunner().invoke(cli, ["fail"])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr == "error: it broke, a reason in two lines, mend it\n"


def test_a_fault_of_ours_shows_no_traceback(failing: list[Exception]) -> None:
    failing.append(ZeroDivisionError("division by zero"))
    done = CliRunner().invoke(cli, ["fail"])
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the program has a fault, ZeroDivisionError: division by zero, ")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_is_one_line_and_130(failing: list[Any]) -> None:
    failing.append(KeyboardInterrupt())
    done = CliRunner().invoke(cli, ["fail"])
    assert done.exit_code == 130
    assert done.stderr == "error: interrupted, nothing half-written is left, run it again\n"


def test_debug_lets_the_error_through(failing: list[Exception]) -> None:
    failing.append(UserError("a", "b", "c"))
    assert CliRunner().invoke(cli, ["--debug", "fail"]).exception is failing[0]


@pytest.mark.parametrize("arguments", [["nope"], ["image"], ["image", "x.png"], ["--nope"]])
def test_a_usage_error_is_status_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli, arguments).exit_code == 2


def test_a_reader_that_has_had_enough_ends_it_quietly(failing: list[Exception]) -> None:
    """``selfieseg models list | head -1`` is no fault of ours."""
    failing.append(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    result = CliRunner().invoke(cli, ["fail"])
    assert result.exit_code == 1
    assert "fault" not in result.stderr


def test_only_commands_that_exist_are_named() -> None:
    """A remedy that cannot be followed is none."""
    package = Path(selfieseg_engine.__file__).parent
    named = {
        (path.name, name)
        for path in package.rglob("*.py")
        for name in re.findall(r"`+selfieseg ([a-z]+)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert {pair for pair in named if pair[1] not in COMMANDS} == set()
