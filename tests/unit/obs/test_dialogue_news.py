from __future__ import annotations

from selfieseg_obs.dialogue_news import INTERVAL_SECONDS, DialogueNews

KEY, OTHER = (0, 1), (1, 1)


def test_only_what_has_changed_is_shown_anew() -> None:
    news = DialogueNews()
    assert not news.is_due(KEY, "", 100.0), "what the dialogue was opened with"
    assert not news.is_due(KEY, "", 105.0)
    assert news.is_due(KEY, "1 %", 110.0)
    assert not news.is_due(KEY, "1 %", 115.0)
    assert news.is_due(KEY, "", 120.0)


def test_not_more_often_than_once_a_second_and_never_too_late() -> None:
    news = DialogueNews()
    news.is_due(KEY, "", 100.0)
    shown = [
        percent
        for percent in range(1, 41)
        if news.is_due(KEY, f"{min(percent, 35)} %", 100.0 + percent * INTERVAL_SECONDS / 4)
    ]
    assert shown == [4, 8, 12, 16, 20, 24, 28, 32, 36]


def test_each_filter_has_its_own() -> None:
    news = DialogueNews()
    for key in (KEY, OTHER):
        news.is_due(key, "", 100.0)
    assert news.is_due(KEY, "1 %", 102.0)
    assert news.is_due(OTHER, "1 %", 102.0)
    news.forget({OTHER})
    assert not news.is_due(KEY, "2 %", 104.0), "another filter of the same number"
    assert news.is_due(OTHER, "2 %", 104.0)
