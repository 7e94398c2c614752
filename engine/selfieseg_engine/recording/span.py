"""A part of a recording. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Which frames of a recording are read. All times are stored pts in ticks of the picture track.

    Attributes:
        key_dts: decoding time of the key frame from which all that follow can be decoded.
        lead_in: when the first frame is shown that is read at all.
        start: when the first frame is shown that counts; those before it are lead-in.
        stop: when the first frame is shown that is not read any more; None for the recording's end.
        anew: frames at which the segmenter looks anew (see ``Segmenter.look_anew``), as neighbours do.
    """

    key_dts: int
    lead_in: int
    start: int
    stop: int | None
    anew: tuple[int, ...] = ()

    def is_over(self, pts: int | None) -> bool:
        """Return whether a frame of this time lies behind the span."""
        return self.stop is not None and pts is not None and pts >= self.stop

    def is_before(self, pts: int | None) -> bool:
        """Return whether a frame of this time lies before the lead-in; so does one without a time."""
        return pts is None or pts < self.lead_in

    def is_lead_in(self, pts: int | None) -> bool:
        """Return whether a frame of this time is lead-in or lies before it."""
        return pts is None or pts < self.start
