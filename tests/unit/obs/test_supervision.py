"""Every state of the engine's life, decided without an engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_obs.supervision import (
    FIRST_DELAY_S,
    GOOD_LIFE_S,
    IDLE_LIMIT_S,
    LONGEST_DELAY_S,
    SHORT_LIVES_FORGIVEN,
    SILENCE_LIMIT_S,
    STARTUP_LIMIT_S,
    WELCOME_LIMIT_S,
    Action,
    BackOff,
    EngineView,
    decide,
)

NOW = 1000.0


def view(**values: object) -> EngineView:
    made = EngineView(since=NOW, heard=NOW)
    for name, value in values.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (view(), Action.WAIT),
        (view(process_alive=True, record_found=True), Action.WAIT),
        (view(connected=True, process_alive=True, wanted_at=NOW - IDLE_LIMIT_S - 1), Action.LEAVE),
        (view(connected=True, process_alive=True, wanted_at=NOW - IDLE_LIMIT_S / 2), Action.WAIT),
        (view(wanted=True), Action.START),
        (view(wanted=True, back_off=BackOff(failures=1, not_before=NOW + 0.1)), Action.WAIT),
        (view(wanted=True, back_off=BackOff(failures=1, not_before=NOW)), Action.START),
        (view(wanted=True, started=True, process_alive=True), Action.WAIT),
        (view(wanted=True, started=True), Action.KILL),  # it ended before it listened
        (view(started=True), Action.WAIT),  # the same, but nobody needs it any more
        (view(wanted=True, started=True, process_alive=True, record_found=True), Action.CONNECT),
        (view(wanted=True, process_alive=True), Action.WAIT),
        (view(wanted=True, process_alive=True, since=NOW - STARTUP_LIMIT_S - 1), Action.KILL),
        (view(wanted=True, process_alive=True, record_found=True), Action.CONNECT),
        (view(wanted=True, process_alive=True, connected=True), Action.WAIT),
        (
            view(wanted=True, process_alive=True, connected=True, since=NOW - WELCOME_LIMIT_S - 1),
            Action.KILL,
        ),
        (view(wanted=True, connected=True), Action.KILL),
        (view(wanted=True, process_alive=True, connected=True, welcomed=True), Action.WAIT),
        (view(wanted=True, connected=True, welcomed=True), Action.KILL),
        (
            view(
                wanted=True,
                process_alive=True,
                connected=True,
                welcomed=True,
                heard=NOW - SILENCE_LIMIT_S - 0.1,
            ),
            Action.KILL,
        ),
    ],
)
def test_decisions(state: EngineView, action: Action) -> None:
    assert decide(state, NOW) is action


seconds = st.floats(0, 100)
views = st.builds(
    EngineView,
    wanted=st.booleans(),
    wanted_at=seconds,
    process_alive=st.booleans(),
    record_found=st.booleans(),
    started=st.booleans(),
    connected=st.booleans(),
    welcomed=st.booleans(),
    since=seconds,
    heard=seconds,
    back_off=st.builds(BackOff, failures=st.integers(0, 20), not_before=seconds),
)


@given(views, seconds)
def test_an_engine_is_started_only_where_none_can_be(state: EngineView, now: float) -> None:
    if decide(state, now) is Action.START:
        assert state.wanted
        assert now >= state.back_off.not_before
        assert not any(
            (state.process_alive, state.record_found, state.started, state.connected, state.welcomed)
        )


@given(views, seconds)
def test_nothing_is_killed_for_a_filter_that_is_not_there(state: EngineView, now: float) -> None:
    if not state.wanted:
        assert decide(state, now) in (Action.WAIT, Action.LEAVE)


@given(views, seconds)
def test_a_living_engine_that_speaks_is_left_alone(state: EngineView, now: float) -> None:
    state.process_alive = state.connected = state.welcomed = state.wanted = True
    state.heard = now
    assert decide(state, now) is Action.WAIT


@given(views, seconds)
def test_a_connection_outlasts_a_scene_switch(state: EngineView, now: float) -> None:
    if decide(state, now) is Action.LEAVE:
        assert state.connected
        assert not state.wanted
        assert now - state.wanted_at > IDLE_LIMIT_S


def delay(back_off: BackOff, *, served: bool, lived_s: float) -> float:
    """End a life; return how long the next one must wait."""
    back_off.engine_lost(NOW, served, lived_s)
    return back_off.not_before - NOW


@given(st.lists(st.booleans(), max_size=30))
def test_back_off_doubles_until_an_engine_has_served(lives: list[bool]) -> None:
    back_off = BackOff()
    in_a_row = 0
    for served in lives:
        in_a_row = 0 if served else in_a_row + 1
        expected = min(FIRST_DELAY_S * 2 ** (in_a_row - 1), LONGEST_DELAY_S) if in_a_row else 0.0
        assert delay(back_off, served=served, lived_s=GOOD_LIFE_S) == pytest.approx(expected)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 2 * GOOD_LIFE_S)), max_size=100))
def test_no_delay_is_negative_or_longer_than_half_a_minute(lives: list[tuple[bool, float]]) -> None:
    back_off = BackOff()
    for served, lived_s in lives:
        assert 0 <= delay(back_off, served=served, lived_s=lived_s) <= LONGEST_DELAY_S


def test_back_off_is_short_at_first_and_never_longer_than_half_a_minute() -> None:
    back_off = BackOff()
    delays = [delay(back_off, served=False, lived_s=1.0) for _ in range(10)]
    assert delays[:3] == [0.5, 1.0, 2.0]
    assert delays[-1] == LONGEST_DELAY_S


def test_a_long_life_that_never_served_is_a_failure_all_the_same() -> None:
    assert delay(BackOff(), served=False, lived_s=100 * GOOD_LIFE_S) == FIRST_DELAY_S


def test_an_engine_that_dies_after_its_first_matte_is_not_started_for_ever() -> None:
    """A crash on some frame: each life sends a matte, so none looks like a failed start."""
    back_off = BackOff()
    delays = [delay(back_off, served=True, lived_s=1.0) for _ in range(SHORT_LIVES_FORGIVEN + 10)]
    assert delays[:SHORT_LIVES_FORGIVEN] == [0.0] * SHORT_LIVES_FORGIVEN
    assert delays[SHORT_LIVES_FORGIVEN : SHORT_LIVES_FORGIVEN + 3] == [0.5, 1.0, 2.0]
    assert delays[-1] == LONGEST_DELAY_S


def test_one_good_life_makes_up_for_all_short_ones() -> None:
    back_off = BackOff()
    for _ in range(SHORT_LIVES_FORGIVEN + 5):
        delay(back_off, served=True, lived_s=1.0)
    assert delay(back_off, served=True, lived_s=GOOD_LIFE_S) == 0.0
    delays = [delay(back_off, served=True, lived_s=1.0) for _ in range(SHORT_LIVES_FORGIVEN + 1)]
    assert delays == [0.0] * SHORT_LIVES_FORGIVEN + [FIRST_DELAY_S]


def test_a_short_life_that_served_ends_a_row_of_failed_starts() -> None:
    back_off = BackOff()
    for _ in range(5):
        delay(back_off, served=False, lived_s=0.0)
    assert delay(back_off, served=True, lived_s=1.0) == 0.0
    assert delay(back_off, served=False, lived_s=0.0) == FIRST_DELAY_S
