"""When an open dialogue is made anew by itself: rarely, as whoever works in it is disturbed. Pure."""

from __future__ import annotations

from selfieseg_obs.bridge import FilterKey

INTERVAL_SECONDS = 1.0


class DialogueNews:
    """Compares what dialogues show of downloads with what they should. The helper thread only."""

    def __init__(self) -> None:
        self._shown: dict[FilterKey, tuple[str, float]] = {}  # and since when, in seconds

    def is_due(self, key: FilterKey, news: str, now: float) -> bool:
        """Return whether the dialogue is to show ``news``, which it does from then on.

        The first news of a filter are what its dialogue was opened with. Later ones wait until the last
        are a second old.
        """
        shown, since = self._shown.get(key, (news, now))
        is_due = news != shown and now - since >= INTERVAL_SECONDS
        if is_due or key not in self._shown:
            self._shown[key] = news, now
        return is_due

    def forget(self, present: set[FilterKey]) -> None:
        """Forget the filters that are not present."""
        self._shown = {key: shown for key, shown in self._shown.items() if key in present}
