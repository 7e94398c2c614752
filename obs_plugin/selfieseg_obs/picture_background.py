"""The background "image": when to ask the engine for which picture, and what is published of it meanwhile.

The engine reads the file, because it may be large or slow to come and OBS must not wait for it. The helper
thread only.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.chosen_file import FileLook, Stamp
from selfieseg_obs.picture_region import PictureRegion
from selfieseg_obs.picture_size import picture_size
from selfieseg_obs.say_error import say_error
from selfieseg_obs.words import say
from selfieseg_wire.messages import Backdrop, BackdropDone
from selfieseg_wire.paths import run_dir
from selfieseg_wire.structs import FilterEntry

_WORDS = "python.background.image"
_serials = itertools.count(1)


@dataclass(frozen=True)
class Wanted:
    """A picture: the file as it was, and the frame's size."""

    path: str
    stamp: Stamp
    width: int
    height: int


@dataclass(frozen=True)
class _Asked:
    wanted: Wanted
    session: int
    serial: int
    region: PictureRegion


class PictureBackground:
    """The picture behind one filter's person.

    What is published stays until the next one is ready, also while the engine restarts. ``trouble`` says what
    is wrong with the picture, and is empty while nothing is.
    """

    def __init__(self, bridge: BridgeView, entry: FilterEntry) -> None:
        self._bridge = bridge
        self._entry = entry
        self._shown: tuple[Wanted, PictureRegion] | None = None
        self._asked: _Asked | None = None
        self._refused: tuple[Wanted, int] | None = None  # and the session that refused it
        self._file = FileLook(_WORDS)
        self._path = ""
        self._stamp: Stamp | None = None
        self.trouble = ""

    def follow(self, path: str, session: int | None, now: float) -> Backdrop | None:
        """Return what to ask the engine in ``session`` (None while there is none), if anything."""
        self._look_at_file(path, now)
        wanted = self._wanted()
        if wanted is None:
            self._forget_asked()
            return None
        if self._asked is not None and (self._asked.wanted, self._asked.session) != (wanted, session):
            self._forget_asked()
        is_shown = self._shown is not None and self._shown[0] == wanted
        if is_shown:
            self.trouble = ""
        if is_shown or self._asked is not None or session is None or self._refused == (wanted, session):
            return None
        return self._ask(wanted, session)

    def _look_at_file(self, path: str, now: float) -> None:
        if path != self._path:
            self._path, self._stamp, self.trouble = path, None, ""
        found = self._file.follow(path, now)
        if found is None:
            return
        self._stamp = found.stamp
        if found.trouble:
            self._fail(path, found.trouble)

    def _wanted(self) -> Wanted | None:
        width, height = picture_size(self._entry)
        if self._stamp is None or not width or not height:
            return None
        return Wanted(self._path, self._stamp, width, height)

    def _ask(self, wanted: Wanted, session: int) -> Backdrop | None:
        try:
            region = PictureRegion(run_dir(), wanted.width, wanted.height)
        except OSError as error:
            self._refused = (wanted, session)
            self._fail(wanted.path, say("python.background.image.no_memory", folder=run_dir(), why=error))
            return None
        self._asked = _Asked(wanted, session, next(_serials), region)
        return Backdrop(
            session=session,
            serial=self._asked.serial,
            picture_path=wanted.path,
            region_path=str(region.path),
            width=wanted.width,
            height=wanted.height,
        )

    def done(self, answer: BackdropDone) -> None:
        """Publish the picture that was asked for last, or say why there is none."""
        asked = self._asked
        if asked is None or (asked.session, asked.serial) != (answer.session, answer.serial):
            return
        self._asked = None
        if answer.trouble:
            asked.region.close()
            self._refused = (asked.wanted, asked.session)
            self._fail(asked.wanted.path, say_error(answer.trouble, answer.remedy))
            return
        self._retire()
        asked.region.publish(self._entry)
        self._shown = (asked.wanted, asked.region)
        self.trouble = ""

    def _fail(self, path: str, trouble: str) -> None:
        """An older state of the same file may stay; another picture than the chosen one may not."""
        self.trouble = trouble
        if self._shown is not None and self._shown[0].path != path:
            self._take_back()

    def _take_back(self) -> None:
        self._entry.background_generation += 1 if self._retire() else 0

    def _retire(self) -> bool:
        """Take the pixels back, and free them; the Lua half shows its copy until the generation changes."""
        shown, self._shown = self._shown, None
        if shown is None:
            return False
        self._entry.backdrop_address = 0
        if self._bridge.wait_for_renders():
            shown[1].close()
        else:
            shown[1].abandon()
        return True

    def _forget_asked(self) -> None:
        if self._asked is not None:
            self._asked.region.close()
        self._asked = None

    def end(self) -> None:
        """Take back what is published, and expect nothing any more."""
        self._forget_asked()
        self._take_back()
        self._file = FileLook(_WORDS)
        self._path, self._stamp, self._refused, self.trouble = "", None, None, ""
