"""MediaPipe's own Python API, in an environment of its own, made at the first use."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from selfieseg_engine.benchmarks.speed.peer_process import PeerError, PeerProcess
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


def start_mediapipe(model: str, frames: Path, mask: Path) -> PeerProcess:
    """Start MediaPipe. To the word ``mask`` it writes the last frame's, float32 HxW in 0…1.

    Args:
        model: one of ``MODELS``.
        frames: an npy file of frames, uint8 NxHxWx3 BGR.
        mask: the npy file to write.

    Raises:
        PeerError: MediaPipe cannot be installed or run here.
    """
    python = mediapipe_python(data_dir() / "peers")
    return PeerProcess(
        "MediaPipe",
        [python, _PEER, str(MODELS.index(model)), frames, mask],
        "remove its environment, which is made again, or compare without: --without-mediapipe",
    )


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
