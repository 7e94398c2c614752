"""What models are called before the user. The helper thread only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from selfieseg_obs.words import say

if TYPE_CHECKING:
    from selfieseg_wire.messages import ModelRow


class ModelNames:
    """The titles that the engine has told."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}

    def take(self, rows: Iterable[ModelRow]) -> None:
        """Take the engine's list in the place of the one before."""
        self._titles = {row.id: row.title for row in rows}

    def name(self, model: str) -> str:
        """Return a model's name as the list in the dialogue has it; its id where it has none."""
        for key in (f"model.{model}", f"class_model.{model}"):
            translated = say(key)
            if translated != key:
                return translated
        return self._titles.get(model) or model
