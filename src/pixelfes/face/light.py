"""The light in a photo, read from the face itself: the colour of its skin, and of something white, its eyes.

A bias is light that a regressor adds. It is learnt in units of each photo's own light and put back in them, so that teeth
are as bright and as tinted as the photo they appear in, and a grey photo stays grey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import CHEEKS_AND_FOREHEAD, LEFT_EYE, RIGHT_EYE

LUMINANCE = np.array([0.299, 0.587, 0.114])

EYE_WHITE_RANGE = (70, 92)  # percentiles of luminance: lids and iris are darker, the glint is brighter
FEWEST_EYE_PIXELS = 12
DARKEST_COLOUR = 0.02
SKIN_PATCH_REACH = 0.06  # half the side of the squares of skin, in distances between the eyes
# Brightness of white: that of the eyes, yet not duller than the skin (eyes may lie in shadow). On the London set, whose
# light never changes, the luminance of teeth hardly follows that of the eyes (0.54 on average), so small departures
# (up to a factor of 1.4) are mostly noise; large ones are another exposure.
TYPICAL_EYE_WHITE = 0.54
EXPOSURE_NOISE, EXPOSURE_NOISE_SHARE = 0.35, 0.25
LEAST_WHITE_TO_SKIN = 1.2
WHITE_RANGE = (0.05, 1.35)
EYE_TINT_SHARE, SKIN_TINT_SHARE = 0.4, 0.2


@dataclass(frozen=True)
class Light:
    """What white and what skin look like in a photo, each (3,) RGB with 1 for 255; white is about 1 in studio light."""

    white: Array
    skin: Array

    @classmethod
    def of(cls, pixels: Pixels, landmarks: Array) -> Self:
        """Read the light off a face: ``landmarks`` (468, 3) in image pixels of ``pixels`` (H, W, 3)."""
        skin = np.maximum(_skin(pixels, landmarks), DARKEST_COLOUR)
        eyes = _eye_white(pixels, landmarks)
        eyes = skin if eyes is None else np.maximum(eyes, DARKEST_COLOUR)
        bright, dark = eyes @ LUMINANCE, skin @ LUMINANCE
        level = np.clip(max(_exposure(float(bright / TYPICAL_EYE_WHITE)), LEAST_WHITE_TO_SKIN * dark), *WHITE_RANGE)
        tint = (eyes / bright) ** EYE_TINT_SHARE * (skin / dark) ** SKIN_TINT_SHARE
        return cls(white=level * tint / (tint @ LUMINANCE), skin=skin)

    def on_texture(self, mouth: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the light (H, W, 3) of a texture: that of white inside the mouth (mask (H, W), 0 to 1), of skin elsewhere."""
        share = mouth[..., None]
        return np.asarray((1 - share) * self.skin + share * self.white, dtype=np.float32)


def _exposure(ratio: float) -> float:
    """Return how much of a ratio of brightness to believe: a quarter of a small one, all that is beyond of a large one."""
    departure = np.log(ratio)
    small = np.clip(departure, -EXPOSURE_NOISE, EXPOSURE_NOISE)
    return float(np.exp(EXPOSURE_NOISE_SHARE * small + departure - small))


def _skin(pixels: Pixels, landmarks: Array) -> Array:
    """Return the median colour of small squares on cheeks and forehead: glasses and hair are outvoted."""
    height, width = pixels.shape[:2]
    reach = max(1, int(SKIN_PATCH_REACH * eye_distance(landmarks)))
    colours = []
    places = np.clip(landmarks[list(CHEEKS_AND_FOREHEAD), :2], 0, [width - 1, height - 1]).astype(int)
    for x, y in places:
        patch = pixels[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        colours.append(np.median(patch.reshape(-1, 3), axis=0))
    return np.asarray(np.median(colours, axis=0) / 255)


def _eye_white(pixels: Pixels, landmarks: Array) -> Array | None:
    """Return the mean colour of the bright part of the eyes, or None where too little of them shows."""
    bright = []
    for eye in (RIGHT_EYE, LEFT_EYE):
        outline = landmarks[list(eye), :2]
        low = np.maximum(np.floor(outline.min(0)).astype(int), 0)
        high = np.minimum(np.ceil(outline.max(0)).astype(int) + 1, (pixels.shape[1], pixels.shape[0]))
        if (high <= low).any():
            continue
        inside = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillPoly(inside, [np.round(outline - low).astype(np.int32)], 1)
        bright.append(pixels[low[1] : high[1], low[0] : high[0]][inside > 0])
    values = np.concatenate(bright) / 255 if bright else np.empty((0, 3))
    if len(values) < FEWEST_EYE_PIXELS:
        return None
    luminance = values @ LUMINANCE
    low, high = np.percentile(luminance, EYE_WHITE_RANGE)
    return np.asarray(values[(luminance >= low) & (luminance <= high)].mean(0))
