"""Whether a face of a film can be changed: verdicts on single frames, voted on over time.

One frame may be blurred, or have a hand passing by; a switch that follows each verdict would flicker.
"""

from __future__ import annotations

from math import exp

from pixelfes.face.trust.verdicts import Verdict

_CONSTANT = 0.5
"""Seconds within which verdicts are averaged."""
_ON, _OFF = 0.6, 0.4
"""Share of good verdicts from which on a face is trusted, and below which it is not."""


class Trust:
    """The trust in one face."""

    def __init__(self) -> None:
        self.verdict = Verdict.OK
        self.is_on = False
        self._share = 0.0
        self._time: float | None = None

    def judged(self, verdict: Verdict, time: float) -> None:
        """Count a verdict at a time, s."""
        good = float(verdict == Verdict.OK)
        step = float("inf") if self._time is None else max(0.0, time - self._time)
        self._share += (1 - exp(-step / _CONSTANT)) * (good - self._share)
        self.is_on = self._share > (_OFF if self.is_on else _ON)
        self._time = time
        if self.is_on or verdict != Verdict.OK:
            self.verdict = Verdict.OK if self.is_on else verdict
