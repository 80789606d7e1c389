"""Two functions of numbers that several files here need."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def smoothstep(values: npt.ArrayLike, start: float, end: float) -> npt.NDArray[np.float64]:
    """Return 0 up to ``start``, 1 from ``end`` on, and a smooth rise between (the cubic 3u² - 2u³).

    >>> float(smoothstep(0.5, 0, 1))
    0.5
    """
    u = np.clip((np.asarray(values, dtype=np.float64) - start) / (end - start), 0, 1)
    return np.asarray(u * u * (3 - 2 * u))


def magnified(values: npt.NDArray[np.float64], centre: float, gain: float, reach: float) -> npt.NDArray[np.float64]:
    """Magnify a line around ``centre``: a monotone map with slope 1 + gain there and 1 far from it.

    The integral of ``1 + gain / (1 + ((v - centre) / reach)^2)``.
    """
    return np.asarray(values + gain * reach * np.arctan((values - centre) / reach))
