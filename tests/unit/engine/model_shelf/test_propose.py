from __future__ import annotations

from typing import Any

import pytest

from selfieseg_engine.inference.inspection import Inspection, OutputPort, Port
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.model_shelf.propose_input import (
    InputDraft,
    has_open_size,
    pair_states,
    propose_input,
)
from selfieseg_engine.model_shelf.propose_output import propose_output
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry.manifest import State

PICTURE = InputDraft("x", 48, 32, "NHWC", "f32", has_mask=False, is_open=False)
NOTHING = Wishes()


def model(*inputs: Port, outputs: tuple[OutputPort, ...] = ()) -> Inspection:
    return Inspection(inputs, outputs, ())


def f32(*sides: int | None, name: str = "x") -> Port:
    return Port(name, sides, "f32")


def answer(*sides: int | None, dtype: str = "f32", name: str = "y", ending: Any = "other") -> OutputPort:
    return OutputPort(name, sides, dtype, ending)


@pytest.mark.parametrize(
    ("sides", "layout", "has_mask"),
    [
        ((1, 32, 48, 3), "NHWC", False),
        ((1, 3, 32, 48), "NCHW", False),
        ((1, 32, 48, 4), "NHWC", True),
        ((1, 4, 32, 48), "NCHW", True),
        ((None, 3, 32, 48), "NCHW", False),
    ],
)
def test_the_layout_follows_from_the_colours(sides: tuple[int, ...], layout: str, has_mask: bool) -> None:
    found = propose_input(model(f32(*sides)), NOTHING)
    assert (found.layout, found.width, found.height, found.has_mask) == (layout, 48, 32, has_mask)
    assert found.shape == (1, *sides[1:])
    assert found.is_open is (None in sides)


def test_an_open_size_has_to_be_said() -> None:
    open_model = model(f32(1, 3, None, None))
    assert has_open_size(open_model, NOTHING)
    with pytest.raises(ShelfError, match="--width and --height"):
        propose_input(open_model, NOTHING)
    found = propose_input(open_model, Wishes(width=64, height=32))
    assert (found.width, found.height, found.is_open) == (64, 32, True)
    assert not has_open_size(model(f32(1, 3, 32, 32)), NOTHING)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ((f32(1, 16000),), "no input for pictures, but x (1x16000 f32)"),
        ((Port("n", (), "i64"),), "n (one number i64)"),
        ((f32(1, 32, 48, 7),), "no input for pictures"),
        ((f32(8, 3, 32, 48),), "8 pictures at once"),
        ((Port("x", (1, 3, 32, 48), "f16"),), "x (1x3x32x48 f16)"),
        ((f32(1, 3, 32, 48, name="a"), f32(1, 3, 32, 48, name="b")), "a (1x3x32x48 f32), b ("),
        ((f32(1, 3, 5, 48),), "48x5"),
        ((f32(1, 3, 5000, 48),), "48x5000"),
    ],
)
def test_what_no_picture_can_be_fed_to_is_told(inputs: tuple[Port, ...], told: str) -> None:
    with pytest.raises(ShelfError) as caught:
        propose_input(model(*inputs), NOTHING)
    assert told in str(caught.value)


def test_the_user_may_name_the_input() -> None:
    two = model(f32(1, 3, 32, 48, name="a"), f32(1, 3, 16, 24, name="b"))
    assert propose_input(two, Wishes(input="b")).width == 24
    with pytest.raises(ShelfError, match="nothing of the name"):
        propose_input(two, Wishes(input="c"))


def test_a_memory_is_paired_by_its_shape() -> None:
    mask = answer(1, 1, 32, 48, name="mask")
    memory = model(
        f32(1, 32, 48, 3),
        f32(1, 8, 16, 16, name="before"),
        outputs=(mask, answer(1, 8, 16, 16, name="after")),
    )
    assert pair_states(memory, PICTURE, mask) == (State("before", "after", (1, 8, 16, 16)),)
    assert pair_states(model(f32(1, 32, 48, 3)), PICTURE, None) == ()


@pytest.mark.parametrize(
    "inputs",
    [
        (f32(1, name="ratio"),),
        (f32(1, 9, 16, 16, name="before"),),
        (f32(1, 8, None, None, name="before"),),
        (f32(1, 8, 16, 16, name="one"), f32(1, 8, 16, 16, name="two")),
    ],
)
def test_an_input_that_nobody_knows_is_told(inputs: tuple[Port, ...]) -> None:
    strange = model(f32(1, 32, 48, 3), *inputs, outputs=(answer(1, 8, 16, 16, name="after"),))
    with pytest.raises(ShelfError, match=f"what to feed to {inputs[0].name}.*--like ID"):
        pair_states(strange, propose_input(strange, NOTHING), None)


