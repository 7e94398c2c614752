"""A display to draw on: the user's own, or a virtual one (Xvfb) of our own. Any thread."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from selfieseg_engine.isolated_obs.reaper import Reaper

_XVFB_OPTIONS = ("-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset")
_STOP_TIMEOUT_S = 5.0


class NoDisplayError(RuntimeError):
    """There is neither a display nor Xvfb to make one."""


class VirtualDisplay:
    """An Xvfb on the first free display number. Started without ``xvfb-run``, so that signals are ours."""

    def __init__(self, folder: Path, reaper: Reaper) -> None:
        xvfb = shutil.which("Xvfb")
        if xvfb is None:
            raise NoDisplayError("no display and no Xvfb; install it: apt install xvfb")
        self._reaper = reaper
        self._framebuffer = folder / "Xvfb_screen0"
        read_end, write_end = os.pipe()
        with (folder / "xvfb.log").open("wb") as log, os.fdopen(read_end) as answer:
            self._process = subprocess.Popen(
                [xvfb, "-displayfd", str(write_end), "-fbdir", str(folder), *_XVFB_OPTIONS],
                pass_fds=(write_end,),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            os.close(write_end)
            reaper.watch(self._process.pid)
            number = answer.readline().strip()
        if not number:
            self.close()
            raise NoDisplayError(f"Xvfb did not start:\n{(folder / 'xvfb.log').read_text(errors='replace')}")
        self.name = f":{number}"

    def photograph(self, png: Path) -> None:
        """Write what the screen shows now: a modal box looks like a hang to everybody else."""
        cv2.imwrite(str(png), decode_xwd(self._framebuffer.read_bytes()))

    def close(self) -> None:
        """End Xvfb, whatever state it is in."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reaper.forget(self._process.pid)


def decode_xwd(data: bytes) -> NDArray[np.uint8]:
    """Return the picture of an X window dump (32 bits a pixel, as Xvfb writes it) as BGR."""
    header = np.frombuffer(data, ">u4", count=25)
    header_size, width, height, stride, colours = (int(header[i]) for i in (0, 4, 5, 12, 19))
    if int(header[11]) != 32:
        raise ValueError(f"window dump of {int(header[11])} bits a pixel, wanted 32")
    colour_entry_size = 12
    start = header_size + colours * colour_entry_size
    rows = np.frombuffer(data, np.uint8, count=stride * height, offset=start).reshape(height, stride)
    little_endian = int(header[7]) == 0
    pixels = rows[:, : width * 4].reshape(height, width, 4)
    return np.ascontiguousarray(pixels[..., :3] if little_endian else pixels[..., :0:-1])
