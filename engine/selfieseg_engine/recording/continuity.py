"""Times that go on where those of a recording begin again, as after a cut or in joined broadcasts. Pure."""

from __future__ import annotations

from fractions import Fraction

# Times of decoding grow; what lies so far before the last one of its track belongs to another count.
_BACK_SECONDS = Fraction(1, 2)


class Continuity:
    """Of one recording's tracks. Times are seconds."""

    def __init__(self) -> None:
        self._newest = Fraction(0)
        self._offsets: dict[int, Fraction] = {}
        self._expected: dict[int, Fraction] = {}

    def offset(self, track: int, decoded: Fraction, duration: Fraction) -> Fraction:
        """Return what is to be added to the times of a track's next packet, which is decoded at ``decoded``.

        Where a track's times begin again it goes on where it was. At such a place one track's packets come
        before and after another's: each has its own offset, and all that can have the same one, so that
        sound stays with its pictures.
        """
        offset = self._offsets.get(track, self._newest)
        expected = self._expected.get(track)
        if expected is not None and decoded + offset < expected - _BACK_SECONDS:
            offset = self._newest
            if abs(decoded + offset - expected) > _BACK_SECONDS:
                offset = self._newest = expected - decoded
        self._offsets[track] = offset
        self._expected[track] = decoded + offset + duration
        return offset

    @property
    def newest(self) -> Fraction:
        """What is to be added to times that tell nothing themselves, such as those of subtitles."""
        return self._newest
