"""The lower half of a face, registered to the mean face, as numbers that light and colour of a photo hardly change.

Convention: (column, row) on a square grid of `SIDE` pixels; "right" and "left" are the person's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Self

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Floats, Pixels
from pixelfes.face.alignment import mean_face
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import OUTER_MOUTH

SIDE = 64
DARKEST = 0.02
COLOUR_FLOOR = 0.05
SMOOTHING = 1.0
"""Blur of registered textures, standard deviation, pixels of the grid."""
_LOWER_FACE = (50, 280, 205, 425, 214, 434, 199, 208, 428, 2, 4, 98, 327, 187, 411, 212, 432)
_CHEEKS = (50, 280, 101, 330, 36, 266, 205, 425, 4, 6, 197, 117, 346)
_CHIN = (17, 199, 152, 148, 377, 176, 400, 140, 369, 171, 396, 182, 406, 83, 313, 212, 432, 57, 287)
_PART_GRID = (2, 4)
"""Rows and columns of the parts of the mouth."""


@dataclass(frozen=True)
class MouthTexture:
    """The channels of registered faces.

    Attributes
    ----------
    luminance : (N, S, S) float32
        Logarithm of the luminance.
    red, blue : (N, S, S) float32
        Logarithm of red or blue in units of green.
    """

    luminance: Floats
    red: Floats
    blue: Floats

    @classmethod
    def of(cls, textures: Iterable[Floats]) -> Self:
        """Return the channels of textures (S, S, 3), 0 to 1, slightly blurred."""
        blurred = np.array([cv2.GaussianBlur(np.asarray(t, np.float32), (0, 0), SMOOTHING) for t in textures])
        green = blurred[..., 1] + COLOUR_FLOOR
        return cls(
            np.log(np.maximum(blurred @ LUMINANCE.astype(np.float32), DARKEST)),
            np.log((blurred[..., 0] + COLOUR_FLOOR) / green),
            np.log((blurred[..., 2] + COLOUR_FLOOR) / green),
        )


@dataclass(frozen=True)
class Regions:
    """Regions of the grid, (S, S) bool each.

    Attributes
    ----------
    face : the lower face, which the model of textures explains
    cheeks, lips, chin, around_lips : what their names say
    parts : list of 8, the mouth and its surroundings cut into two rows and four columns
    windows : list of 6, larger overlapping windows: right, left, upper, lower, middle, whole
    """

    face: Booleans
    cheeks: Booleans
    lips: Booleans
    chin: Booleans
    around_lips: Booleans
    parts: list[Booleans]
    windows: list[Booleans]


def register_mouth(pixels: Pixels, landmarks: Array) -> Floats:
    """Return the texture (S, S, 3), 0 to 1, of a face in a photo (H, W, 3); landmarks in image pixels."""
    return mouth_registration().texture(pixels, landmarks)


@cache
def mouth_regions() -> Regions:
    """Return the regions of the grid."""
    lips = _hull(OUTER_MOUTH)
    near = cv2.GaussianBlur(lips.astype(np.float32), (0, 0), 2.5) > 0.15
    return Regions(
        face=_hull(_LOWER_FACE),
        cheeks=_hull(_CHEEKS),
        lips=lips,
        chin=_grown(_hull(_CHIN), 1),
        around_lips=near & ~lips,
        parts=_parts(_grown(lips, 3)),
        windows=_windows(lips),
    )


@cache
def mouth_registration() -> MeshRegistration:
    """Return the registration to the mean face on the grid."""
    return MeshRegistration(mean_face(), SIDE)


def _hull(points: tuple[int, ...]) -> Booleans:
    vertices = np.round(mouth_registration().vertices[list(points)]).astype(np.int32)
    drawn = cv2.fillConvexPoly(np.zeros((SIDE, SIDE), np.uint8), cv2.convexHull(vertices), 1)
    return np.asarray(drawn) > 0


def _grown(region: Booleans, by: int) -> Booleans:
    return np.asarray(cv2.dilate(region.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8))) > 0


def _box(top: float, bottom: float, left: float, right: float) -> Booleans:
    region = np.zeros((SIDE, SIDE), np.bool_)
    region[round(top) : round(bottom), round(left) : round(right)] = True
    return region


def _parts(mouth: Booleans) -> list[Booleans]:
    """Cut the box of a region into parts, row by row."""
    rows, columns = (np.flatnonzero(mouth.any(axis)) for axis in (1, 0))
    down = np.linspace(rows[0], rows[-1] + 1, _PART_GRID[0] + 1)
    across = np.linspace(columns[0], columns[-1] + 1, _PART_GRID[1] + 1)
    boxes = [(*rows, *columns) for rows in pairwise(down) for columns in pairwise(across)]
    return [_box(*box) for box in boxes]


def _windows(lips: Booleans) -> list[Booleans]:
    """Return windows in units of the width of the mouth, around its middle."""
    columns, rows = np.flatnonzero(lips.any(0)), np.flatnonzero(lips.any(1))
    width = len(columns)
    x, y = columns.mean() + 0.5, rows.mean() + 0.5
    shares = [
        (-0.45, 0.4, -0.65, 0.0),
        (-0.45, 0.4, 0.0, 0.65),
        (-0.45, 0.0, -0.65, 0.65),
        (0.0, 0.45, -0.65, 0.65),
        (-0.45, 0.4, -0.35, 0.35),
        (-0.55, 0.2, -0.4, 0.4),
    ]
    return [_box(y + a * width, y + b * width, x + c * width, x + d * width) for a, b, c, d in shares]
