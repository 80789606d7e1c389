"""Smooth functions of numbers; and pictures without jumps: blurred before they are reduced, read between their pixels.

Convention: coordinates are (x, y), x right, y down, in pixels of the picture, pixel centres at whole numbers.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Array, Floats

_FRACTIONS = np.float32(32)
"""OpenCV 4 reads a picture at multiples of 1/32 pixel; the exports do so too. OpenCV 5 reads it anywhere."""


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


def sample_cubic(picture: AnyArray, coordinates: Floats, border: int = cv2.BORDER_REPLICATE) -> AnyArray:
    """Return a picture (H, W[, C]) at coordinates (h, w, 2), interpolated by a cubic.

    Parameters
    ----------
    picture : (H, W) or (H, W, C) uint8 or float32
    coordinates : (h, w, 2) float32
    border : int
        What lies outside the picture, a border mode of OpenCV.

    Returns
    -------
    (h, w) or (h, w, C) of the picture's dtype
    """
    return np.asarray(cv2.remap(picture, _rounded(coordinates), None, cv2.INTER_CUBIC, borderMode=border))


def sample_linear(picture: AnyArray, coordinates: Floats, outside: tuple[float, ...] = (0.0,)) -> Floats:
    """Return a picture (H, W[, C]) at coordinates (h, w, 2), interpolated linearly; outside it has another value.

    Parameters
    ----------
    picture : (H, W) or (H, W, C) float32, or uint8, which gives whole numbers
    coordinates : (h, w, 2) float32
    outside : tuple of float
        A value for each channel.

    Returns
    -------
    (h, w) or (h, w, C) float32
    """
    places = _rounded(coordinates)
    found = cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)
    return np.asarray(found, np.float32)


def _rounded(coordinates: Floats) -> Floats:
    rounded = np.multiply(coordinates, _FRACTIONS, dtype=np.float32)
    return np.multiply(np.rint(rounded, out=rounded), 1 / _FRACTIONS, out=rounded)
