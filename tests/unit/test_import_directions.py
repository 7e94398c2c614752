"""Who may import whom, as DESIGN.md draws it: read from the source, so that lazy imports count too."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "selfieseg_wire": ROOT / "engine" / "selfieseg_wire",
    "selfieseg_engine": ROOT / "engine" / "selfieseg_engine",
    "selfieseg_obs": ROOT / "obs_plugin" / "selfieseg_obs",
}
OURS = ("selfieseg_wire", "selfieseg_engine", "selfieseg_obs", "selfieseg_setup")
STDLIB = sys.stdlib_module_names

# Every edge that DESIGN.md forbids: who must not import what.
FORBIDDEN = {
    "selfieseg_wire": ("selfieseg_engine", "selfieseg_obs", "selfieseg_setup"),
    "selfieseg_engine": ("selfieseg_obs",),
    "selfieseg_obs": ("selfieseg_engine",),
    "selfieseg_engine.server": ("selfieseg_engine.cli",),
    "selfieseg_engine.client": ("selfieseg_engine.server", "selfieseg_engine.cli"),
    **{
        f"selfieseg_engine.{name}": ("selfieseg_engine.server", "selfieseg_engine.cli")
        for name in (
            "session",
            "model_leases",
            "frame_inference",
            "segmenter",
            "inference",
            "registry",
            "model_shelf",
            "live",
            "batch",
        )
    },
    "selfieseg_engine.recording": ("selfieseg_engine.batch", "selfieseg_engine.cli"),
    "selfieseg_engine.segmenter": ("selfieseg_engine.session",),
    "selfieseg_engine.inference": ("selfieseg_engine.session", "selfieseg_engine.segmenter"),
    "selfieseg_engine.registry": ("selfieseg_engine.session", "selfieseg_engine.inference"),
    "selfieseg_engine.matte": ("selfieseg_engine.inference", "selfieseg_engine.session", "selfieseg_wire"),
    "selfieseg_engine.composite": (
        "selfieseg_engine.inference",
        "selfieseg_engine.session",
        "selfieseg_wire",
    ),
}
# Third-party modules that only these places may import.
ONLY_IN = {
    "distributed": ("selfieseg_engine.batch.dask_cluster",),
    "openvino": ("selfieseg_engine.inference",),
    "zmq": ("selfieseg_engine.server", "selfieseg_engine.client", "selfieseg_obs.engine_link"),
    "click": ("selfieseg_engine.cli",),
    "msgpack": ("selfieseg_wire.messages",),
    "requests": ("selfieseg_engine.registry",),
    "av": ("selfieseg_engine.recording",),
    "nncf": ("selfieseg_engine.inference",),
    "pygame": ("selfieseg_engine.live.window",),
    "pyvirtualcam": ("selfieseg_engine.live.virtual_camera",),
}
# Packages that know nothing but these third-party modules.
KNOWS_ONLY = {
    "selfieseg_wire": ("msgpack",),
    "selfieseg_engine.matte": ("numpy", "cv2"),
    "selfieseg_engine.composite": ("numpy", "cv2"),
    "selfieseg_obs": ("zmq", "obspython"),
}


def module_name(package: str, folder: Path, path: Path) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join((package, *(part for part in parts if part != "__init__")))


def imported_names(source: str) -> Iterator[str]:
    """Yield what a source imports; ``from a import b`` yields ``a.b``, for ``b`` may be a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def all_imports() -> list[tuple[str, str]]:
    return [
        (module_name(package, folder, path), name)
        for package, folder in PACKAGES.items()
        for path in sorted(folder.rglob("*.py"))
        for name in imported_names(path.read_text(encoding="utf-8"))
    ]


IMPORTS = all_imports()


def is_in(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


def test_there_is_something_to_look_at() -> None:
    assert {module.split(".")[0] for module, _ in IMPORTS} == set(PACKAGES)


def test_the_reader_sees_lazy_and_nested_imports() -> None:
    source = "def f():\n    import a.b\n    from c import d\nif True:\n    from e.f import g as h\n"
    assert set(imported_names(source)) == {"a.b", "c.d", "e.f.g"}


@pytest.mark.parametrize("place", sorted(FORBIDDEN))
def test_forbidden_directions(place: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, name in IMPORTS
        if is_in(module, place) and any(is_in(name, forbidden) for forbidden in FORBIDDEN[place])
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_libraries_with_one_place(library: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, name in IMPORTS
        if is_in(name, library) and not any(is_in(module, place) for place in ONLY_IN[library])
    ]
    assert wrong == []


@pytest.mark.parametrize("place", sorted(KNOWS_ONLY))
def test_places_that_know_little(place: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, name in IMPORTS
        if is_in(module, place)
        and (top := name.split(".")[0]) not in STDLIB
        and top not in OURS
        and top not in KNOWS_ONLY[place]
    ]
    assert wrong == []


def test_only_the_desktop_side_uses_the_set_up() -> None:
    """Commands and the isolated OBS know where OBS keeps things; the engine itself does not."""
    allowed = ("selfieseg_engine.cli", "selfieseg_engine.isolated_obs")
    wrong = [
        f"{module} imports {name}"
        for module, name in IMPORTS
        if is_in(name, "selfieseg_setup") and not any(is_in(module, place) for place in allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("place", sorted({*FORBIDDEN, *KNOWS_ONLY}))
def test_every_rule_is_about_something_that_exists(place: str) -> None:
    assert any(is_in(module, place) for module, _ in IMPORTS)
