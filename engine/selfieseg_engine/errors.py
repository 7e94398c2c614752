"""What went wrong, in words for the person at the keyboard. Any thread."""

from __future__ import annotations


class UserError(Exception):
    """A failure that the user can understand and do something about.

    Attributes:
        what: what failed, without a full stop.
        why: the cause.
        remedy: what the user can do now.
    """

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what = what
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        """Return ``what, why, remedy`` on one line: logs and terminals get one line per failure."""
        return " ".join(f"{self.what}, {self.why}, {self.remedy}".split())


class RegistryError(UserError):
    """No such model, or a manifest that cannot be used."""


class ManifestError(RegistryError):
    """A manifest breaks the schema; ``field`` is the dotted name of the wrong entry."""

    def __init__(self, manifest_path: str, field: str, problem: str) -> None:
        super().__init__(
            f"the manifest {manifest_path} is not valid",
            f"{field}: {problem}",
            "correct that field or restore the file",
        )
        self.field = field


class ObtainError(UserError):
    """A model's weights could not be had from any of their sources."""


class WrongHashError(ObtainError):
    """A file is not the one that was named; it is never used. ``why`` tells both hashes."""

    def __init__(self, path: str, expected: str, actual: str, remedy: str) -> None:
        super().__init__(f"{path} is not used", f"its {actual} should be {expected}", remedy)


class InferenceError(UserError):
    """OpenVINO could not read, convert, compile or run a model."""


class DeviceError(InferenceError):
    """The device asked for does not exist here or does not take the model."""


class DeviceFailedError(DeviceError):
    """A device failed, and the CPU does its work now."""


class FrameError(UserError):
    """A frame or buffer of the wrong shape, type or memory layout."""


class BackgroundError(UserError, ValueError):
    """A background that cannot be understood, or its file cannot be read."""


class PictureError(UserError):
    """A picture file that cannot be read or written."""
