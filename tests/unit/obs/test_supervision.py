"""Every state of the engine's life, decided without an engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_obs.supervision import (
    FIRST_DELAY_S,
    IDLE_LIMIT_S,
    LONGEST_DELAY_S,
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
        (view(wanted=True, back_off=BackOff(1, NOW + 0.1)), Action.WAIT),
        (view(wanted=True, back_off=BackOff(1, NOW)), Action.START),
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
    process_alive=st.booleans(),
    record_found=st.booleans(),
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
        assert not any((state.process_alive, state.record_found, state.connected, state.welcomed))


@given(views, seconds)
def test_nothing_is_killed_for_a_filter_that_is_not_there(state: EngineView, now: float) -> None:
    if not state.wanted:
        assert decide(state, now) in (Action.WAIT, Action.LEAVE)


@given(views, seconds)
def test_a_living_engine_that_speaks_is_left_alone(state: EngineView, now: float) -> None:
    state.process_alive = state.connected = state.welcomed = state.wanted = True
    state.heard = now
    assert decide(state, now) is Action.WAIT


@given(st.lists(st.booleans(), max_size=30))
def test_back_off_doubles_until_an_engine_has_served(lives: list[bool]) -> None:
    back_off = BackOff()
    in_a_row = 0
    for served in lives:
        back_off.engine_lost(NOW, served)
        in_a_row = 0 if served else in_a_row + 1
        expected = min(FIRST_DELAY_S * 2 ** (in_a_row - 1), LONGEST_DELAY_S) if in_a_row else 0.0
        assert back_off.not_before - NOW == pytest.approx(expected)


def test_back_off_is_short_at_first_and_never_longer_than_half_a_minute() -> None:
    back_off = BackOff()
    delays = []
    for _ in range(10):
        back_off.engine_lost(NOW, served=False)
        delays.append(back_off.not_before - NOW)
    assert delays[:3] == [0.5, 1.0, 2.0]
    assert delays[-1] == LONGEST_DELAY_S
