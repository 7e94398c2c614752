from __future__ import annotations

from selfieseg_engine.server.life import FIRST_CLIENT_GRACE_SECONDS, Life


def test_waits_longer_for_the_first_client() -> None:
    life = Life(10.0, False, alone_since=0.0)
    life.note_clients(0, 5.0)
    assert not life.is_over(FIRST_CLIENT_GRACE_SECONDS - 1)
    assert life.is_over(FIRST_CLIENT_GRACE_SECONDS)


def test_leaves_after_lingering() -> None:
    life = Life(10.0, False, alone_since=0.0)
    life.note_clients(1, 1.0)
    assert not life.is_over(1000.0)
    life.note_clients(0, 1000.0)
    life.note_clients(0, 1005.0)
    assert not life.is_over(1009.0)
    assert life.is_over(1010.0)


def test_a_client_that_returns_starts_it_anew() -> None:
    life = Life(10.0, False, alone_since=0.0)
    for now in (1.0, 12.0):
        life.note_clients(1, now)
        life.note_clients(0, now + 1)
    assert not life.is_over(22.0)
    assert life.is_over(23.0)


def test_a_long_linger_is_kept_before_the_first_client_too() -> None:
    assert not Life(100.0, False, alone_since=0.0).is_over(99.0)


def test_staying_never_ends() -> None:
    life = Life(0.0, True, alone_since=0.0)
    assert not life.is_over(1e9)


def test_a_pause_does_not_count() -> None:
    life = Life(10.0, False, alone_since=0.0, had_client=True)
    life.excuse(3600.0)
    assert not life.is_over(3605.0)
    assert life.is_over(3610.0)
