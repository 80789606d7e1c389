"""Square boxes around faces.

Convention: boxes are in image pixels, x right, y down, pixel centres at whole numbers. The angle of a box is the roll of the
head in radians, clockwise in the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

_SAME_BY_UNION = 0.3
_SAME_BY_SMALLER = 0.7


@dataclass(frozen=True)
class FaceBox:
    """A square around a face.

    Attributes
    ----------
    x, y : float
        Centre, image pixels.
    side : float
        Image pixels.
    angle : float
        Roll of the head, radians.
    score : float
        Confidence of the detector, 0 to 1.
    """

    x: float
    y: float
    side: float
    angle: float
    score: float

    def turned(self, turns: int) -> FaceBox:
        """Return the box turned clockwise about its centre by quarter turns."""
        return replace(self, angle=self.angle + turns * np.pi / 2)

    def is_same_face(self, other: FaceBox) -> bool:
        """Return whether two boxes show one face: they overlap by much of both, or one lies inside the other.

        The overlap is that of the two squares as if neither were rolled.
        """
        reach, smaller = (self.side + other.side) / 2, min(self.side, other.side)
        width = min(max(0.0, reach - abs(self.x - other.x)), smaller)
        height = min(max(0.0, reach - abs(self.y - other.y)), smaller)
        both = width * height
        union = self.side**2 + other.side**2 - both
        return both >= _SAME_BY_UNION * union or both >= _SAME_BY_SMALLER * smaller**2


def without_repeats(boxes: Sequence[FaceBox]) -> list[FaceBox]:
    """Drop every box of a face that has a box with a higher score; highest score first."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda b: b.score, reverse=True):
        if not any(box.is_same_face(other) for other in kept):
            kept.append(box)
    return kept
