"""The grain of a photo: noise of the camera, of film or of a print, measured on the skin.

Convention: landmarks are in image pixels, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import CHEEKS_AND_FOREHEAD

CLEAN = 2.0
"""Grain of clean photos, levels: the texture of skin."""
PATCH_REACH = 0.1
"""Half the side of the patches of skin, in distances between the eyes."""
MOST = 25.0
"""Largest grain that is matched, levels; what is more is a pattern of print."""
_SMALLEST_REACH = 3
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_MEAN_TO_DEVIATION = float(np.sqrt(np.pi / 2) / 6)
_SIDE = 256


def excess_grain(pixels: Pixels, landmarks: Array) -> float:
    """Return the deviation of the grain of a photo (H, W, 3) uint8 beyond that of clean photos, levels; 0 if there is none.

    References
    ----------
    J. Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64, 1996.
    """
    reach = max(_SMALLEST_REACH, int(PATCH_REACH * eye_distance(landmarks)))
    height, width = pixels.shape[:2]
    found = []
    for x, y in np.clip(landmarks[list(CHEEKS_AND_FOREHEAD), :2], 0, [width - 1, height - 1]).astype(int):
        patch = pixels[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        if min(patch.shape[:2]) <= 2:
            continue
        detail = cv2.filter2D(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), cv2.CV_32F, _MASK)[1:-1, 1:-1]
        found.append(float(np.abs(detail).mean()))
    grain = _MEAN_TO_DEVIATION * float(np.median(found)) if found else 0.0
    return float(np.sqrt(max(0.0, min(grain, MOST) ** 2 - CLEAN**2)))


@cache
def grain_pattern() -> Floats:
    """Return standard normal noise (256, 256), always the same, to be repeated over a photo."""
    noise = np.random.default_rng(0).standard_normal((_SIDE, _SIDE)).astype(np.float32)
    noise.setflags(write=False)
    return noise
