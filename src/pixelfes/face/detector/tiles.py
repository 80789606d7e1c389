"""Tiles of a large photo to search for faces, boxes around faces, and upright crops of the boxes.

Convention: boxes are in image pixels, x right, y down, pixel centres at whole numbers. The angle of a box is the roll of the
head in radians, clockwise in the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels

_LARGEST_UNTILED = 1280  # pixels; a photo with no longer side is searched as a whole only
_TILE = 960  # pixels
_MOST_TILES = 5  # along one side of the photo
_CROP_MARGIN = 1.9  # side of a crop, in sides of its box
_CROP_SIDE = 640  # pixels; side of the largest crop
SAME_FACE = 0.3
"""Overlap (intersection over union) from which on two boxes count as the same face."""


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

    def overlap(self, other: FaceBox) -> float:
        """Return the intersection over union of the two squares as if neither were rolled."""
        reach = (self.side + other.side) / 2
        smaller = min(self.side, other.side)
        width = min(max(0.0, reach - abs(self.x - other.x)), smaller)
        height = min(max(0.0, reach - abs(self.y - other.y)), smaller)
        both = width * height
        return both / (self.side**2 + other.side**2 - both)


def _starts(length: int) -> list[int]:
    """Return where tiles start along a side of the photo of this many pixels."""
    if length <= _LARGEST_UNTILED:
        return [0]
    count = min(_MOST_TILES, int(np.ceil((length - _TILE / 4) / (_TILE * 3 / 4))))
    return [round(i * (length - tile_side(length)) / (count - 1)) for i in range(count)]


def tile_side(length: int) -> int:
    """Return the side of the tiles along a side of the photo of this many pixels; neighbours overlap by at least a quarter."""
    if length <= _LARGEST_UNTILED:
        return length
    widest = _TILE + (_MOST_TILES - 1) * _TILE * 3 // 4
    return _TILE if length <= widest else round(_TILE * length / widest)


def tiles(height: int, width: int) -> list[tuple[slice, slice]]:
    """Return rows and columns of overlapping tiles, in which a detector sees small faces; none for a small photo."""
    if max(height, width) <= _LARGEST_UNTILED:
        return []
    rows, columns = tile_side(height), tile_side(width)
    return [(slice(y, y + rows), slice(x, x + columns)) for y, x in product(_starts(height), _starts(width))]


def without_repeats(boxes: list[FaceBox]) -> list[FaceBox]:
    """Drop every box that overlaps one with a higher score; highest score first."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda b: b.score, reverse=True):
        if all(box.overlap(other) < SAME_FACE for other in kept):
            kept.append(box)
    return kept


def upright_crop(pixels: Pixels, box: FaceBox) -> tuple[Pixels, Array]:
    """Cut out a face with some margin, turn it upright, and reduce it to the size that a landmark model needs.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    box : FaceBox

    Returns
    -------
    crop : (S, S, 3) uint8
        S is from 64 to 640.
    to_image : (2, 3) float64
        The affine map from crop pixels (x, y, 1) to image pixels.
    """
    side = box.side * _CROP_MARGIN
    pixels, shrink = _reduced(pixels, side)
    size = int(np.clip(np.ceil(side * shrink), 64, _CROP_SIDE))
    cos, sin = np.cos(box.angle) * side / size, np.sin(box.angle) * side / size
    middle = (size - 1) / 2
    linear = np.array([[cos, -sin], [sin, cos]])
    offset = np.array([box.x, box.y]) - linear @ [middle, middle]
    to_image = np.column_stack([linear, offset])
    to_reduced = to_image.copy() * shrink
    to_reduced[:, 2] += (shrink - 1) / 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(pixels, to_reduced, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, dtype=np.uint8), to_image


def _reduced(pixels: Pixels, side: float) -> tuple[Pixels, float]:
    """Halve a photo by averaging until a crop of this side is at most twice as large as needed; warping alone would alias.

    Return the reduced photo and its scale.
    """
    shrink = 1.0
    while side * shrink >= 2 * _CROP_SIDE and min(pixels.shape[:2]) >= 128:
        height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
        pixels = np.asarray(
            cv2.resize(pixels[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
        shrink /= 2
    return pixels, shrink
