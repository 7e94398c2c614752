"""Where the engine listens: a socket file in the private run directory, or this machine's loopback."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import zmq

from selfieseg_engine.errors import UserError

SOCKET_NAME = "engine.sock"
_LOOPBACK = "tcp://127.0.0.1:*"


class EndpointError(UserError):
    """The engine cannot listen."""


@dataclass(frozen=True)
class Endpoint:
    """What a client needs to connect. ``server_key`` is a CURVE public key (Z85), empty for ``ipc``."""

    address: str
    server_key: str


def ipc_is_usable() -> bool:
    """Return whether sockets can be files here. libzmq's ``ipc`` on Windows is too new to rely on."""
    return sys.platform != "win32" and bool(zmq.has("ipc"))


def listen(router: zmq.Socket[bytes], run_dir: Path, use_ipc: bool) -> Endpoint:
    """Bind ``router`` where only this user (``ipc``) or only this machine (``tcp``) reaches it.

    On the loopback every local user could connect, so there the traffic is encrypted with a key pair
    of this run, whose public half only readers of the run directory know. The thread of ``router``.

    Raises:
        EndpointError: the path is too long for a socket, or the system refuses.
    """
    try:
        return _listen_ipc(router, run_dir) if use_ipc else _listen_loopback(router)
    except zmq.ZMQError as error:
        raise EndpointError(
            "the engine cannot listen",
            f"{run_dir if use_ipc else _LOOPBACK}: {error.strerror}",
            "set SELFIESEG_RUN_DIR to another folder, or restart the computer",
        ) from error


def _listen_ipc(router: zmq.Socket[bytes], run_dir: Path) -> Endpoint:
    path = run_dir / SOCKET_NAME
    size = len(os.fsencode(path))
    if size > zmq.IPC_PATH_MAX_LEN:
        raise EndpointError(
            "the engine cannot listen",
            f"the path of its socket, {path}, has {size} bytes and the system allows {zmq.IPC_PATH_MAX_LEN}",
            "set SELFIESEG_RUN_DIR to a folder with a shorter path",
        )
    address = f"ipc://{path}"
    router.bind(address)
    return Endpoint(address, server_key="")


def _listen_loopback(router: zmq.Socket[bytes]) -> Endpoint:
    public_key, secret_key = zmq.curve_keypair()
    router.curve_server = True
    router.curve_publickey = public_key
    router.curve_secretkey = secret_key
    router.bind(_LOOPBACK)
    return Endpoint(
        bytes(router.getsockopt(zmq.LAST_ENDPOINT)).decode().rstrip("\0"), server_key=public_key.decode()
    )
