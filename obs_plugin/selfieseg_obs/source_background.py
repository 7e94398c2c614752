"""The background "source": another source of OBS, drawn live behind the person. The helper thread only."""

from __future__ import annotations

from selfieseg_obs.obs_sources import ObsSources
from selfieseg_obs.published_source import PublishedSource
from selfieseg_obs.source_walks import FilterHandle, SourceWalks
from selfieseg_obs.words import say

KEY = "background_source"


class SourceBackground:
    """Follows the source of the chosen name: through renames, until it goes, and when it comes back.

    ``trouble`` says what is wrong with the choice, and is empty while nothing is.
    """

    def __init__(self, sources: ObsSources, walks: SourceWalks, place: PublishedSource) -> None:
        self._sources = sources
        self._walks = walks
        self._place = place
        self._asked = ""  # the name by which the published source was chosen
        self.trouble = ""

    def follow(self, name: str, handle: FilterHandle | None) -> None:
        """Publish the source ``name``, or say why not; call again and again.

        Without a handle (OBS draws a copy of a scene that it lists nowhere) nothing is known of the parent:
        then the Lua half alone sees to it that the parent is not drawn behind itself.
        """
        if handle is None:
            self._follow(name, None, None)
            return
        with self._sources.alive(handle.parent) as parent, self._sources.alive(handle.filter) as own_filter:
            if parent is None:
                self.end()
            else:
                self._follow(name, parent, own_filter)

    def _follow(self, name: str, parent: int | None, own_filter: int | None) -> None:
        if self._place.weak is not None and self._keep(name, parent, own_filter, self._place.weak):
            self.trouble = ""
            return
        self._place.take_back()
        self.trouble = self._choose(name, parent)

    def _keep(self, name: str, parent: int | None, own_filter: int | None, weak: int) -> bool:
        """Return whether the published source is still right; if it was renamed, the setting follows."""
        with self._sources.alive(weak) as source:
            if source is None or self._sources.is_removed(source) or self._is_inside(source, parent):
                return False
            present = self._sources.name(source)
            if name == present:
                self._asked = name
                return True
            if name != self._asked:
                return False
            if own_filter is not None:
                self._sources.update(own_filter, {KEY: present})
            return True

    def _is_inside(self, source: int, parent: int | None) -> bool:
        return parent is not None and self._walks.contains(source, parent)

    def _choose(self, name: str, parent: int | None) -> str:
        if not name:
            return say("python.background.source.none")
        with self._sources.named(name) as source:
            if source is None or self._sources.is_removed(source):
                return say("python.background.source.missing", name=name)
            if source == parent:
                return say("python.background.source.itself", name=name)
            if not self._sources.has_video(source):
                return say("python.background.source.no_video", name=name)
            if self._is_inside(source, parent):
                return say("python.background.source.contains", name=name)
            self._place.publish(source)
            self._asked = name
            return ""

    def end(self) -> None:
        """Take it back."""
        self._place.take_back()
        self.trouble = ""
