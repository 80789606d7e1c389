"""What is read from a face beside its landmarks, and how it is kept from flickering in a film.

A photo uses what is read. A film filters it over time, reads what is costly not in every frame, and switches with
hysteresis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from typing import Protocol

import numpy as np

from pixelfes.arrays import AnyArray

BAND = 0.2
"""Half the width of the hysteresis of a switch, in units of its level."""
SWITCH_FADE = 0.15
"""Seconds in which a switch goes from off to on."""
DRIFT, CALMING = 0.5, 1.0
"""Time constants of the mean that restlessness departs from, and of restlessness itself, seconds."""
ROUSING = 0.25
"""The same while restlessness grows."""


@dataclass(frozen=True)
class Pace:
    """How often something is read, and how fast its filtered value follows, seconds."""

    interval: float = 0.0
    constant: float = 0.4


PACES = {
    "light": Pace(0.1, 0.4),
    "look": Pace(0.1, 0.4),
    "bare skin": Pace(0.08, 0.12),
    "blur": Pace(0.2, 0.6),
    "grain": Pace(0.2, 0.6),
    "shown": Pace(0.0, 0.3),
    "state": Pace(0.0, 0.6),
    "teeth": Pace(0.0, 0.15),
    "childlike": Pace(0.0, 2.0),
}
"""The pace of each read-out by the first word of its name."""


class Readouts(Protocol):
    """How read-outs of one face are used."""

    def steady(self, name: str, read: Callable[[], AnyArray]) -> AnyArray:
        """Return a read-out."""
        ...  # pragma: no cover

    def switch(self, name: str, value: float, level: float) -> float:
        """Return 1 if a value is above a level, 0 if it is not, and what lies between while it changes."""
        ...  # pragma: no cover

    def restless(self, name: str, value: float) -> float:
        """Return the mean departure of a value from its own mean of late."""
        ...  # pragma: no cover


class AsRead:
    """Read-outs of a photo: used as they are read."""

    def steady(self, name: str, read: Callable[[], AnyArray]) -> AnyArray:
        """Return what is read."""
        return read()

    def switch(self, name: str, value: float, level: float) -> float:
        """Return 1 if a value is above a level, else 0."""
        return float(value > level)

    def restless(self, name: str, value: float) -> float:
        """Return 0: a photo does not move."""
        return 0.0


AS_READ = AsRead()


@dataclass
class _Known:
    target: AnyArray
    value: AnyArray
    read_at: float
    used_at: float


@dataclass
class _Switch:
    is_on: bool
    share: float
    time: float


@dataclass
class _Restless:
    mean: float
    departure: float
    time: float


class SteadyReadouts:
    """Read-outs of one face in a film; `begin` announces each frame."""

    def __init__(self) -> None:
        self._time = 0.0
        self._known: dict[str, _Known] = {}
        self._switches: dict[str, _Switch] = {}
        self._restless: dict[str, _Restless] = {}

    def begin(self, time: float) -> None:
        """Go on to the frame of a time, s."""
        self._time = time

    def steady(self, name: str, read: Callable[[], AnyArray]) -> AnyArray:
        """Return a read-out, filtered; it is read anew only if its pace says so."""
        pace, known, now = PACES.get(name.partition(":")[0], Pace()), self._known.get(name), self._time
        if known is None:
            value = np.asarray(read())
            self._known[name] = _Known(value, value, now, now)
            return value
        if now - known.read_at >= pace.interval or now < known.read_at:
            known.target, known.read_at = np.asarray(read()), now
        if known.target.shape != known.value.shape:
            known.value = known.target
        step, known.used_at = max(0.0, now - known.used_at), now
        known.value = known.value + (1 - exp(-step / pace.constant)) * (known.target - known.value)
        known.value = known.value.astype(known.target.dtype)
        return known.value

    def switch(self, name: str, value: float, level: float) -> float:
        """Return a switch that turns on above a band around its level, off below it, and fades between."""
        known = self._switches.get(name)
        if known is None:
            is_on = value > level
            self._switches[name] = _Switch(is_on, float(is_on), self._time)
            return float(is_on)
        known.is_on = value > level * (1 - BAND if known.is_on else 1 + BAND)
        step = max(0.0, self._time - known.time) / SWITCH_FADE
        known.share = float(np.clip(known.share + (step if known.is_on else -step), 0, 1))
        known.time = self._time
        return known.share

    def restless(self, name: str, value: float) -> float:
        """Return the mean departure of a value from its own mean of late; it grows faster than it falls."""
        known = self._restless.setdefault(name, _Restless(value, 0.0, self._time))
        step = max(0.0, self._time - known.time)
        known.mean += (1 - exp(-step / DRIFT)) * (value - known.mean)
        away = abs(value - known.mean)
        constant = ROUSING if away > known.departure else CALMING
        known.departure += (1 - exp(-step / constant)) * (away - known.departure)
        known.time = self._time
        return known.departure
