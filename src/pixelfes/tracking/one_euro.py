"""The one-euro filter: smooth what hardly moves, and follow what moves fast.

References
----------
G. Casiez et al., "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive Systems", CHI 2012.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array


@dataclass(frozen=True)
class OneEuroSettings:
    """The constants of a one-euro filter.

    Attributes
    ----------
    cutoff : float
        Cut-off frequency at rest, Hz.
    slope : float
        What a unit of speed adds to the cut-off frequency, Hz per unit a second.
    speed_cutoff : float
        Cut-off frequency of the speed itself, Hz.
    """

    cutoff: float
    slope: float
    speed_cutoff: float


def gain(cutoff: Array | float, step: float) -> Array | float:
    """Return the share of a new value that a low-pass of a cut-off frequency (Hz) takes after a step (s).

    Examples
    --------
    >>> gain(1.0, 0.0), round(float(gain(1.0, 1 / (2 * np.pi))), 3)
    (0.0, 0.5)
    """
    turns = 2 * np.pi * cutoff * step
    return turns / (turns + 1)


class OneEuro:
    """A filter of arrays of one shape, fed with a value and a time.

    Parameters
    ----------
    settings : OneEuroSettings
    speed_of : callable, optional
        Returns the speed of each entry from the derivative of the value, broadcast to its shape; the magnitude by default.
    """

    def __init__(self, settings: OneEuroSettings, speed_of: Callable[[Array], Array] = np.abs) -> None:
        self._settings = settings
        self._speed_of = speed_of
        self._time = 0.0
        self._given: Array | None = None
        self._value = self._derivative = np.zeros(0)

    def filtered(self, given: Array, time: float) -> Array:
        """Return the filtered value at a time, s; the first value passes, and so does one whose time does not go on."""
        step = time - self._time
        if self._given is None or step <= 0:
            self._value, self._derivative = given, np.zeros_like(given)
        else:
            raw = (given - self._given) / step
            self._derivative = self._derivative + gain(self._settings.speed_cutoff, step) * (raw - self._derivative)
            cutoff = self._settings.cutoff + self._settings.slope * self._speed_of(self._derivative)
            self._value = self._value + gain(cutoff, step) * (given - self._value)
        self._given, self._time = given, time
        return self._value
