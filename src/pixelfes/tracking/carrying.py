"""Carry landmarks over to the next frame by the movement of the picture: for frames in which no network finds the face.

Convention: image pixels, x right, y down.
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import STABLE_POINTS

_LONGEST = 320
"""Longest side of the pictures that are compared, pixels."""
_FEWEST = 6
FARTHEST = 1.0
"""Movement beyond which the result is not believed, distances between the eyes."""


def carried_over(last: Pixels, now: Pixels, points: Array) -> Array:
    """Return landmarks (K, 3) of the last frame (H, W, 3), moved as the picture around them moves; as they are if that fails.

    References
    ----------
    J.-Y. Bouguet, "Pyramidal implementation of the Lucas Kanade feature tracker", 2000.
    """
    if last.shape != now.shape:
        return points
    scale = min(1.0, _LONGEST / max(now.shape[:2]))
    before, after = (_small_grey(picture, scale) for picture in (last, now))
    places = (scale * points[list(STABLE_POINTS), :2]).astype(np.float32)
    found, is_found, _ = cv2.calcOpticalFlowPyrLK(before, after, places, None, winSize=(15, 15), maxLevel=3)
    good = is_found.ravel() > 0
    if good.sum() < _FEWEST:
        return points
    similarity, _ = cv2.estimateAffinePartial2D(places[good] / scale, found[good] / scale)
    return points if similarity is None else _moved(points, np.asarray(similarity, np.float64))


def _small_grey(pixels: Pixels, scale: float) -> Pixels:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _moved(points: Array, similarity: Array) -> Array:
    moved = points.copy()
    moved[:, :2] = points[:, :2] @ similarity[:, :2].T + similarity[:, 2]
    moved[:, 2] *= float(np.hypot(*similarity[:, 0]))
    step = np.linalg.norm((moved - points)[:, :2], axis=1).mean()
    return moved if step < FARTHEST * eye_distance(points) else points
