"""Reads ``models/<id>/manifest.toml`` strictly: a wrong field is named, never guessed around. Any thread."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast, get_args

from selfieseg_engine.errors import ManifestError
from selfieseg_engine.registry.fields import Fields
from selfieseg_engine.registry.manifest import (
    ClassName,
    Colour,
    Cost,
    Layout,
    Manifest,
    Meaning,
    ModelInput,
    ModelOutput,
    Resize,
    Source,
    UrlSource,
    WeightsFile,
    Wheel,
    WheelSource,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MANIFEST_NAME = "manifest.toml"
SCHEMA = 1
MAX_SIDE = 4096
MAX_CHANNELS = 256
MAX_BYTES = 1 << 31
KNOWN_EXTENSIONS = frozenset({"Convolution2DTransposeBias", "MaxPoolingWithArgmax2D", "MaxUnpooling2D"})


def read_manifest(path: Path) -> Manifest:
    """Read and check one manifest; the model's id is the name of its folder.

    Raises:
        ManifestError: naming the field that is missing, unknown or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(str(path), "file", f"cannot be read as TOML ({error})") from error
    return parse_manifest(path.parent.name, Fields(table, str(path)))


def parse_manifest(model_id: str, fields: Fields) -> Manifest:
    """Turn a parsed table into a manifest. Pure. Raises ``ManifestError``."""
    fields.integer("schema", SCHEMA, SCHEMA)
    conversion = fields.table("conversion")
    output = _output(fields.table("output"))
    manifest = Manifest(
        id=model_id,
        title=fields.text("title"),
        good_for=fields.text("good_for"),
        licence=fields.text("licence"),
        credit=fields.text("credit"),
        cost=cast(Cost, fields.text("cost", get_args(Cost))),
        file=_weights_file(fields.table("file")),
        sources=tuple(_source(source) for source in fields.tables("sources")),
        input=_input(fields.table("input"), output.classes),
        output=output,
        extensions=conversion.texts("extensions", KNOWN_EXTENSIONS),
    )
    conversion.close()
    fields.close()
    return manifest


def _weights_file(fields: Fields) -> WeightsFile:
    weights = WeightsFile(
        fields.file_name("name"), fields.integer("bytes", 1, MAX_BYTES), fields.sha256("sha256")
    )
    fields.close()
    return weights


def _source(fields: Fields) -> Source:
    kind = fields.text("kind", ("pypi-wheel", "url"))
    source = _wheel_source(fields) if kind == "pypi-wheel" else _url_source(fields)
    fields.close()
    return source


def _wheel_source(fields: Fields) -> WheelSource:
    return WheelSource(
        project=fields.text("project"),
        version=fields.text("version"),
        python=fields.text("python"),
        member=fields.text("member"),
        wheels=tuple(_wheel(wheel) for wheel in fields.tables("wheels")),
    )


def _wheel(fields: Fields) -> Wheel:
    wheel = Wheel(fields.text("platform"), fields.sha256("sha256"))
    fields.close()
    return wheel


def _url_source(fields: Fields) -> UrlSource:
    url = fields.text("url")
    if not url.startswith("https://"):
        raise fields.wrong("url", f"must start with https://, got {url!r}")
    return UrlSource(url)


def _input(fields: Fields, classes: tuple[ClassName, ...]) -> ModelInput:
    model_input = ModelInput(
        name=fields.text("name"),
        width=fields.integer("width", 1, MAX_SIDE),
        height=fields.integer("height", 1, MAX_SIDE),
        layout=cast(Layout, fields.text("layout", get_args(Layout))),
        colour=cast(Colour, fields.text("colour", get_args(Colour))),
        mean=fields.triple("mean", zero_allowed=True),
        scale=fields.triple("scale", zero_allowed=False),
        resize=cast(Resize, fields.text("resize", get_args(Resize))),
        previous_mask=cast(ClassName, fields.text("previous_mask", classes))
        if fields.has("previous_mask")
        else None,
    )
    if model_input.resize == "person" and "background" not in classes:
        raise fields.wrong("resize", "can be person only for a model with the class background")
    fields.close()
    return model_input


def _output(fields: Fields) -> ModelOutput:
    channels = fields.integer("channels", 1, MAX_CHANNELS)
    classes = fields.texts("classes", get_args(ClassName)) if fields.has("classes") else ()
    if classes and (len(classes) != channels or len(set(classes)) != channels):
        raise fields.wrong("classes", f"must name each of the {channels} channels once, got {classes!r}")
    person = fields.integers("person", 0, channels - 1)
    if not person and not classes:
        raise fields.wrong("person", "must name a channel, or the model gives neither matte nor classes")
    output = ModelOutput(
        name=fields.text("name"),
        meaning=cast(Meaning, fields.text("meaning", get_args(Meaning))),
        layout=cast(Layout, fields.text("layout", get_args(Layout))),
        channels=channels,
        person=person,
        classes=cast(tuple[ClassName, ...], classes),
    )
    fields.close()
    return output
