"""One finding, and how findings become a report. Pure but for the checks that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from selfieseg_engine.errors import UserError

Status = Literal["ok", "warn", "fail"]
NamedCheck = tuple[str, Callable[[], "Check"]]


@dataclass(frozen=True)
class Check:
    """One finding. ``remedy`` is empty where nothing is wrong."""

    name: str
    status: Status
    found: str
    remedy: str = ""


def run_checks(checks: Iterable[NamedCheck]) -> list[Check]:
    """Run every check; one that cannot be made is a failed one, and the next ones still run."""
    return [_run(name, check) for name, check in checks]


def report(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the JSON object of ``selfieseg doctor``."""
    return {"checks": [asdict(check) for check in checks], "ok": not failed(checks)}


def failed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that failed."""
    return [check for check in checks if check.status == "fail"]


def _run(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except UserError as error:
        return Check(name, "fail", f"{error.what}: {error.why}", error.remedy)
    except ImportError as error:
        return Check(
            name, "fail", f"a part of the product is broken: {error}", "run install/install.py again"
        )
    except (OSError, ValueError, RuntimeError) as error:  # OpenVINO's own are RuntimeErrors
        return Check(name, "fail", f"it could not be checked: {error}", "mend that and run this again")
