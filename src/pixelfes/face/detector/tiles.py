"""Where to look for faces: tiles of a large photo, boxes that do not repeat, and upright crops around them.

Convention: boxes are in image pixels, x to the right and y down; the angle of a box is the roll of the head, clockwise in
the image, in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels

_WHOLE_IS_ENOUGH = 1280
_TILE = 960
_MAX_TILES_A_SIDE = 5
_CROP_MARGIN = 1.9
_CROP_SIDE = 640
SAME_FACE = 0.3
"""Overlap (intersection over union) from which two boxes are taken for the same face."""


@dataclass(frozen=True)
class FaceBox:
    """A square around a face: its centre and side in image pixels, its roll, and how sure the detector is."""

    x: float
    y: float
    side: float
    angle: float
    score: float

    def overlap(self, other: FaceBox) -> float:
        """Return intersection over union of the two squares, leaving their roll aside."""
        reach = (self.side + other.side) / 2
        smaller = min(self.side, other.side)
        width = min(max(0.0, reach - abs(self.x - other.x)), smaller)
        height = min(max(0.0, reach - abs(self.y - other.y)), smaller)
        both = width * height
        return both / (self.side**2 + other.side**2 - both)


def _starts(length: int) -> list[int]:
    if length <= _WHOLE_IS_ENOUGH:
        return [0]
    count = min(_MAX_TILES_A_SIDE, int(np.ceil((length - _TILE / 4) / (_TILE * 3 / 4))))
    return [round(i * (length - tile_side(length)) / (count - 1)) for i in range(count)]


def tile_side(length: int) -> int:
    """Return how long the tiles are along a side of the photo of this many pixels; neighbours overlap by a quarter or more."""
    if length <= _WHOLE_IS_ENOUGH:
        return length
    widest = _TILE + (_MAX_TILES_A_SIDE - 1) * _TILE * 3 // 4
    return _TILE if length <= widest else round(_TILE * length / widest)


def tiles(height: int, width: int) -> list[tuple[slice, slice]]:
    """Return overlapping parts of a photo in which small faces are large enough to be seen; none for a small photo."""
    if max(height, width) <= _WHOLE_IS_ENOUGH:
        return []
    rows, columns = tile_side(height), tile_side(width)
    return [(slice(y, y + rows), slice(x, x + columns)) for y, x in product(_starts(height), _starts(width))]


def without_repeats(boxes: list[FaceBox]) -> list[FaceBox]:
    """Return the surest box of every face: those that overlap a surer one are dropped."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda b: b.score, reverse=True):
        if all(box.overlap(other) < SAME_FACE for other in kept):
            kept.append(box)
    return kept


def upright_crop(pixels: Pixels, box: FaceBox) -> tuple[Pixels, Array]:
    """Cut out a face with some margin, turned upright, at a size that a landmark model needs.

    Returns
    -------
    crop : (S, S, 3) uint8
    to_image : (2, 3) float64
        Takes crop pixels (x, y, 1) to image pixels.
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
    """Halve a photo by area until a crop of this side is not much larger than needed: warping alone would alias."""
    shrink = 1.0
    while side * shrink >= 2 * _CROP_SIDE and min(pixels.shape[:2]) >= 128:
        height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
        pixels = np.asarray(
            cv2.resize(pixels[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
        shrink /= 2
    return pixels, shrink
