"""MediaPipe's own Python API, in an environment of its own, made at the first use. One thread at a time."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import UserError
from selfieseg_wire.paths import data_dir

VERSION = "0.10.21"
# In the order of MediaPipe's own numbers.
MODELS = ("selfie_segmentation", "selfie_segmentation_landscape")
# What that release needs, but for sound and other models' tools.
_PACKAGES = (
    ("--no-deps", f"mediapipe=={VERSION}"),
    ("numpy<2", "protobuf<5", "absl-py", "flatbuffers", "attrs", "matplotlib", "opencv-python-headless<4.11"),
)
_PYTHONS = ((3, 9), (3, 12))
_PEER = Path(__file__).with_name("mediapipe_peer.py")

U8Image = npt.NDArray[np.uint8]


class PeerError(UserError):
    """A program to compare with cannot be had."""


class MediaPipeProcess:
    """A context manager: a process that handles a frame whenever it is told to.

    Args:
        model: one of ``MODELS``.
        frames: uint8 HxWx3 BGR.
        folder: an empty one, for the frames and the masks.

    Raises:
        PeerError: MediaPipe cannot be installed or run here.
    """

    def __init__(self, model: str, frames: Sequence[U8Image], folder: Path) -> None:
        python = mediapipe_python(data_dir() / "peers")
        self._masks = folder / "mask.npy"
        np.save(folder / "frames.npy", np.stack([frame[..., ::-1] for frame in frames]))
        self._child = subprocess.Popen(
            [python, _PEER, str(MODELS.index(model)), folder / "frames.npy", self._masks],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.process(0)

    def __enter__(self) -> MediaPipeProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.communicate()

    def process(self, index: int) -> tuple[float, float]:
        """Handle a frame; return what MediaPipe's ``process()`` took: milliseconds, and those of CPU."""
        wall, cpu = self._told(str(index))
        return float(wall), float(cpu)

    def mask(self) -> npt.NDArray[np.float32]:
        """Return the last frame's mask: float32 HxW in 0…1."""
        self._told("mask")
        return np.asarray(np.load(self._masks), np.float32)

    def _told(self, word: str) -> list[str]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            self._child.stdin.write(word + "\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise PeerError(
                "MediaPipe cannot be measured",
                "its process has ended",
                "remove its environment, which is made again, or compare without: --without-mediapipe",
            )
        return answer.split()


def mediapipe_python(parent: Path) -> Path:
    """Return the Python of an environment with MediaPipe in a folder of ``parent``.

    The first time takes a minute and the network.

    Raises:
        PeerError: there is no wheel for this Python, or pip failed.
    """
    if not _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]:
        raise PeerError(
            "MediaPipe cannot be installed",
            f"{VERSION} has no wheel for Python {sys.version_info[0]}.{sys.version_info[1]}",
            "make .venv with Python 3.11, or compare without: --without-mediapipe",
        )
    folder = parent / f"mediapipe-{VERSION}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = folder / "done"
    if not done.exists():
        venv.create(folder, with_pip=True)
        for packages in _PACKAGES:
            command = [str(python), "-m", "pip", "install", "--quiet", *packages]
            installed = subprocess.run(command, capture_output=True, text=True, check=False)
            if installed.returncode != 0:
                raise PeerError(
                    "MediaPipe cannot be installed",
                    f"pip says {installed.stderr.strip().splitlines()[-1:]}",
                    "check the connection, or compare without: --without-mediapipe",
                )
        done.touch()
    return python
