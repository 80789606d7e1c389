"""Read pictures between their pixels, alike with OpenCV 4 and 5.

Convention: coordinates are (x, y), x right, y down, in pixels of the picture, pixel centres at whole numbers.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Floats

Level: TypeAlias = tuple[float, ...]

_FRACTIONS = np.float32(32)
"""OpenCV 4 reads a picture at multiples of 1/32 pixel; the exports do so too. OpenCV 5 reads it anywhere."""


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


def sample_linear(picture: Floats, coordinates: Floats, outside: Level = (0.0,)) -> Floats:
    """Return a picture (H, W[, C]) at coordinates (h, w, 2), interpolated linearly; outside it has another value.

    Parameters
    ----------
    picture : (H, W) or (H, W, C) float32
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
