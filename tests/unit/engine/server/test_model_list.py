"""Which models the list in OBS has, in which order, and when it is told again."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time

import pytest

from selfieseg_engine.errors import RegistryError
from selfieseg_engine.registry.manifest import Manifest, OwnExport, Source, UrlSource
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME, read_manifest
from selfieseg_engine.registry.registry import CHECKOUT_MODELS_DIR
from selfieseg_engine.server.model_list import LOOK_SECONDS, ModelList, read_rows, sorted_rows
from selfieseg_wire.messages import MAX_MODELS, ModelRow, Models, encode

HAIR = ModelRow("hair", "Hair", False, True, False)
ANY = read_manifest(CHECKOUT_MODELS_DIR / "selfie_segmentation" / MANIFEST_NAME)
URL = (UrlSource("https://example.org/model.tflite"),)


def manifest(model_id: str, title: str = "", sources: tuple[Source, ...] = URL) -> Manifest:
    return dataclasses.replace(ANY, id=model_id, title=title or model_id, sources=sources)


def test_those_at_hand_come_first_and_each_part_is_in_order_of_its_titles() -> None:
    models = [
        (manifest("a", "delta"), False),
        (manifest("b", "Bravo"), False),
        (manifest("c", "charlie"), True),
        (manifest("d", "Alpha"), True),
    ]
    assert [(row.id, row.at_hand) for row in sorted_rows(models)] == [
        ("d", True), ("c", True), ("b", False), ("a", False),
    ]  # fmt: skip


def test_a_model_that_nobody_publishes_is_listed_once_it_is_at_hand() -> None:
    own = manifest("own", sources=(OwnExport("export it"),))
    assert sorted_rows([(own, False)]) == ()
    assert [row.id for row in sorted_rows([(own, True)])] == ["own"]


def test_whatever_manifests_say_the_list_can_be_sent() -> None:
    long_id, long_title = manifest("i" * 64), manifest("t", "ä" * 500)
    many = [(manifest(f"m{number:03}"), False) for number in range(2 * MAX_MODELS)]
    two_lines = [(manifest("two\nlines"), True), (manifest("0", "two\n\0\tlines"), True)]
    rows = sorted_rows([(long_id, True), (long_title, True), *two_lines, *many])
    assert len(rows) == MAX_MODELS
    assert [row.id for row in rows[:2]] == ["0", "t"]
    assert rows[0].title == "two lines"
    encode(Models(rows))


def test_only_classes_that_effects_know_count() -> None:
    voc = dataclasses.replace(ANY.output, classes=("background", "bicycle", "person"))
    hair = dataclasses.replace(ANY.output, classes=("background", "hair"), person=())
    rows = sorted_rows(
        [
            (dataclasses.replace(manifest("voc"), output=voc), True),
            (dataclasses.replace(manifest("hair"), output=hair), True),
        ]
    )
    assert {row.id: (row.gives_matte, row.gives_classes) for row in rows} == {
        "voc": (True, False),
        "hair": (False, True),
    }


def test_the_checkouts_models_are_listed() -> None:
    rows = {row.id: row for row in read_rows()}
    assert rows["selfie_segmentation"].gives_matte
    assert rows["hair_segmentation"].gives_classes
    encode(Models(tuple(rows.values())))


class Looker:
    """A list whose every look is waited for; ``rows`` is what the next one finds."""

    def __init__(self) -> None:
        self.rows: tuple[ModelRow, ...] | Exception = (HAIR,)
        self.reads = 0
        self.models = ModelList(self._read)

    def _read(self) -> tuple[ModelRow, ...]:
        self.reads += 1
        if isinstance(self.rows, Exception):
            raise self.rows
        return self.rows

    def look(self, now: float) -> Models | None:
        self.models.look(now)
        deadline = time.monotonic() + 10
        while any(thread.name == "models" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        return self.models.news()


def test_it_is_news_once_and_again_when_it_has_changed() -> None:
    looker = Looker()
    assert looker.models.newest is None
    assert looker.look(100.0) == looker.models.newest == Models((HAIR,))
    assert looker.look(100.0 + LOOK_SECONDS) is None
    looker.rows = (dataclasses.replace(HAIR, at_hand=True),)
    assert looker.look(100.0 + 2 * LOOK_SECONDS) == looker.models.newest == Models(looker.rows)


def test_it_is_read_every_few_seconds_or_when_something_has_happened() -> None:
    looker = Looker()
    for now in (100.0, 100.5, 100.9 + LOOK_SECONDS, 101.0 + LOOK_SECONDS):
        looker.look(now)
    assert looker.reads == 2
    looker.models.look_soon()
    looker.look(101.1 + LOOK_SECONDS)
    assert looker.reads == 3


def test_a_registry_that_cannot_be_read_is_told_once_and_the_last_list_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    looker = Looker()
    looker.look(0.0)
    looker.rows = RegistryError("no models", "the folder is gone", "restore it")
    with caplog.at_level(logging.WARNING):
        for count in range(1, 4):
            assert looker.look(count * LOOK_SECONDS) is None
    assert looker.models.newest == Models((HAIR,))
    assert [record.message.count("the folder is gone") for record in caplog.records] == [1]
