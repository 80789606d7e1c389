"""The windows of a photo in which a detector looks for faces: the whole photo first, then ever smaller squares.

What a detector can resolve decides on them: it finds a face if its box is at least `SMALLEST_SHARE` of the window's side.

Convention: image pixels, x right, y down; windows are measured from the outer edge of the photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np

from pixelfes.face.detector.boxes import FaceBox

SMALLEST_FACE = 20
"""Side of the smallest box that is looked for, pixels; its face is about 25 pixels high."""
SMALLEST_SHARE = 0.137
"""Side of the smallest box that the short-range detector finds in a window, in sides of the window."""
_LARGEST_SHARE = 8
"""Largest side of a window, in shorter sides of the photo; a face in a larger one could not be seen."""
_FACES_ACROSS = 50
"""Of the smallest faces that are looked for by default, in the square root of the photo's area."""
_STEP = 0.6
"""Distance of neighbouring windows, in sides; a box of up to 0.4 sides lies in one of them as a whole."""
_FIRST_SHRINK = 0.625  # two windows in a row cover the photo
_SHRINK = 0.42  # at least, from then on


@dataclass(frozen=True)
class Window:
    """A square window; the part of it outside the photo is empty.

    Attributes
    ----------
    x, y : float
        Left and upper edge, image pixels.
    side : float
        Image pixels.
    """

    x: float
    y: float
    side: float

    def cuts(self, box: FaceBox, height: int, width: int) -> bool:
        """Return whether a box reaches over an edge of the window that lies inside the photo."""
        half = box.side / 2
        low, high = np.array([box.x, box.y]) - half, np.array([box.x, box.y]) + half
        start = np.array([self.x, self.y])
        end = start + self.side
        inner_start, inner_end = start > 0, end < [width, height]
        return bool(((low < start) & inner_start).any() or ((high > end) & inner_end).any())


def smallest_face(height: int, width: int) -> float:
    """Return the side of the smallest box that is looked for in any photo of this size, pixels."""
    return max(SMALLEST_FACE, sqrt(height * width) / _FACES_ACROSS)


def window_levels(height: int, width: int, smallest: float) -> list[list[Window]]:
    """Return the windows of each size, the largest first.

    Parameters
    ----------
    height, width : int
        Of the photo, pixels.
    smallest : float
        Side of the smallest box to find, pixels.

    Returns
    -------
    list of list of Window
        Empty if no such box fits into the photo.
    """
    if min(height, width) < smallest:
        return []
    largest = float(min(max(height, width), _LARGEST_SHARE * min(height, width)))
    least = smallest / SMALLEST_SHARE
    sides = [largest]
    if least < largest:
        sides.append(max(least, largest * _FIRST_SHRINK))
    return [_windows(height, width, side) for side in sides + _sides_between(sides[-1], least)]


def finer_levels(height: int, width: int, smallest: float, finest: float) -> list[list[Window]]:
    """Return the windows that follow those of `window_levels` down to a still smaller box of side ``finest``."""
    if min(height, width) < smallest:
        return []
    sides = _sides_between(smallest / SMALLEST_SHARE, finest / SMALLEST_SHARE)
    return [_windows(height, width, side) for side in sides]


def _sides_between(side: float, least: float) -> list[float]:
    """Return sides that shrink by the same factor from below one to another."""
    if least >= side:
        return []
    steps = ceil(log(least / side) / log(_SHRINK))
    shrink = (least / side) ** (1 / steps)
    return [side * shrink**step for step in range(1, steps + 1)]


def _windows(height: int, width: int, side: float) -> list[Window]:
    return [Window(x, y, side) for y in _starts(height, side) for x in _starts(width, side)]


def _starts(length: int, side: float) -> list[float]:
    """Return where windows start along a side of the photo; a window larger than the photo is centred on it."""
    if side >= length:
        return [(length - side) / 2]
    count = ceil((length - side) / (_STEP * side) - 1e-9) + 1
    return [i * (length - side) / (count - 1) for i in range(count)]
