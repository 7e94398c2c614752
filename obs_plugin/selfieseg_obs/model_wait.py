"""Whether a filter waits for another model, and how far a download for it is. Pure; times come in."""

from __future__ import annotations

from selfieseg_obs.choice_troubles import CLASS_CODE, MODEL_CODES
from selfieseg_obs.words import say
from selfieseg_wire.messages import Opened, Progress

# The engine tells about twice a second: after this long without a word the download has ended.
FRESH_NS = 2_000_000_000
_AUTO = "auto"


def describe_share(download: Progress) -> str:
    """Return how much of a download is there: a percentage, or megabytes where the whole is not known."""
    if download.total_bytes:
        percent = min(100, 100 * download.done_bytes // download.total_bytes)
        return say("python.percent", number=percent)
    return say("python.megabytes", number=f"{download.done_bytes / 1e6:.1f}")


class ModelWait:
    """One filter's. The helper thread only."""

    def __init__(self, model: str) -> None:
        """Begin with waiting for ``model``, an id or ``auto``."""
        self._awaited: str | None = model
        self._progress: Progress | None = None
        self._heard_ns = 0
        self._known: set[str] = set()

    def begin(self, model: str) -> None:
        """Another model, or device, was asked for."""
        self._awaited = model
        self._known.clear()

    def opened(self, opened: Opened) -> None:
        """The engine works with this model from now on; an answer to an earlier choice ends no wait."""
        if self._awaited in (None, _AUTO, opened.model):
            self._awaited = None
        if self._progress is not None and self._progress.model == opened.model:
            self._progress = None

    def failed(self, code: str, ends_session: bool) -> None:
        """The engine cannot do something; ``code`` is its ``Error``'s."""
        if ends_session or code.startswith(MODEL_CODES):
            self._awaited = self._progress = None
        elif code.startswith(CLASS_CODE):
            self._progress = None  # of a class model; the engine tells of others again

    def tell(self, progress: Progress, now_ns: int) -> bool:
        """Take note of how far a download is; return whether it is the first word of this one."""
        self._progress, self._heard_ns = progress, now_ns
        is_new = progress.model not in self._known
        self._known.add(progress.model)
        return is_new

    def download(self, now_ns: int) -> Progress | None:
        """Return the newest word of the download that is under way, None where none is."""
        is_fresh = self._progress is not None and now_ns - self._heard_ns <= FRESH_NS
        return self._progress if is_fresh else None

    def news(self, now_ns: int) -> str:
        """Return what is worth making an open dialogue anew for: a download, and what comes of it."""
        download = self.download(now_ns)
        if download is not None:
            return f"{download.model} {describe_share(download)}"
        return "loading" if self.is_waiting and self._known else ""

    @property
    def is_waiting(self) -> bool:
        """Whether a model that was asked for is not at work yet."""
        return self._awaited is not None
