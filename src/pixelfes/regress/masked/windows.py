"""The pixels of a window: offsets around a pixel, and the parts of an image that a shift keeps inside.

Convention: offsets are (rows, columns) from a pixel to one of its window, row by row. (0, 0) is the pixel itself.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from pixelfes.arrays import AnyArray

Offset: TypeAlias = tuple[int, int]
ImagePart: TypeAlias = tuple[slice, slice]
"""Slices of rows and of columns."""


def window_offsets(r: int) -> list[Offset]:
    """Return the offsets from a pixel to those of its r x r window, row by row; r is odd."""
    reach = range(-(r // 2), r // 2 + 1)
    return [(row, column) for row in reach for column in reach]


def parts_under_shift(offset: Offset, height: int, width: int) -> tuple[ImagePart, ImagePart]:
    """Return the pixels p for which p + offset is inside the image, and those p + offset.

    Examples
    --------
    >>> image = np.arange(6).reshape(2, 3)
    >>> here, there = parts_under_shift((0, 1), 2, 3)
    >>> image[here].tolist(), image[there].tolist()
    ([[0, 1], [3, 4]], [[1, 2], [4, 5]])
    """
    (rows_here, rows_there), (columns_here, columns_there) = (
        _slices_under_shift(step, size) for step, size in zip(offset, (height, width), strict=True)
    )
    return (rows_here, columns_here), (rows_there, columns_there)


def _slices_under_shift(step: int, size: int) -> tuple[slice, slice]:
    length = max(0, size - abs(step))
    here, there = max(0, -step), max(0, step)
    return slice(here, here + length), slice(there, there + length)


def observed_values(x: AnyArray, r: int) -> AnyArray:
    """Return what every pixel observes: 1 for the bias, then its window.

    Parameters
    ----------
    x : array of shape (S, H, W, ...)
    r : int
        Side of the window.

    Returns
    -------
    array of shape (r² + 1, S, H, W, ...), of the dtype of ``x``
        0 outside the image.
    """
    z = np.zeros((r**2 + 1, *x.shape), x.dtype)
    z[0] = 1
    for shifted, offset in zip(z[1:], window_offsets(r), strict=True):
        here, there = parts_under_shift(offset, *x.shape[1:3])
        shifted[:, *here] = x[:, *there]
    return z
