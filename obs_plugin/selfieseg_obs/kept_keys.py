"""The keys that the user has bound to one filter's hotkeys, as the filter's settings keep them. Pure.

libobs keeps keys with the source, by the hotkey's name, and only those of hotkeys that are registered when
it saves: one start of OBS without the Python half, and they would be gone. And of two filters on a source the
one that is found first would get the keys of the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

SETTING = "selfieseg_hotkeys"
Binding: TypeAlias = dict[str, str | bool]  # {"key": "OBS_KEY_F9", "control": True}


@dataclass(frozen=True)
class KeptKeys:
    """What is kept.

    Attributes:
        owner: made up for one filter: in the settings of another one that lives beside it, it tells a copy.
        place: among the filters of the source, from 1; it is in the names of the hotkeys.
        keys: the bindings by hotkey.
    """

    owner: str
    place: int
    keys: Mapping[str, list[Binding]]

    @property
    def is_worth_keeping(self) -> bool:
        """Whether a filter without this would get something else."""
        return self.place > 1 or any(self.keys.values())

    def text(self) -> str:
        """Return it as a setting."""
        kept = {"owner": self.owner, "place": self.place, "keys": dict(self.keys)}
        return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def read_kept_keys(text: str) -> KeptKeys | None:
    """Return what a setting keeps, None where that is nothing, or was not written by ``text``."""
    try:
        kept = json.loads(text)
        owner, place, keys = kept["owner"], kept["place"], kept["keys"]
        is_whole = isinstance(owner, str) and type(place) is int and place >= 1
        bindings = {name: [dict(binding) for binding in bound] for name, bound in keys.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return KeptKeys(owner, place, bindings) if is_whole else None
