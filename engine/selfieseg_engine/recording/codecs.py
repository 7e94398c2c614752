"""Which codec, pixel format and settings an output gets, by its container. Pure; loads no codec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from selfieseg_engine.recording.colours import ColourTags
from selfieseg_engine.recording.errors import RecordingError

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
CODECS = ("libx264", "libx265", "libvpx-vp9", "prores_ks", "ffv1")

_X264, _X265, _VP9, _PRORES, _FFV1 = CODECS
_DEFAULT = {"webm": _VP9}
_DEFAULT_WITH_ALPHA = {"mov": _PRORES, "webm": _VP9, "matroska": _FFV1}
# As good as the eye can tell from the input at a usual size; lower is better and larger.
_CRF = {_X264: 18, _X265: 20, _VP9: 24}
_MATTE_CRF = {_X264: 10, _VP9: 8}
_BEST_CRF = {_X264: 51, _X265: 51, _VP9: 63}
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    # As good as "veryfast" (SSIM .994) and 4 to 7 % larger, in half the time: what saves most is to look
    # ahead for what stays. The mattes need the processor too. Its quick ways to weigh frames differ between
    # processors, and for small pictures from run to run.
    _X264: {"preset": "superfast", "x264-params": "mbtree=1:rc-lookahead=10:cpu-independent=1"},
    _X265: {"preset": "fast", "x265-params": "log-level=error"},
    _VP9: {"deadline": "good", "cpu-used": "5", "row-mt": "1", "tile-columns": "2"},
    _PRORES: {"vendor": "apl0"},
    _FFV1: {"level": "3", "slices": "4", "slicecrc": "1"},
}
# Matroska gives its tracks random numbers, for one; and what encoders write depends on their threads' number.
_NOTHING_RANDOM = {"fflags": "+bitexact"}
_ONE_THREAD = {"threads": "1"}
_ALIKE = {
    _X265: ("x265-params", ":pools=none:frame-threads=1"),
}
_ALPHA_FORMAT = {_PRORES: "yuva444p10le", _VP9: "yuva420p", _FFV1: "bgra"}
_FINE = 8
_SMALLEST_SLICED = 8  # pixels of a side: FFV1 does not cut smaller pictures into slices
_MATTE_TAGS = ColourTags(range=1, matrix=1, primaries=1, transfer=1)
_FULL_RANGE_GREY_TAGS = ColourTags(range=2, matrix=2, primaries=2, transfer=2)
_HEVC_FOR_APPLE = "hvc1"


@dataclass(frozen=True)
class EncoderPlan:
    """How one output is encoded.

    Attributes:
        container: FFmpeg's name of the format.
        codec: FFmpeg's name of the encoder.
        pixel_format: FFmpeg's name.
        settings: of the encoder.
        colours: what the encoded numbers mean.
        tag: the codec's name in the file where it must be another than usual, else None.
        container_settings: of the format's writer.
    """

    container: str
    codec: str
    pixel_format: str
    settings: Mapping[str, str]
    colours: ColourTags
    tag: str | None = None
    container_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        """Return whether more than 8 bit of a colour are kept."""
        return self.pixel_format.endswith(("10le", "12le", "16le"))


def require_codec(suffix: str, alpha: bool, codec: str | None, crf: int | None) -> str:
    """Return the encoder for a file of this ending.

    Raises:
        RecordingError: the ending is not known, or it or the codec cannot hold transparency, or there is no
            such quality.
    """
    if suffix not in CONTAINERS:
        raise RecordingError(
            f"a recording named {suffix or 'without an ending'} cannot be written",
            "that format is not known here",
            f"use one of {', '.join(CONTAINERS)}, or a folder for PNG pictures",
        )
    container = CONTAINERS[suffix]
    if alpha and container not in _DEFAULT_WITH_ALPHA:
        raise RecordingError(
            f"a transparent {suffix} cannot be written",
            "that format cannot hold transparency",
            "use .mov, .webm, .mkv or a folder for PNG pictures",
        )
    chosen = codec or (_DEFAULT_WITH_ALPHA if alpha else _DEFAULT).get(container, _X264)
    if alpha and chosen not in _ALPHA_FORMAT:
        raise RecordingError(
            f"{chosen} cannot write transparent pictures",
            "that codec cannot hold transparency",
            f"use one of {', '.join(_ALPHA_FORMAT)}",
        )
    if crf is not None and chosen not in _CRF:
        raise RecordingError(
            f"{chosen} has no --crf",
            "it always writes the best it can",
            "leave out --crf or use another --codec",
        )
    if crf is not None and crf > _BEST_CRF[chosen]:
        raise RecordingError(
            f"{chosen} has no --crf {crf}", f"the highest is {_BEST_CRF[chosen]}", "use a lower one"
        )
    return chosen


def plan_encoder(
    suffix: str,
    alpha: bool,
    codec: str | None,
    crf: int | None,
    size: tuple[int, int],
    chroma: str,
    depth: int,
    colours: ColourTags,
    repeatable: bool = False,
) -> EncoderPlan:
    """Return the plan for frames of ``size`` = (width, height), stored as the input's are where it can be.

    Args:
        suffix: of the output's name, small letters.
        alpha: the frames are transparent.
        codec: the encoder, None for the container's usual one.
        crf: the quality, lower is better; None for a good one.
        size: of the frames.
        chroma: ``420``, ``422`` or ``444``, the input's.
        depth: bits of a colour of the input's.
        colours: the input's.
        repeatable: the same frames give the same bytes each time and on each machine; slower.

    Raises ``RecordingError`` as ``require_codec`` does.
    """
    chosen = require_codec(suffix, alpha, codec, crf)
    pixel_format = _ALPHA_FORMAT[chosen] if alpha else _opaque_format(chosen, size, chroma, depth)
    settings = _settings_of(chosen, size, repeatable)
    if chosen in _CRF:
        settings["crf"] = str(_CRF[chosen] if crf is None else crf)
    if chosen == _PRORES:
        settings["profile"] = "4444" if "444" in pixel_format else "hq"
    apple = chosen == _X265 and CONTAINERS[suffix] in ("mp4", "mov")
    tags = colours if pixel_format == "bgra" else colours.as_yuv()
    tag = _HEVC_FOR_APPLE if apple else None
    return EncoderPlan(
        CONTAINERS[suffix], chosen, pixel_format, settings, tags, tag, _container_settings(repeatable)
    )


def plan_matte_encoder(suffix: str, size: tuple[int, int], repeatable: bool = False) -> EncoderPlan:
    """Return the plan for grey mattes: lossless in .mkv, within a level or two elsewhere."""
    container = CONTAINERS[suffix] if require_codec(suffix, False, None, None) else ""
    if container == "matroska":
        codec, pixel_format, tags = _FFV1, "gray", _FULL_RANGE_GREY_TAGS
        settings = _settings_of(codec, size, repeatable)
    else:
        codec = _DEFAULT.get(container, _X264)
        pixel_format, tags = _opaque_format(codec, size, "420", _FINE), _MATTE_TAGS
        settings = {**_settings_of(codec, size, repeatable), "crf": str(_MATTE_CRF[codec])}
    return EncoderPlan(container, codec, pixel_format, settings, tags, None, _container_settings(repeatable))


def _container_settings(repeatable: bool) -> Mapping[str, str]:
    return _NOTHING_RANDOM if repeatable else {}


def _settings_of(codec: str, size: tuple[int, int], repeatable: bool) -> dict[str, str]:
    settings = dict(_SETTINGS[codec])
    if codec == _FFV1 and min(size) < _SMALLEST_SLICED:
        settings["slices"] = "1"
    if repeatable:
        settings |= _ONE_THREAD
        if codec in _ALIKE:
            key, more = _ALIKE[codec]
            settings[key] += more
    return settings


def _opaque_format(codec: str, size: tuple[int, int], chroma: str, depth: int) -> str:
    if codec == _PRORES:
        return "yuv444p10le" if chroma == "444" or size[0] % 2 else "yuv422p10le"
    if codec in (_X264, _X265) and _is_odd(size, chroma):
        chroma = "444"  # these store colour for pairs of pixels only
    if depth <= _FINE or codec == _VP9:
        return f"yuv{chroma}p"
    bits = 16 if codec == _FFV1 and depth > 12 else 12 if codec == _FFV1 and depth > 10 else 10
    return f"yuv{chroma}p{bits}le"


def _is_odd(size: tuple[int, int], chroma: str) -> bool:
    width, height = size
    return bool((chroma in ("420", "422") and width % 2) or (chroma == "420" and height % 2))