def test_robust_video_matting_is_told_before_its_size_is_asked_for() -> None:
    states = [f32(1, None, None, None, name=f"r{number}i") for number in range(1, 5)]
    rvm = model(f32(1, 3, None, None, name="src"), *states, f32(1, name="downsample_ratio"))
    with pytest.raises(ShelfError, match=r"r1i \(1x\?x\?x\? f32\).*--like ID"):
        has_open_size(rvm, NOTHING)


@pytest.mark.parametrize(
    ("port", "layout", "channels", "person", "meaning", "is_unsure"),
    [
        (answer(1, 32, 48, 1, ending="sigmoid"), "NHWC", 1, (0,), "probability", False),
        (answer(1, 2, 32, 48, ending="softmax"), "NCHW", 2, (1,), "probability", False),
        (answer(1, 2, 32, 48), "NCHW", 2, (1,), "probability", True),
        (answer(1, 21, 32, 48), "NCHW", 21, (15,), "probability", True),
        (answer(1, 150, 320, 480), "NCHW", 150, (12,), "probability", True),
        (answer(1, 32 * 48), "flat", 1, (0,), "probability", True),
        (answer(1, 32, 48), "NHW", 1, (0,), "probability", True),
        (answer(1, 32, 48, dtype="i64"), "NHW", 2, (1,), "class-index", False),
        (answer(1, 32, 48, 1, dtype="i32"), "flat", 2, (1,), "class-index", False),
    ],
)
def test_what_an_answer_is_follows_from_its_shape(
    port: OutputPort, layout: str, channels: int, person: tuple[int, ...], meaning: str, is_unsure: bool
) -> None:
    found = propose_output([port], PICTURE, NOTHING)
    facts = found.facts
    assert (facts.layout, facts.channels, facts.person, facts.meaning) == (layout, channels, person, meaning)
    assert found.is_unsure is is_unsure


def test_whole_numbers_mean_what_quantization_makes_of_them() -> None:
    signed = propose_output([answer(1, 32 * 48, dtype="i8")], PICTURE, NOTHING).facts
    assert (signed.meaning, signed.zero, signed.one) == ("probability", -128.0, 127.0)
    unsigned = propose_output([answer(1, 32, 48, 1, dtype="u8")], PICTURE, NOTHING).facts
    assert (unsigned.zero, unsigned.one) == (0.0, 255.0)


def test_of_several_answers_the_largest_with_few_classes_is_taken() -> None:
    ports = [
        answer(1, 3, 32, 48, name="colours"),
        answer(1, 1, 16, 24, name="small"),
        answer(1, 1, 32, 48, name="mask"),
        answer(1, 1, 32, 48, name="other"),
        answer(1, 7, name="nothing"),
    ]
    assert propose_output(ports, PICTURE, NOTHING).port.name == "mask"
    assert propose_output(ports, PICTURE, Wishes(output="small")).port.name == "small"


@pytest.mark.parametrize(
    "port", [answer(1, 1000), answer(1, None, None, 1), answer(2, 1, 32, 48), answer(1, 3, 3, 3), answer()]
)
def test_what_no_mask_can_be_is_told(port: OutputPort) -> None:
    with pytest.raises(ShelfError, match="none of its answers can be a mask: y"):
        propose_output([port], PICTURE, NOTHING)


def test_unknown_classes_have_to_be_said() -> None:
    port = answer(1, 6, 32, 48)
    with pytest.raises(ShelfError, match=r"tells 6 classes apart.*--person"):
        propose_output([port], PICTURE, NOTHING)
    assert propose_output([port], PICTURE, Wishes(person=(1, 2))).facts.person == (1, 2)
    index = answer(1, 32, 48, dtype="i64")
    assert propose_output([index], PICTURE, Wishes(person=(15,))).facts.channels == 16


def test_the_user_may_say_the_meaning() -> None:
    found = propose_output([answer(1, 32, 48, 1)], PICTURE, Wishes(meaning="logits"))
    assert (found.facts.meaning, found.is_unsure) == ("logits", False)
