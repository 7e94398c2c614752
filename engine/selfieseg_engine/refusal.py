"""Turns failures into the protocol's ``Error`` messages. Pure; any thread."""

from __future__ import annotations

from dataclasses import replace

from selfieseg_engine.errors import (
    DeviceError,
    DeviceFailedError,
    FrameError,
    InferenceError,
    ObtainError,
    PictureError,
    RegistryError,
    UserError,
    WrongHashError,
)
from selfieseg_wire.messages import Error

_TEXT_BYTES = 1024
_SHORT_OF_MEMORY = "close other programs, or use fewer filters or a smaller model"
# The first class that fits counts: special ones stand before their bases.
_CODES: tuple[tuple[type[UserError], str], ...] = (
    (RegistryError, "model_unknown"),
    (WrongHashError, "model_wrong_hash"),
    (ObtainError, "model_not_obtained"),
    (DeviceFailedError, "device_failed"),
    (DeviceError, "device_missing"),
    (InferenceError, "inference_failed"),
    (FrameError, "bad_frame"),
    (PictureError, "unreadable"),
)


def clipped(text: str, max_bytes: int = _TEXT_BYTES) -> str:
    """Return ``text`` on one line, shortened so that its UTF-8 fits into ``max_bytes``."""
    line = " ".join(text.split()).encode(errors="replace")
    return line[:max_bytes].decode(errors="ignore")


def refusal(session: int, code: str, text: str, remedy: str) -> Error:
    """Return an ``Error`` whose texts surely fit; ``session`` 0 means the whole connection."""
    return Error(session, code, clipped(text), clipped(remedy))


def setting_refusal(session: int, setting: str, failure: BaseException) -> Error:
    """Return what to tell about a part of a look that cannot be had; the session goes on without it.

    ``setting`` is ``look``, ``class`` or ``backdrop``: the code begins with it.
    """
    told = refusal_of(session, failure)
    return replace(told, code=f"{setting}_{told.code}")


def kept_model_refusal(session: int, failure: BaseException) -> Error:
    """Return what to tell about a model that cannot be had; the session goes on with the one it has.

    The code begins with ``model_`` or ``device_``, whatever went wrong: others end a session in OBS.
    """
    told = refusal_of(session, failure)
    return told if told.code.startswith(("model_", "device_")) else replace(told, code=f"model_{told.code}")


def refusal_of(session: int, failure: BaseException) -> Error:
    """Return what to tell the client about an exception: plain words, never a traceback."""
    if isinstance(failure, UserError):
        code = next((code for kind, code in _CODES if isinstance(failure, kind)), "failed")
        return refusal(session, code, f"{failure.what}, {failure.why}", failure.remedy)
    if isinstance(failure, MemoryError):
        return refusal(
            session, "no_memory", "the engine has no memory left for this filter", _SHORT_OF_MEMORY
        )
    return refusal(
        session,
        "internal",
        f"the engine failed: {type(failure).__name__}: {failure}",
        "look into the engine's log (`selfieseg doctor` shows it) and report this",
    )
