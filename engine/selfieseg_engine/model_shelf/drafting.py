"""From a model file and the user's wishes to a manifest that lacks only how pixels are scaled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from selfieseg_engine.errors import ManifestError
from selfieseg_engine.inference.inspection import Inspection, Port, inspect_model
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.model_shelf.model_file import ModelFile
from selfieseg_engine.model_shelf.normalisations import Normalisation, candidates
from selfieseg_engine.model_shelf.propose_input import InputDraft, pair_states, propose_input
from selfieseg_engine.model_shelf.propose_output import propose_output
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry.manifest import PERSON, Manifest, ModelInput, ModelOutput, OwnExport
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME, read_manifest
from selfieseg_engine.registry.manifest_text import manifest_text

_BACKGROUND = "background"


@dataclass(frozen=True)
class Draft:
    """What is known before the model has run.

    Attributes:
        manifest: complete, with the first of ``normalisations``.
        normalisations: what may be right, the most usual first.
        is_unsure: whether the answer is a probability or logits has to be seen from its values.
    """

    inspection: Inspection
    manifest: Manifest
    normalisations: tuple[Normalisation, ...]
    is_unsure: bool


def draft(file: ModelFile, model_id: str, origin_name: str, wishes: Wishes) -> Draft:
    """Inspect a model and write its manifest as far as its file tells.

    Raises:
        ShelfError: it has no picture input, no mask output, or something has to be said first.
        InferenceError: OpenVINO cannot read it.
        OSError: the file cannot be read.
    """
    inspection = inspect_model(file.path)
    picture = propose_input(inspection, wishes)
    if picture.is_open:
        inspection = inspect_model(file.path, {picture.name: picture.shape})
    found = propose_output(inspection.outputs, picture, wishes)
    ways = candidates(picture.dtype, wishes)
    manifest = Manifest(
        id=model_id,
        title=wishes.title or f"{origin_name} (own)",
        good_for=wishes.good_for or "What it was added for",
        licence=wishes.licence or "unknown: ask its publisher",
        credit=wishes.credit or "unknown",
        cost="medium",
        file=file.facts,
        sources=(_own_source(origin_name),),
        input=_input(picture, ways[0], found.facts),
        output=found.facts,
        extensions=inspection.extensions,
        states=pair_states(inspection, picture, found.port),
        non_commercial=wishes.non_commercial,
    )
    return Draft(inspection, manifest, ways, found.is_unsure)


def draft_like(file: ModelFile, model_id: str, origin_name: str, like: Manifest, wishes: Wishes) -> Draft:
    """Take all from a known manifest but for the file and what the user says.

    Raises as ``draft`` does.
    """
    inspection = inspect_model(file.path)
    _require_port(inspection.inputs, wishes.input, "input")
    _require_port(inspection.outputs, wishes.output, "output")
    known, answer = like.input, like.output
    facts = replace(
        known,
        name=wishes.input or known.name,
        layout=wishes.layout or known.layout,
        width=wishes.width or known.width,
        height=wishes.height or known.height,
        colour=wishes.colour or known.colour,
        mean=wishes.mean or known.mean,
        scale=wishes.scale or known.scale,
    )
    output = replace(
        answer,
        name=wishes.output or answer.name,
        meaning=wishes.meaning or answer.meaning,
        person=answer.person if wishes.person is None else wishes.person,
        classes=wishes.classes or answer.classes,
    )
    is_completed = like.file.digest is None and like.id == model_id
    manifest = replace(
        like,
        id=model_id,
        title=wishes.title or (like.title if is_completed else f"{origin_name} (own, like {like.id})"),
        good_for=wishes.good_for or like.good_for,
        licence=wishes.licence or like.licence,
        credit=wishes.credit or like.credit,
        non_commercial=wishes.non_commercial or like.non_commercial,
        file=file.facts,
        sources=like.sources if is_completed else (_own_source(origin_name),),
        input=facts,
        output=output,
        extensions=tuple(sorted({*like.extensions, *inspection.extensions})),
        iou=None,
    )
    way = Normalisation(f"as {like.id}", facts.colour, facts.mean, facts.scale)
    return Draft(inspection, manifest, (way,), is_unsure=False)


def with_normalisation(manifest: Manifest, way: Normalisation) -> Manifest:
    """Return the manifest with another way of scaling pixels. Pure."""
    return replace(manifest, input=replace(manifest.input, colour=way.colour, mean=way.mean, scale=way.scale))


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``manifest.toml`` into ``folder``, which is called as the model, and check that it is valid.

    Raises:
        ShelfError: the user's wishes make no valid manifest.
        OSError: the file cannot be written.
    """
    path = folder / MANIFEST_NAME
    path.write_text(manifest_text(manifest), encoding="utf-8")
    try:
        read_manifest(path)
    except ManifestError as error:
        raise ShelfError(
            "this model is not taken", f"its manifest would not be valid: {error.why}", "check the options"
        ) from error


def _require_port(ports: Sequence[Port], wanted: str | None, kind: str) -> None:
    if wanted is not None and wanted not in [port.name for port in ports]:
        raise ShelfError(
            "this model is not taken",
            f"its {kind}s are {', '.join(str(port) for port in ports)}, and none is called {wanted}",
            f"check --{kind}",
        )


def _own_source(origin_name: str) -> OwnExport:
    return OwnExport(f"it was added from {origin_name}: add that file again")


def _input(picture: InputDraft, way: Normalisation, output: ModelOutput) -> ModelInput:
    own = [PERSON] if output.person else [name for name in output.classes if name != _BACKGROUND]
    return ModelInput(
        name=picture.name,
        width=picture.width,
        height=picture.height,
        layout=picture.layout,
        colour=way.colour,
        mean=way.mean,
        scale=way.scale,
        resize="stretch",
        dtype=picture.dtype,
        previous_mask=own[0] if picture.has_mask and own else None,
    )
