"""OpenCV's cubic interpolation of 8-bit pictures, as whole numbers: what its remap multiplies pixels by."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

FRACTIONS = 32
"""Coordinates are rounded to so many parts of a pixel."""
SCALE_BITS = 15
"""The weights of 4 x 4 pixels add to 1 shifted by so many bits."""

_STEEPNESS = np.float32(-0.75)


@cache
def cubic_table() -> npt.NDArray[np.int16]:
    """Return the weights (32, 32, 4, 4) of the pixels around a place, by its fraction below and to the right of a pixel.

    Rounded products of two one-dimensional kernels; one of the four in the middle takes what rounding leaves.
    """
    lines = _lines()
    table = np.empty((FRACTIONS, FRACTIONS, 4, 4), np.int16)
    for row, below in enumerate(lines):
        for column, right in enumerate(lines):
            weights = np.rint(below[:, None] * right * np.float32(1 << SCALE_BITS)).clip(-(2**15), 2**15 - 1)
            missing = (1 << SCALE_BITS) - weights.sum()
            middle = weights[2:, 2:]
            middle.flat[middle.argmax() if missing > 0 else middle.argmin()] += missing
            table[row, column] = weights
    return table


def _lines() -> npt.NDArray[np.float32]:
    """Return the cubic kernel of four pixels for every fraction, (32, 4)."""
    return np.stack([cubic_weights(x) for x in np.arange(FRACTIONS, dtype=np.float32) / np.float32(FRACTIONS)])


def cubic_weights(share: np.float32) -> npt.NDArray[np.float32]:
    """Return what the four pixels around a place count for, by its share of the way from the second to the third."""
    a, one, x = _STEEPNESS, np.float32(1), share
    first = ((a * (x + one) - 5 * a) * (x + one) + 8 * a) * (x + one) - 4 * a
    second = ((a + 2) * x - (a + 3)) * x * x + one
    third = ((a + 2) * (one - x) - (a + 3)) * (one - x) * (one - x) + one
    return np.array([first, second, third, one - first - second - third], np.float32)
