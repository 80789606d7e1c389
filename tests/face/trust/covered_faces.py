"""Photos of faces with something drawn over the mouth, placed by their landmarks."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.landmarks import eye_centres

_JAW = (93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323)


def masked(pixels: Pixels, points: Array, colour: tuple[int, int, int], top: float = -0.5) -> Pixels:
    """A face mask with two folds; its upper edge lies above the mouth by so many distances between the eyes."""
    at = _frame(points)
    upper = np.array([at(0.62, top + 0.25), at(0.3, top), at(0, top - 0.1), at(-0.3, top), at(-0.62, top + 0.25)])
    out = _filled(pixels, np.concatenate([points[list(_JAW), :2], upper]), colour)
    for down in (top + 0.25, top + 0.5):
        fold = tuple(int(0.8 * level) for level in colour)
        ends = [tuple(int(v) for v in np.round(at(x, down))) for x in (-0.45, 0.45)]
        cv2.line(out, ends[0], ends[1], fold, 2, cv2.LINE_AA)
    return out


def behind_a_bar(pixels: Pixels, points: Array, colour: tuple[int, int, int]) -> Pixels:
    """A bar across the mouth."""
    at = _frame(points)
    corners = np.array([at(-1.4, -0.25), at(1.4, -0.25), at(1.4, 0.3), at(-1.4, 0.3)])
    return _filled(pixels, corners, colour)


def _frame(points: Array):  # type: ignore[no-untyped-def]
    """The map from distances between the eyes, right and down of the mouth, to image pixels."""
    right, left = (eye[:2] for eye in eye_centres(points))
    across = left - right
    down = np.array([-across[1], across[0]])
    mouth = points[[61, 291], :2].mean(0)
    return lambda x, y: mouth + x * across + y * down


def _filled(pixels: Pixels, corners: Array, colour: tuple[int, int, int]) -> Pixels:
    drawn = cv2.fillPoly(pixels.copy(), [np.round(corners).astype(np.int32)], colour, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)
