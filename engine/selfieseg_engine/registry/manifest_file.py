"""Reads ``models/<id>/manifest.toml`` strictly: a wrong field is named, never guessed around. Any thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast, get_args

from selfieseg_engine.errors import ManifestError
from selfieseg_engine.registry.fields import Fields
from selfieseg_engine.registry.manifest import (
    PERSON,
    Colour,
    Constant,
    Cost,
    Digest,
    Dtype,
    Layout,
    Manifest,
    Meaning,
    ModelInput,
    ModelOutput,
    OutputLayout,
    OwnExport,
    Resize,
    Source,
    State,
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
MAX_RANK = 8
MAX_ANSWER = 65536.0
KNOWN_EXTENSIONS = frozenset({"Convolution2DTransposeBias", "MaxPoolingWithArgmax2D", "MaxUnpooling2D"})
KNOWN_REPAIRS = frozenset({"float-activations"})


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
        input=_input(fields.table("input"), output),
        output=output,
        extensions=conversion.texts("extensions", KNOWN_EXTENSIONS),
        repairs=conversion.texts("repairs", KNOWN_REPAIRS) if conversion.has("repairs") else (),
        states=tuple(_state(each) for each in fields.tables("states")) if fields.has("states") else (),
        constants=tuple(_constant(each) for each in fields.tables("constants"))
        if fields.has("constants")
        else (),
        iou=fields.number("iou", 0, 1) if fields.has("iou") else None,
        non_commercial=fields.flag("non_commercial") if fields.has("non_commercial") else False,
    )
    if manifest.file.digest is None and not any(isinstance(each, OwnExport) for each in manifest.sources):
        raise fields.wrong("file", "must have a sha256 or a git_blob: only an own export can do without")
    conversion.close()
    fields.close()
    return manifest


def _weights_file(fields: Fields) -> WeightsFile:
    digest = None
    if fields.has("sha256"):
        digest = Digest("sha256", fields.sha256("sha256"))
    elif fields.has("git_blob"):
        digest = Digest("git-blob", fields.git_blob("git_blob"))
    size = fields.integer("bytes", 1, MAX_BYTES) if fields.has("bytes") else None
    weights = WeightsFile(fields.file_name("name"), size, digest)
    fields.close()
    return weights


def _source(fields: Fields) -> Source:
    kind = fields.text("kind", _SOURCES)
    source = _SOURCES[kind](fields)
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


def _own_export(fields: Fields) -> OwnExport:
    return OwnExport(fields.text("recipe"))


_SOURCES: dict[str, Callable[[Fields], Source]] = {
    "pypi-wheel": _wheel_source,
    "url": _url_source,
    "own-export": _own_export,
}


def _state(fields: Fields) -> State:
    state = State(
        fields.text("input"), fields.text("output"), fields.sides("shape", MAX_RANK, MAX_SIDE * MAX_SIDE)
    )
    fields.close()
    return state


def _constant(fields: Fields) -> Constant:
    constant = Constant(fields.text("input"), fields.numbers("values"))
    fields.close()
    return constant


def _input(fields: Fields, output: ModelOutput) -> ModelInput:
    own = (*output.classes, *([PERSON] if output.person else []))
    model_input = ModelInput(
        name=fields.text("name"),
        width=fields.integer("width", 1, MAX_SIDE),
        height=fields.integer("height", 1, MAX_SIDE),
        layout=cast(Layout, fields.text("layout", get_args(Layout))),
        colour=cast(Colour, fields.text("colour", get_args(Colour))),
        mean=fields.triple("mean", zero_allowed=True),
        scale=fields.triple("scale", zero_allowed=False),
        resize=cast(Resize, fields.text("resize", get_args(Resize))),
        dtype=cast(Dtype, fields.text("dtype", get_args(Dtype))) if fields.has("dtype") else "f32",
        previous_mask=fields.text("previous_mask", own) if fields.has("previous_mask") else None,
    )
    if model_input.resize == "person" and "background" not in output.classes:
        raise fields.wrong("resize", "can be person only for a model with the class background")
    fields.close()
    return model_input


def _output(fields: Fields) -> ModelOutput:
    channels = fields.integer("channels", 1, MAX_CHANNELS)
    classes = fields.names("classes") if fields.has("classes") else ()
    if classes and (len(classes) != channels or len(set(classes)) != channels):
        raise fields.wrong("classes", f"must name each of the {channels} channels once, got {classes!r}")
    person = fields.integers("person", 0, channels - 1)
    if not person and not classes:
        raise fields.wrong("person", "must name a channel, or the model gives neither matte nor classes")
    output = ModelOutput(
        name=fields.text("name"),
        meaning=cast(Meaning, fields.text("meaning", get_args(Meaning))),
        layout=cast(OutputLayout, fields.text("layout", get_args(OutputLayout))),
        channels=channels,
        person=person,
        classes=classes,
        zero=fields.number("zero", -MAX_ANSWER, MAX_ANSWER) if fields.has("zero") else 0.0,
        one=fields.number("one", -MAX_ANSWER, MAX_ANSWER) if fields.has("one") else 1.0,
    )
    has_channels = output.layout in ("NHWC", "NCHW")
    if has_channels and output.meaning == "class-index":
        raise fields.wrong("layout", "must be NHW or flat where the answer is a class-index")
    if not has_channels and output.meaning != "class-index" and channels > 1:
        raise fields.wrong("layout", f"must be NHWC or NCHW for {channels} channels")
    if output.zero == output.one:
        raise fields.wrong("one", "must differ from zero")
    fields.close()
    return output
