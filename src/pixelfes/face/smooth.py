"""Smooth functions of numbers, and the blur before a picture is reduced."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats


def smoothstep(values: npt.ArrayLike, start: float, end: float) -> Array:
    """Return 0 up to ``start``, 1 from ``end`` on, and the cubic 3u² - 2u³ between.

    Examples
    --------
    >>> float(smoothstep(0.5, 0, 1))
    0.5
    """
    u = np.clip((np.asarray(values, dtype=np.float64) - start) / (end - start), 0, 1)
    return np.asarray(u * u * (3 - 2 * u))


def magnified(values: Array, centre: float, gain: float, reach: float) -> Array:
    """Magnify coordinates around a centre: a monotone map with slope 1 + gain at the centre and 1 far from it.

    This is the integral of ``1 + gain / (1 + ((v - centre) / reach)²)``.
    """
    return np.asarray(values + gain * reach * np.arctan((values - centre) / reach))


def antialiased(picture: Floats, step: float) -> Floats:
    """Blur a picture (H, W[, C]) that is then sampled every ``step`` pixels; a step of at most 1 needs no blur."""
    if step <= 1:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 * float(np.sqrt(step**2 - 1)) + 1e-3), np.float32)
