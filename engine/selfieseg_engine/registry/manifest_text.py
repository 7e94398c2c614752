"""Writes a manifest as the TOML that ``manifest_file`` reads. Pure; any thread."""

from __future__ import annotations

import json

from selfieseg_engine.registry.manifest import (
    Digest,
    Manifest,
    ModelInput,
    ModelOutput,
    OwnExport,
    Source,
    UrlSource,
    WeightsFile,
)
from selfieseg_engine.registry.manifest_file import SCHEMA

_HEAD = "# One model's facts. Data only: every field is checked by name when this is read.\n"
_DIGEST_KEYS = {"sha256": "sha256", "git-blob": "git_blob"}


def manifest_text(manifest: Manifest) -> str:
    """Return the text of ``<id>/manifest.toml``; reading it gives an equal manifest."""
    lines = [
        f"schema = {SCHEMA}",
        *(
            f"{key} = {_value(getattr(manifest, key))}"
            for key in ("title", "good_for", "licence", "credit", "cost")
        ),
    ]
    if manifest.iou is not None:
        lines.append(f"iou = {_value(manifest.iou)}")
    if manifest.non_commercial:
        lines.append("non_commercial = true")
    lines += _table("[file]", _file(manifest.file))
    for source in manifest.sources:
        lines += _source(source)
    lines += _table("[input]", _input(manifest.input))
    for state in manifest.states:
        lines += _table(
            "[[states]]", {"input": state.input, "output": state.output, "shape": list(state.shape)}
        )
    for constant in manifest.constants:
        lines += _table("[[constants]]", {"input": constant.input, "values": list(constant.values)})
    lines += _table("[output]", _output(manifest.output))
    conversion: dict[str, object] = {"extensions": list(manifest.extensions)}
    if manifest.repairs:
        conversion["repairs"] = list(manifest.repairs)
    lines += _table("[conversion]", conversion)
    return _HEAD + "\n".join(lines) + "\n"


def _file(weights: WeightsFile) -> dict[str, object]:
    facts: dict[str, object] = {"name": weights.name}
    if weights.bytes is not None:
        facts["bytes"] = weights.bytes
    if isinstance(weights.digest, Digest):
        facts[_DIGEST_KEYS[weights.digest.kind]] = weights.digest.digits
    return facts


def _source(source: Source) -> list[str]:
    if isinstance(source, OwnExport):
        return _table("[[sources]]", {"kind": "own-export", "recipe": source.recipe})
    if isinstance(source, UrlSource):
        return _table("[[sources]]", {"kind": "url", "url": source.url})
    lines = _table(
        "[[sources]]",
        {
            "kind": "pypi-wheel",
            "project": source.project,
            "version": source.version,
            "python": source.python,
            "member": source.member,
        },
    )
    for wheel in source.wheels:
        lines += _table("[[sources.wheels]]", {"platform": wheel.platform, "sha256": wheel.sha256})
    return lines


def _input(facts: ModelInput) -> dict[str, object]:
    table: dict[str, object] = {
        "name": facts.name,
        "width": facts.width,
        "height": facts.height,
        "layout": facts.layout,
        "colour": facts.colour,
        "mean": list(facts.mean),
        "scale": list(facts.scale),
        "resize": facts.resize,
        "dtype": facts.dtype,
    }
    if facts.previous_mask is not None:
        table["previous_mask"] = facts.previous_mask
    return table


def _output(facts: ModelOutput) -> dict[str, object]:
    table: dict[str, object] = {
        "name": facts.name,
        "meaning": facts.meaning,
        "layout": facts.layout,
        "channels": facts.channels,
        "person": list(facts.person),
    }
    if facts.classes:
        table["classes"] = list(facts.classes)
    if (facts.zero, facts.one) != (0.0, 1.0):
        table["zero"], table["one"] = facts.zero, facts.one
    return table


def _table(head: str, facts: dict[str, object]) -> list[str]:
    return ["", head, *(f"{key} = {_value(value)}" for key, value in facts.items())]


def _value(value: object) -> str:
    """Return a text, number, or list of such as TOML, which for these is as in JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
