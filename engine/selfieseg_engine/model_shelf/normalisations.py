"""The ways in which published models want their pixels. Pure; any thread."""

from __future__ import annotations

from dataclasses import dataclass

from selfieseg_engine.model_shelf.wishes import Triple, Wishes
from selfieseg_engine.registry.manifest import Colour, Dtype


@dataclass(frozen=True)
class Normalisation:
    """``(pixel - mean) / scale`` per channel, in the order of ``colour``. ``name`` is for people."""

    name: str
    colour: Colour
    mean: Triple
    scale: Triple


def _same(value: float) -> Triple:
    return (value, value, value)


_COLOURS: tuple[Colour, ...] = ("RGB", "BGR")
# Red, green, blue. ImageNet's mean and standard deviation are those of torchvision's models, times 255.
_COMMON: tuple[tuple[str, Triple, Triple], ...] = (
    ("0 to 1", _same(0.0), _same(255.0)),
    ("-1 to 1", _same(127.5), _same(127.5)),
    ("ImageNet", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    ("0 to 255", _same(0.0), _same(1.0)),
)
# A quantized input takes the pixels themselves, moved into its range.
_QUANTIZED: dict[Dtype, tuple[str, Triple, Triple]] = {
    "u8": ("0 to 255", _same(0.0), _same(1.0)),
    "i8": ("-128 to 127", _same(128.0), _same(1.0)),
}


def candidates(dtype: Dtype, wishes: Wishes) -> tuple[Normalisation, ...]:
    """Return what to try, the most usual first: all that the wishes leave open."""
    ways = _COMMON if dtype == "f32" else (_QUANTIZED[dtype],)
    colours = _COLOURS if wishes.colour is None else (wishes.colour,)
    found: list[Normalisation] = []
    for colour in colours:
        for name, mean, scale in ways:
            ordered = (mean, scale) if colour == "RGB" else (_reversed(mean), _reversed(scale))
            found.append(
                Normalisation(
                    name if wishes.mean is None and wishes.scale is None else "as you say",
                    colour,
                    wishes.mean or ordered[0],
                    wishes.scale or ordered[1],
                )
            )
    return tuple(dict.fromkeys(found))


def _reversed(values: Triple) -> Triple:
    return (values[2], values[1], values[0])
