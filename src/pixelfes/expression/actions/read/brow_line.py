"""Where the brows are in a photo, told from its pixels: the landmarks follow half of a raised brow.

A strip above each eye is looked at in the head's own frame, so that it stays while the brow moves. Each column of the strip
says how high its darkness lies, and how wide it spreads.

Convention: landmarks are in image pixels, shapes canonical in the frame of `pixelfes.face.alignment.mean_face`. The right
side is mirrored.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.smooth import sample_linear

SIDES = {"_L": 1.0, "_R": -1.0}
ACROSS, UP = (0.10, 0.86), (-0.62, -0.10)
"""What a strip shows, distances between the eyes: from the nose to the temple, and from the forehead to the eye."""
COLUMNS, ROWS = 9, 40
PIXELS_A_COLUMN = 6
DARK_QUANTILES = (20, 70)
"""Percentiles of a column between which darkness goes from 1 to 0; the brightest is skin."""
POWER = 2.0
LEAST_CONTRAST = 0.02


def brow_line(pixels: Pixels, landmarks: Array, side: str) -> Array:
    """Return where the dark band of a brow lies in the columns of its strip, and its spread, (2 COLUMNS,), canonical.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    landmarks : (468, 3), image pixels
    side : {"_L", "_R"}
    """
    strip = _strip(pixels, landmarks, side)
    rows = np.linspace(*UP, ROWS)[:, None]
    low, high = np.percentile(strip, DARK_QUANTILES, axis=0)
    dark = np.clip((high - strip) / np.maximum(high - low, LEAST_CONTRAST), 0, 1) ** POWER + 1e-3
    middle = (rows * dark).sum(0) / dark.sum(0)
    spread = np.sqrt(((rows - middle) ** 2 * dark).sum(0) / dark.sum(0))
    return np.concatenate([middle, spread])


def _strip(pixels: Pixels, landmarks: Array, side: str) -> Floats:
    """Return the brightness of the strip above an eye, (ROWS, COLUMNS), 1 for white."""
    head = HeadPose.of(landmarks, mean_face())
    places = head.to_image(_places() * [SIDES[side], 1.0, 1.0])[:, :2]
    low = np.maximum(np.floor(places.min(0)).astype(int) - 2, 0)
    part = pixels[low[1] : int(places[:, 1].max()) + 3, low[0] : int(places[:, 0].max()) + 3]
    if min(part.shape[:2]) < 2:
        return np.zeros((ROWS, COLUMNS), np.float32)
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    blur = 0.02 * eye_distance(landmarks)
    grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), max(blur, 0.3)), np.float32)
    inside = np.clip(places - low, 0, [grey.shape[1] - 1, grey.shape[0] - 1]).astype(np.float32)
    fine = sample_linear(grey, inside.reshape(ROWS, COLUMNS * PIXELS_A_COLUMN, 2))
    return np.asarray(fine.reshape(ROWS, COLUMNS, PIXELS_A_COLUMN).mean(2), np.float32)


@cache
def _places() -> Array:
    """Return the places of a left strip on the mean face, (ROWS * COLUMNS * PIXELS_A_COLUMN, 3), canonical."""
    x, y = np.meshgrid(np.linspace(*ACROSS, COLUMNS * PIXELS_A_COLUMN), np.linspace(*UP, ROWS))
    flat = np.column_stack([x.ravel(), y.ravel()])
    away = np.linalg.norm(flat[:, None] - mean_face()[None, :, :2], axis=2)
    nearest = np.argsort(away, axis=1)[:, :6]
    weight = 1 / (np.take_along_axis(away, nearest, 1) + 0.02) ** 2
    depth = (weight * mean_face()[nearest, 2]).sum(1) / weight.sum(1)
    return np.column_stack([flat, depth])
