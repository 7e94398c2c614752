"""Who hears how far which download is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.registry.download_progress import DownloadProgress
from selfieseg_engine.server.clients import Client, OpenSession
from selfieseg_engine.server.progress import INTERVAL_SECONDS, ProgressReports
from selfieseg_engine.session import Session
from selfieseg_wire.messages import Progress

CLIENT = Client(b"a", 5, "obs", 0.0)
BIG = DownloadProgress("big", 10, 100)


def open_session(number: int, model: str | None, look: str = "") -> OpenSession:
    wish = None if model is None else (ModelKey(model, "CPU", 1), look)
    return OpenSession(number, cast("Session", SimpleNamespace(session_id=number, wish=wish)))


class Reports:
    def __init__(self, *downloads: DownloadProgress, auto: str | None = None) -> None:
        self.downloads = list(downloads)
        self.reports = ProgressReports(
            lambda: self.downloads, lambda key: auto if key.model == "auto" else None
        )

    def told(self, *sessions: OpenSession, now: float = 100.0) -> list[Progress]:
        pairs = [(CLIENT, entry) for entry in sessions]
        return [progress for _, progress in self.reports.due(pairs, now)]


def test_only_those_that_wish_for_the_model_hear_of_it() -> None:
    told = Reports(BIG).told(open_session(1, "big"), open_session(2, "small"), open_session(3, None))
    assert told == [Progress(1, "big", 10, 100)]


def test_auto_is_told_under_the_name_of_what_it_means() -> None:
    assert Reports(BIG, auto="big").told(open_session(1, "auto")) == [Progress(1, "big", 10, 100)]
    assert Reports(BIG).told(open_session(1, "auto")) == []


def test_the_class_model_of_a_look_is_told_too() -> None:
    hair = DownloadProgress("hair", 3, 0)
    told = Reports(BIG, hair).told(open_session(1, "big", "class_model=hair"))
    assert told == [Progress(1, "big", 10, 100), Progress(1, "hair", 3, 0)]
    assert Reports(BIG).told(open_session(1, "big", "class_model=big")) == [Progress(1, "big", 10, 100)]


def test_it_is_told_about_twice_a_second() -> None:
    reports = Reports(BIG)
    entry = open_session(1, "big")
    assert reports.told(entry, now=100.0)
    assert reports.told(entry, now=100.0 + INTERVAL_SECONDS * 0.9) == []
    assert reports.told(entry, now=100.0 + INTERVAL_SECONDS)


def test_what_is_under_way_is_known_whoever_waits_for_it() -> None:
    reports = Reports(BIG)
    assert reports.told(now=100.0) == []
    assert reports.reports.under_way == {"big"}
    reports.downloads.clear()
    assert reports.told(now=101.0) == []
    assert reports.reports.under_way == frozenset()


def test_an_id_that_fits_no_message_is_not_told() -> None:
    endless = DownloadProgress("x" * 64, 1, 2)
    assert Reports(endless).told(open_session(1, endless.model_id)) == []
