"""What ``selfieseg models`` tells about one model, for programs and for people."""

from __future__ import annotations

from typing import Any

from selfieseg_engine.registry.at_hand import weights_at_hand
from selfieseg_engine.registry.cache_paths import cached_weights_path, ir_dir
from selfieseg_engine.registry.ir_cache import is_intact_ir
from selfieseg_engine.registry.manifest import Manifest, OwnExport, Source, WheelSource
from selfieseg_engine.registry.measurements import measured_ms
from selfieseg_engine.registry.registry import Registry

_STATE_TEXTS = {
    "ready": "ready",
    "local": "in SELFIESEG_MODEL_PATH",
    "missing": "not fetched yet",
    "damaged": "damaged, is fetched again when used",
    "wrong": "WRONG FILE in SELFIESEG_MODEL_PATH, not used",
}


def summary_of(manifest: Manifest, registry: Registry) -> dict[str, Any]:
    """Return how a model stands on this machine, ready for JSON. Slow: files are hashed.

    ``bytes``, ``ms`` and ``iou`` are None where they are unknown. Raises ``ObtainError`` where files that are
    here cannot be read.
    """
    # Imported late: it brings the downloaders with it.
    from selfieseg_engine.registry.obtain import weights_state

    folder = ir_dir(manifest)
    ir_state = "missing" if not folder.exists() else "ready" if is_intact_ir(folder) else "damaged"
    return {
        "id": manifest.id,
        "title": manifest.title,
        "good_for": manifest.good_for,
        "licence": manifest.licence,
        "non_commercial": manifest.non_commercial,
        "cost": manifest.cost,
        "bytes": _bytes(manifest),
        "ms": measured_ms(manifest.id),
        "iou": manifest.iou,
        "gives_matte": bool(manifest.output.person),
        "classes": list(manifest.output.classes),
        "source": registry.origin(manifest.id),
        "at_hand": weights_at_hand(manifest),
        "can_be_fetched": any(not isinstance(source, OwnExport) for source in manifest.sources),
        "weights": weights_state(manifest),
        "ir": ir_state,
    }


def list_lines(summary: dict[str, Any]) -> list[str]:
    """Return one model's lines of the list. Pure."""
    own = ", your own" if summary["source"] == "own" else ""
    return [
        f"{summary['id']}: {summary['title']}{own}",
        f"    {summary['good_for']}",
        f"    gives {_what_it_gives(summary)}",
        f"    {_size(summary)}; {_licence(summary)}; {_speed(summary)}; {_quality(summary)}",
        f"    {_state(summary)}",
    ]


def show_lines(manifest: Manifest, summary: dict[str, Any]) -> list[str]:
    """Return all about one model as lines."""
    facts = manifest.input
    rows = [
        ("good for", manifest.good_for),
        ("licence", f"{_licence(summary)}, {manifest.credit}"),
        ("speed", _speed(summary)),
        ("quality", _quality(summary)),
        ("input", f"{facts.width}x{facts.height} {facts.colour} ({facts.resize}), {facts.dtype}"),
        ("pixels", f"(value - {list(facts.mean)}) / {list(facts.scale)}"),
        ("gives", _what_it_gives(summary)),
        ("output", f"{manifest.output.meaning}, {manifest.output.channels} channel(s)"),
    ]
    if manifest.is_recurrent:
        rows.append(("memory", "it leans on the frames before"))
    digest = manifest.file.digest or "no hash: it is recorded when you add the file"
    rows.append(("file", f"{manifest.file.name}, {_size(summary)}, {digest}"))
    rows += [("source", source_text(source)) for source in manifest.sources]
    rows.append(("weights", f"{_state(summary)}: {cached_weights_path(manifest)}"))
    return [f"{manifest.id}: {manifest.title}", *(f"  {name:<11}{text}" for name, text in rows)]


def source_text(source: Source) -> str:
    """Return where weights come from. Pure."""
    if isinstance(source, WheelSource):
        return f"PyPI, {source.project} {source.version}, {source.member}"
    return source.recipe if isinstance(source, OwnExport) else source.url


def _bytes(manifest: Manifest) -> int | None:
    """Return the size that the manifest tells, or that of the file where that is here."""
    if manifest.file.bytes is not None:
        return manifest.file.bytes
    cached = cached_weights_path(manifest)
    return cached.stat().st_size if cached.is_file() else None


def _what_it_gives(summary: dict[str, Any]) -> str:
    gifts = ["a matte of the person"] if summary["gives_matte"] else []
    if summary["classes"]:
        gifts.append(f"classes: {', '.join(summary['classes'])}")
    return "; ".join(gifts)


def _size(summary: dict[str, Any]) -> str:
    return "size unknown" if summary["bytes"] is None else f"{summary['bytes'] / 1e6:.1f} MB"


def _licence(summary: dict[str, Any]) -> str:
    licence: str = summary["licence"]
    return f"{licence} (NON-COMMERCIAL USE ONLY)" if summary["non_commercial"] else licence


def _speed(summary: dict[str, Any]) -> str:
    if summary["ms"] is None:
        return f"cost {summary['cost']}, speed not measured here yet"
    return f"cost {summary['cost']}, {summary['ms']:.1f} ms here"


def _quality(summary: dict[str, Any]) -> str:
    return "IoU not measured" if summary["iou"] is None else f"IoU {summary['iou']:.3f}"


def _state(summary: dict[str, Any]) -> str:
    if summary["weights"] == "missing" and not summary["can_be_fetched"]:
        return "nobody publishes this file: make it as `selfieseg models show` says, and add it"
    return _STATE_TEXTS[summary["weights"]]
