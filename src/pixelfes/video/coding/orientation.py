"""Turn frames upright by the display matrix of a clip.

Convention: rows run down and columns to the right; a turn is counted in quarter turns counter-clockwise.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.video.coding.colours import Planes


@dataclass(frozen=True)
class Orientation:
    """What makes a stored frame upright: a mirroring from left to right, then quarter turns.

    Attributes
    ----------
    mirrored : bool
    turns : int
        0 to 3.
    """

    mirrored: bool = False
    turns: int = 0

    @property
    def swaps_sides(self) -> bool:
        """Whether width becomes height."""
        return self.turns % 2 == 1

    def upright(self, planes: Planes) -> Planes:
        """Return the planes of the upright frame."""
        y, u, v = (self._turned(plane) for plane in planes)
        return y, u, v

    def _turned(self, plane: Pixels) -> Pixels:
        mirrored = plane[:, ::-1] if self.mirrored else plane
        return np.ascontiguousarray(np.rot90(mirrored, self.turns))


UPRIGHT = Orientation()


def orientation_of(frame: Any) -> Orientation:
    """Return the orientation that the side data of a decoded frame state.

    A display matrix (a, b; c, d) takes a point (x, y) of the stored frame to (a x + c y, b x + d y); angles between quarter
    turns are rounded.
    """
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            numbers = struct.unpack("=9i", bytes(data)[:36])
            return orientation_from(numbers[0], numbers[1], numbers[3], numbers[4])
    return UPRIGHT


def orientation_from(a: float, b: float, c: float, d: float) -> Orientation:
    """Return the orientation of a display matrix.

    Examples
    --------
    >>> orientation_from(1, 0, 0, 1), orientation_from(0, 1, -1, 0)
    (Orientation(mirrored=False, turns=0), Orientation(mirrored=False, turns=3))
    """
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b  # the columns are mirrored first
    angle = np.arctan2(b, a) if (a, b) != (0, 0) else 0.0
    return Orientation(mirrored, int(np.rint(-angle / (np.pi / 2))) % 4)
