"""Photos of the portrait and of fictional people that are blurred, grainy, burnt out, covered or changed between the lips."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Pixels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import INNER_MOUTH, LEFT_EYE, RIGHT_EYE


def blurred(pixels: Pixels, deviation: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), deviation), np.uint8)


def noisy(pixels: Pixels, deviation: float, seed: int = 0) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, deviation, (*pixels.shape[:2], 1))
    return np.asarray(np.clip(pixels + noise + 0.5, 0, 255), np.uint8)


def brighter(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(np.clip(pixels * factor + 0.5, 0, 255), np.uint8)


def between_lips(points: Array, shape: tuple[int, ...]) -> Booleans:
    """A mask of the inside of the mouth."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(INNER_MOUTH), :2]).astype(np.int32)], 1)
    return np.asarray(mask > 0)


def with_mouth(pixels: Pixels, points: Array, colour: tuple[int, int, int]) -> Pixels:
    """The photo with one colour between the lips."""
    out = pixels.copy()
    out[between_lips(points, pixels.shape)] = colour
    return out


def with_glasses(pixels: Pixels, points: Array, colour: tuple[int, int, int]) -> Pixels:
    """The photo with discs over the eyes."""
    out = pixels.copy()
    for eye in (RIGHT_EYE, LEFT_EYE):
        x, y = points[list(eye), :2].mean(0).round().astype(int).tolist()
        cv2.circle(out, (x, y), round(0.3 * eye_distance(points)), colour, -1, cv2.LINE_AA)
    return out
