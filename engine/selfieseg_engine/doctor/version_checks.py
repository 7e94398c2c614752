"""Whether Python and the libraries that run here are as new as the product needs."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import takewhile

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.install_checks import DISTRIBUTION
from selfieseg_engine.doctor.install_record import INSTALL
from selfieseg_engine.doctor.names import VERSIONS

# Those with a marker behind a semicolon are extras, or for other Pythons.
_REQUIREMENT = re.compile(r"([\w.-]+) *>= *([\d.]+)")


def check_versions() -> Check:
    """Compare what is installed with what the product's own metadata asks for."""
    check = judge_versions(requires(DISTRIBUTION) or [], _installed)
    return replace(check, found=f"Python {platform.python_version()}, {check.found}")


def judge_versions(requirements: Sequence[str], installed: Callable[[str], str | None]) -> Check:
    """Judge the versions. Pure but for ``installed``, which gives a library's version, None for none."""
    found, wrong = [], []
    for text in requirements:
        match = _REQUIREMENT.fullmatch(text.strip())
        if match is None:
            continue
        name, least = match.groups()
        here = installed(name)
        found.append(f"{name} {here}")
        if here is None:
            wrong.append(f"{name} is missing")
        elif _numbers(here) < _numbers(least):
            wrong.append(f"{name} is {here}, {least} is needed")
    if wrong:
        return Check(VERSIONS, "fail", "; ".join(wrong), f"{INSTALL} again")
    return Check(VERSIONS, "ok", ", ".join(found))


def _numbers(text: str) -> list[int]:
    """Return the numbers that a version begins with: ``[2, 1]`` of ``2.1rc3``."""
    leading = (re.match(r"\d+", part) for part in text.split("."))
    return [int(match[0]) for match in takewhile(lambda match: match is not None, leading) if match]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
