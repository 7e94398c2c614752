"""Whether the effects that were asked for can be had: decided before anything is loaded or downloaded."""

from __future__ import annotations

import click

from selfieseg_engine.class_model import NONE, PREFERRED, class_bits, class_model_beside
from selfieseg_engine.composite.look import Look
from selfieseg_engine.errors import UserError
from selfieseg_engine.model_choice import choose_model_id
from selfieseg_engine.registry.registry import Registry
from selfieseg_wire.structs import ClassBit

# What each effect cannot do without: as the filter's dialogue has it.
_NEEDS = {
    "hair_strength": ClassBit.HAIR,
    "clothes_strength": ClassBit.CLOTHES,
    "skin_tone": ClassBit.BODY_SKIN,
    "face_smooth": ClassBit.FACE_SKIN,
    "face_brighten": ClassBit.FACE_SKIN,
}
_NO_CLASS_IN_PARTICULAR = ClassBit(0)


def class_wishes(look: Look, wants_map: bool) -> dict[str, ClassBit]:
    """Return the options that take a class model, with the class that each needs. Pure."""
    wishes = {f"--{name.replace('_', '-')}": bit for name, bit in _NEEDS.items() if getattr(look, name) > 0}
    if wants_map:
        wishes["--classes"] = _NO_CLASS_IN_PARTICULAR
    if look.view == "classes":
        wishes["--view classes"] = _NO_CLASS_IN_PARTICULAR
    return wishes


def require_class_model(
    wishes: dict[str, ClassBit], model: str, class_model: str, registry: Registry
) -> str | None:
    """Return the id of the class model to load, None where no wish takes one.

    Args:
        wishes: of ``class_wishes``.
        model: what ``--model`` says.
        class_model: what ``--class-model`` says; looked at even if nothing needs it.
        registry: where models are looked up.

    Raises:
        click.UsageError: ``--class-model none`` beside a wish that takes one.
        RegistryError: there is no such model, or it is of the wrong kind.
        UserError: no class model is here, or it does not know a class.
    """
    found = class_model_beside(choose_model_id(model, registry), class_model, registry)
    if not wishes:
        return None
    if found is None:
        if class_model == NONE:
            raise click.UsageError(f"{_listed(wishes)} cannot be had with --class-model none: leave out one")
        raise UserError(
            f"{_listed(wishes)} cannot be had",
            "no model that tells hair, skin and clothes apart is on this machine",
            f"fetch one with `selfieseg models fetch {PREFERRED[0]}`",
        )
    class_names = registry.get(found).output.classes
    known = class_bits(class_names)
    lacking = [option for option, bit in wishes.items() if bit & ~known]
    if lacking:
        raise UserError(
            f"{_listed(lacking)} cannot be had from the model {found}",
            f"it tells only {' and '.join(class_names)} apart",
            f"leave that out, or use {PREFERRED[0]} (`selfieseg models fetch {PREFERRED[0]}`)",
        )
    return found


def _listed(options: dict[str, ClassBit] | list[str]) -> str:
    return ", ".join(options)
