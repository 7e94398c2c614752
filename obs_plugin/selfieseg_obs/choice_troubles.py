"""What the engine cannot do of what the user has chosen, while the session goes on without it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from selfieseg_obs.options import Options

CLASS_CODE, BACKDROP_CODE = "class_", "backdrop_"
# The beginnings of the codes of such errors, and the choice that each is about (the engine tells it once).
_KEEPS_OLD_MODEL: dict[str, Callable[[Options], object]] = {
    "model_": lambda options: (options.model, options.device),
    "device_": lambda options: (options.model, options.device),
}
_GOES_WITHOUT: dict[str, Callable[[Options], object]] = {
    CLASS_CODE: lambda options: options.settings.get("class_model"),
    BACKDROP_CODE: lambda options: (options.background, options.background_file),
    "look_": lambda options: options.look,
}
_CHOICES = _KEEPS_OLD_MODEL | _GOES_WITHOUT

MODEL_CODES = tuple(_KEEPS_OLD_MODEL)  # with an open session the engine keeps the old model or device
SETTING_CODES = tuple(_GOES_WITHOUT)  # open or not, the engine goes on without this part of the look


class ChoiceTroubles:
    """One filter's; each is kept until its choice changes or works."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[object, str]] = {}  # by the code's beginning: the choice, what is wrong

    def texts(self, wants_classes: bool) -> list[str]:
        """Return what is wrong now, in plain words; of class models only where one is wanted."""
        return [text for prefix, (_, text) in self._found.items() if prefix != CLASS_CODE or wants_classes]

    def add(self, code: str, text: str, options: Options) -> None:
        """Keep what is wrong with a choice in ``options``; ``code`` begins as one of those above."""
        prefix = next(prefix for prefix in _CHOICES if code.startswith(prefix))
        self._found[prefix] = (_CHOICES[prefix](options), text)

    def has(self, prefix: str) -> bool:
        """Return whether something is wrong with this choice."""
        return prefix in self._found

    def follow(self, options: Options) -> None:
        """Forget what was wrong with choices that are others in ``options``."""
        self._found = {
            prefix: (choice, text)
            for prefix, (choice, text) in self._found.items()
            if choice == _CHOICES[prefix](options)
        }

    def works(self, *prefixes: str) -> None:
        """Forget what was wrong with these."""
        for prefix in prefixes:
            self._found.pop(prefix, None)
