"""Sources of OBS, by ctypes: find them, ask them, change them. Standard library only; any thread.

Handles are addresses: a *source* is a strong reference held for the length of a ``with``, a *weak* one
survives the source and must be given back. Functions that call somebody else's code with a lock held
(``obs_source_get_width`` does, with the filter mutex) are not here, see libobs.py.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Mapping

from selfieseg_obs.obs_data import ObsData, Setting

_VIDEO = 1  # OBS_SOURCE_VIDEO


class ObsSources:
    """The sources of this OBS."""

    def __init__(self, library: str) -> None:
        """Bind to the libobs at this path."""
        obs = ctypes.CDLL(library)
        pointer, text, flag = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_bool
        for name, result, arguments in (
            ("obs_get_source_by_name", pointer, [text]),
            ("obs_source_get_weak_source", pointer, [pointer]),
            ("obs_weak_source_get_source", pointer, [pointer]),
            ("obs_weak_source_release", None, [pointer]),
            ("obs_source_release", None, [pointer]),
            ("obs_source_get_name", text, [pointer]),
            ("obs_source_removed", flag, [pointer]),
            ("obs_source_get_output_flags", ctypes.c_uint32, [pointer]),
            ("obs_source_get_base_width", ctypes.c_uint32, [pointer]),
            ("obs_source_enabled", flag, [pointer]),
            ("obs_source_set_enabled", None, [pointer, flag]),
            ("obs_source_update_properties", None, [pointer]),
            ("obs_source_set_muted", None, [pointer, flag]),
            ("obs_source_inc_showing", None, [pointer]),
            ("obs_source_dec_showing", None, [pointer]),
            ("obs_source_get_settings", pointer, [pointer]),
            ("obs_source_update", None, [pointer, pointer]),
            ("obs_source_create_private", pointer, [text, text, pointer]),
            ("obs_enum_sources", None, [pointer, pointer]),
            ("obs_enum_scenes", None, [pointer, pointer]),
            ("obs_source_enum_full_tree", None, [pointer, pointer, pointer]),
            ("obs_source_enum_filters", None, [pointer, pointer, pointer]),
        ):
            function = getattr(obs, name)
            function.restype, function.argtypes = result, arguments
        self._obs = obs
        self._data = ObsData(library)

    @contextlib.contextmanager
    def named(self, name: str) -> Iterator[int | None]:
        """Yield the source or scene of this name, None where there is none."""
        with self._held(self._obs.obs_get_source_by_name(name.encode())) as source:
            yield source

    @contextlib.contextmanager
    def alive(self, weak: int) -> Iterator[int | None]:
        """Yield the source of a weak reference, None where it is gone."""
        with self._held(self._obs.obs_weak_source_get_source(weak)) as source:
            yield source

    @contextlib.contextmanager
    def _held(self, source: int | None) -> Iterator[int | None]:
        try:
            yield source
        finally:
            if source:
                self.release(source)

    def release(self, source: int) -> None:
        """Give a strong reference back; after the last libobs destroys the source, on a thread of its own."""
        self._obs.obs_source_release(source)

    def weak(self, source: int) -> int:
        """Return a weak reference; give it back with ``release_weak``."""
        return int(self._obs.obs_source_get_weak_source(source))

    def release_weak(self, weak: int) -> None:
        """Give a weak reference back."""
        self._obs.obs_weak_source_release(weak)

    def name(self, source: int) -> str:
        """Return the source's name."""
        name: bytes | None = self._obs.obs_source_get_name(source)
        return name.decode(errors="replace") if name else ""

    def is_removed(self, source: int) -> bool:
        """Return whether the user has removed it; it may live on while somebody holds it."""
        return bool(self._obs.obs_source_removed(source))

    def has_video(self, source: int) -> bool:
        """Return whether it is of a kind that has a picture."""
        return bool(self._obs.obs_source_get_output_flags(source) & _VIDEO)

    def width(self, source: int) -> int:
        """Return the width of a media source's picture, 0 before the first. Not for other kinds of source."""
        return int(self._obs.obs_source_get_base_width(source))

    def is_enabled(self, source: int) -> bool:
        """Return whether a filter is switched on."""
        return bool(self._obs.obs_source_enabled(source))

    def set_enabled(self, source: int, enabled: bool) -> None:
        """Switch a filter on or off; OBS's windows follow."""
        self._obs.obs_source_set_enabled(source, enabled)

    def renew_dialogue(self, source: int) -> None:
        """Have an open dialogue of its properties made anew, by the thread that shows it."""
        self._obs.obs_source_update_properties(source)

    def begin_showing(self, source: int) -> None:
        """Count as somebody who shows it; balance with ``end_showing``."""
        self._obs.obs_source_inc_showing(source)

    def end_showing(self, source: int) -> None:
        """Take back one ``begin_showing``."""
        self._obs.obs_source_dec_showing(source)

    def setting(self, source: int, key: str) -> str | None:
        """Return a text of its settings, None where it has none."""
        return self._data.take_string(self._obs.obs_source_get_settings(source), key)

    def update(self, source: int, settings: Mapping[str, Setting]) -> None:
        """Change these settings; the source follows before its next frame."""
        with self._data.made(settings) as data:
            self._obs.obs_source_update(source, data)

    def create_silent(self, kind: str, name: str, settings: Mapping[str, Setting]) -> int | None:
        """Return a strong reference to a new source that no list shows and nobody hears, None if it fails."""
        with self._data.made(settings) as data:
            source: int | None = self._obs.obs_source_create_private(kind.encode(), name.encode(), data)
        if source:
            self._obs.obs_source_set_muted(source, True)
        return source

    def call_for_each(self, callback: int, data: int) -> None:
        """Have the C function ``bool callback(data, source)`` called for each input, group and scene.

        libobs holds its list's mutex meanwhile: no Python callback, and none that takes a lock.
        """
        self._obs.obs_enum_sources(callback, data)
        self._obs.obs_enum_scenes(callback, data)

    def call_for_tree(self, source: int, callback: int, data: int) -> None:
        """Have ``void callback(parent, child, data)`` called for all that ``source`` shows, at any depth.

        libobs holds the scenes' mutexes meanwhile: no Python callback, and none that takes a lock.
        """
        self._obs.obs_source_enum_full_tree(source, callback, data)

    def call_for_filters(self, source: int, callback: int, data: int) -> None:
        """Have ``void callback(source, filter, data)`` called for each filter of ``source``.

        libobs holds the filters' mutex meanwhile: no Python callback, and none that takes a lock.
        """
        self._obs.obs_source_enum_filters(source, callback, data)
