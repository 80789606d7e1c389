"""How sharp a photo shows a face, measured at its eyes and its mouth.

Convention: landmarks are in image pixels, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pixelfes.arrays import Array, Indices, Pixels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import LEFT_EYE, OUTER_MOUTH, RIGHT_EYE

EDGE_TO_DEVIATION = 2.507
"""The square root of 2 pi: an edge of contrast c that is blurred by s has the steepest slope c / (2.507 s)."""
SHARP = 0.022
"""Blur of the sharpest photos that the maps were learned from, in distances between the eyes."""
SAMPLING = 0.7
"""Blur of every photo by its own pixels."""
LEAST = 0.3
"""Smaller differences of blur, in pixels, are left alone."""
MOST = 0.2
"""Largest blur that is matched, in distances between the eyes."""
_MARGIN = 0.35
_CONTRAST, _STEEPEST = (5, 95), 98  # percentiles
_LEVELS, _SLOPES, _SOBEL = 256, 2048, 8  # Sobel's sums are eight times the slope; at most 255 * 4 along each axis


def missing_blur(pixels: Pixels, landmarks: Array) -> float:
    """Return the blur that sharp detail needs to fit into a photo (H, W, 3) uint8: a deviation in pixels, 0 if none."""
    distance = eye_distance(landmarks)
    blur = min(edge_blur(pixels, landmarks, [RIGHT_EYE, LEFT_EYE]), edge_blur(pixels, landmarks, [OUTER_MOUTH]))
    missing = float(np.sqrt(max(0.0, min(blur, MOST * distance) ** 2 - (SHARP * distance) ** 2 - SAMPLING**2)))
    return missing if missing > LEAST else 0.0


def edge_blur(pixels: Pixels, landmarks: Array, parts: Sequence[tuple[int, ...]]) -> float:
    """Return the blur of the steepest edges around some outlines, pixels; infinite if nothing can be measured."""
    values, slopes = np.zeros(_LEVELS, np.int64), np.zeros(_SLOPES, np.int64)
    for part in parts:
        outline = landmarks[list(part), :2]
        margin = _MARGIN * float(np.ptp(outline, axis=0).max())
        low = np.maximum(np.floor(outline.min(0) - margin).astype(int), 0)
        high = np.minimum(np.ceil(outline.max(0) + margin).astype(int) + 1, pixels.shape[1::-1])
        if (high - low < 3).any():
            continue
        grey = cv2.cvtColor(pixels[low[1] : high[1], low[0] : high[0]], cv2.COLOR_RGB2GRAY)
        across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx)[1:-1, 1:-1] for dx in (1, 0))
        values += np.bincount(grey.ravel(), minlength=_LEVELS)
        slopes += np.bincount(cv2.magnitude(across, down).astype(np.int64).ravel(), minlength=_SLOPES)
    if not values.any():
        return float("inf")
    contrast = _percentile(values, _CONTRAST[1]) - _percentile(values, _CONTRAST[0])
    return contrast / (EDGE_TO_DEVIATION * max(_percentile(slopes, _STEEPEST) / _SOBEL, 1e-3))


def _percentile(counts: Indices, percent: int) -> int:
    """Return the smallest value up to which a percentage of the counted values lies."""
    return int(np.searchsorted(np.cumsum(counts), percent / 100 * counts.sum()))
