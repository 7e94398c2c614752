from __future__ import annotations

import pytest

from selfieseg_engine.errors import (
    DeviceError,
    InferenceError,
    ObtainError,
    PictureError,
    RegistryError,
    UserError,
    WrongHashError,
)
from selfieseg_engine.refusal import clipped, kept_model_refusal, refusal, refusal_of, setting_refusal
from selfieseg_wire.messages import decode, encode


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RegistryError("what", "why", "do"), "model_unknown"),
        (ObtainError("what", "why", "do"), "model_not_obtained"),
        (WrongHashError("p", "a", "b", "do"), "model_wrong_hash"),
        (DeviceError("what", "why", "do"), "device_missing"),
        (InferenceError("what", "why", "do"), "inference_failed"),
        (PictureError("what", "why", "do"), "unreadable"),
        (UserError("what", "why", "do"), "failed"),
        (MemoryError(), "no_memory"),
        (ZeroDivisionError("x"), "internal"),
    ],
)
def test_every_failure_has_a_code_and_a_remedy(failure: Exception, code: str) -> None:
    error = refusal_of(3, failure)
    assert (error.session, error.code) == (3, code)
    assert error.text
    assert error.remedy


def test_a_part_of_a_look_is_told_by_the_beginning_of_the_code() -> None:
    failure = InferenceError("what", "why", "do")
    assert setting_refusal(3, "class", failure).code == "class_inference_failed"
    assert setting_refusal(3, "class", failure).text == refusal_of(3, failure).text


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ObtainError("what", "why", "do"), "model_not_obtained"),
        (DeviceError("what", "why", "do"), "device_missing"),
        (InferenceError("what", "why", "do"), "model_inference_failed"),
        (MemoryError(), "model_no_memory"),
    ],
)
def test_a_model_that_cannot_take_the_place_of_another_is_told_as_one(failure: Exception, code: str) -> None:
    """OBS ends a session that hears of any other code, and so lost the model that was at work."""
    told = kept_model_refusal(3, failure)
    assert (told.code, told.text) == (code, refusal_of(3, failure).text)


def test_texts_always_fit() -> None:
    error = refusal(1, "code", "ä" * 5000, "line\nbreak " * 500)
    assert decode(encode(error)) == error
    assert "\n" not in error.remedy


def test_clipping_never_cuts_a_character() -> None:
    assert clipped("aää", 4) == "aä"
    assert clipped("half a \ud800 character", 100) == "half a ? character"
