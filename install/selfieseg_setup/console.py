"""What set-up says: plain steps on stdout, one-line errors on stderr. Standard library only."""

from __future__ import annotations

import sys
from collections.abc import Callable


class SetupError(Exception):
    """A failure told in one line: what failed, why, and what the user can do."""

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what = what
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the line, whatever line breaks its parts brought along."""
        return " ".join(f"{self.what}, {self.why}, {self.remedy}".split())


def step(text: str) -> None:
    """Tell that something begins or is done."""
    print(f"- {text}", flush=True)


def hint(text: str) -> None:
    """Tell something that the user should do or know."""
    print(f"! {text}", flush=True)


def run_reporting_errors(command: Callable[[], int]) -> int:
    """Run ``command`` and return its exit status; an expected failure becomes one line on stderr and 1."""
    try:
        return command()
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        # Whatever folder or file that is: a user can do more with its name than with our traceback.
        told = SetupError("set-up cannot go on", f"the system says '{error}'", "check it and run this again")
        print(f"error: {told}", file=sys.stderr)
    except KeyboardInterrupt:
        print("error: stopped, the keyboard said so, run it again to continue", file=sys.stderr)
    return 1
