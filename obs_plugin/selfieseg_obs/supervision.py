"""When to start, greet and kill the engine. Decides purely; engine_process and engine_link act.

Times are seconds of a monotonic clock.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

STARTUP_LIMIT_S = 30.0  # a cold start converts and compiles nothing, but disks can be slow
WELCOME_LIMIT_S = 5.0
IDLE_LIMIT_S = 3.0  # without a filter before we leave: a scene switch takes them all away for a moment
SILENCE_LIMIT_S = 8.0  # longer than a laptop's hiccup; the policy has long hidden the room by then
GOOD_LIFE_S = 10.0
SHORT_LIVES_FORGIVEN = 100  # an engine that is killed comes back at once, one that kills itself not for ever
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0


class Action(enum.Enum):
    """What to do next."""

    WAIT = "wait"
    START = "start"
    CONNECT = "connect"
    KILL = "kill"
    LEAVE = "leave"


@dataclass
class BackOff:
    """How long to wait before the next start: not at all after a life that served, else doubling."""

    failures: int = 0
    short_lives: int = 0
    not_before: float = 0.0

    def engine_lost(self, now: float, served: bool, lived_s: float) -> None:
        """Note that the engine has ended; ``served``: it had sent a matte in that life."""
        if not served:
            self.failures += 1
        elif lived_s >= GOOD_LIFE_S:
            self.failures = self.short_lives = 0
        else:
            self.short_lives += 1
            self.failures = max(0, self.short_lives - SHORT_LIVES_FORGIVEN)
        delay = min(FIRST_DELAY_S * 2 ** (self.failures - 1), LONGEST_DELAY_S) if self.failures else 0.0
        self.not_before = now + delay


@dataclass
class EngineView:
    """What is known of the engine."""

    wanted: bool = False  # some filter is there
    wanted_at: float = 0.0  # when one was there last
    process_alive: bool = False  # a process that we started, or that a record names
    record_found: bool = False  # a record that names a living process
    started: bool = False  # by us, and not yet connected to or given up
    connected: bool = False  # Hello was sent
    welcomed: bool = False
    since: float = 0.0  # when the present step began: started, or Hello sent
    heard: float = 0.0  # when the engine last said anything
    back_off: BackOff = field(default_factory=BackOff)


def decide(view: EngineView, now: float) -> Action:
    """Return the next action."""
    if not view.wanted:
        idle = now - view.wanted_at > IDLE_LIMIT_S
        return Action.LEAVE if view.connected and idle else Action.WAIT
    if view.welcomed:
        if not view.process_alive:
            return Action.KILL
        return Action.KILL if now - view.heard > SILENCE_LIMIT_S else Action.WAIT
    if view.connected:
        too_long = now - view.since > WELCOME_LIMIT_S
        return Action.KILL if too_long or not view.process_alive else Action.WAIT
    if view.record_found:
        return Action.CONNECT
    if view.process_alive:
        return Action.KILL if now - view.since > STARTUP_LIMIT_S else Action.WAIT
    if view.started:
        return Action.KILL  # it ended before it listened: counts as lost, for the back-off
    return Action.START if now >= view.back_off.not_before else Action.WAIT
