"""``selfieseg doctor --bundle``: knows what is private on this machine, and writes the zip."""

from __future__ import annotations

import getpass
import platform
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from selfieseg_engine.doctor.bundle import BundleSources, bundle_files, write_bundle
from selfieseg_engine.doctor.obs_facts import ObsFacts
from selfieseg_engine.doctor.obs_names import ObsNames, read_obs_names
from selfieseg_engine.doctor.private_text import HOME, PrivateText
from selfieseg_wire.paths import data_dir, log_dir, run_dir


def make_bundle(path: Path, report: Mapping[str, Any], obs: ObsFacts | None, checkout: Path) -> list[str]:
    """Write the zip of a bug report to ``path``; return the names of the files in it.

    Raises:
        UserError: it cannot be written.
    """
    known = ObsNames((), (), 0) if obs is None else read_obs_names(obs.logs.parent)
    sources = BundleSources(data_dir(), log_dir(), None if obs is None else obs.logs)
    remarks = []
    if known.unread:
        remarks.append(
            f"{known.unread} of OBS's files not understood: names from them may be left outside quotes"
        )
    files = bundle_files(report, _machine(), sources, _private_text(checkout, known), remarks)
    write_bundle(path, files)
    return list(files)


def _private_text(checkout: Path, known: ObsNames) -> PrivateText:
    """Return what takes this machine's private things out."""
    folders = {
        checkout: "<checkout>",
        data_dir(): "<data>",
        run_dir(): "<run>",
        Path(sys.prefix): "<python>",
        Path.home(): HOME,
    }
    roots = {}
    for folder, placeholder in folders.items():
        if folder != folder.parent:  # a home of "/" tells nothing
            for place in (folder, folder.resolve()):
                roots[str(place)] = roots[place.as_posix()] = placeholder
    return PrivateText(roots, _words(), known.names, known.secrets)


def _words() -> dict[str, str]:
    host = socket.gethostname()
    words = {host: "<host>", host.partition(".")[0]: "<host>", Path.home().name: "<user>"}
    with suppress(OSError, KeyError, ImportError):  # a user without a name has none to hide
        words[getpass.getuser()] = "<user>"
    return {word: placeholder for word, placeholder in words.items() if word}


def _machine() -> dict[str, Any]:
    from selfieseg_engine.benchmarks.machine import describe_machine

    return {**describe_machine(), "python": platform.python_version()}
