"""The light in a photo, estimated from the face: the colour of its skin, and of white, seen in the eyes.

The bias of a regressor is light that it adds. It is learnt in units of each photo's light and multiplied by that of the new
photo. So teeth get the brightness and the tint of the photo, and a grey photo stays grey.

Convention: landmarks are in image pixels, x right, y down, pixel centres at whole numbers. Colours are RGB, 1 for 255.
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

EYE_WHITE_RANGE = (70, 92)  # percentiles of luminance in the eyes; lids and iris are darker, glints are brighter
FEWEST_EYE_PIXELS = 12
DARKEST_COLOUR = 0.02
SKIN_PATCH_REACH = 0.06  # half the side of the patches of skin, in distances between the eyes
# White is as bright as the eyes, but at least brighter than the skin: eyes may be in shadow. In the London set, which has
# constant light, the luminance of the eyes (0.54 on average) hardly predicts that of the teeth. So small departures from it,
# up to a factor of 1.4, are mostly noise; large ones are another exposure.
TYPICAL_EYE_WHITE = 0.54
EXPOSURE_NOISE, EXPOSURE_NOISE_SHARE = 0.35, 0.25
LEAST_WHITE_TO_SKIN = 1.2
WHITE_RANGE = (0.05, 1.35)
EYE_TINT_SHARE, SKIN_TINT_SHARE = 0.4, 0.2


@dataclass(frozen=True)
class Light:
    """The colours of white and of skin in a photo.

    Attributes
    ----------
    white, skin : (3,) float64
        RGB, 1 for 255. In studio light the luminance of white is about 1.
    """

    white: Array
    skin: Array

    @classmethod
    def of(cls, pixels: Pixels, landmarks: Array) -> Self:
        """Estimate the light from one face.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
        landmarks : (468, 3), image pixels
        """
        skin = np.maximum(_skin(pixels, landmarks), DARKEST_COLOUR)
        eyes = _eye_white(pixels, landmarks)
        eyes = skin if eyes is None else np.maximum(eyes, DARKEST_COLOUR)
        bright, dark = eyes @ LUMINANCE, skin @ LUMINANCE
        level = np.clip(max(_exposure(float(bright / TYPICAL_EYE_WHITE)), LEAST_WHITE_TO_SKIN * dark), *WHITE_RANGE)
        tint = (eyes / bright) ** EYE_TINT_SHARE * (skin / dark) ** SKIN_TINT_SHARE
        return cls(white=level * tint / (tint @ LUMINANCE), skin=skin)

    def on_texture(self, mouth: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the light of every pixel of a texture: that of white inside the mouth, that of skin elsewhere.

        Parameters
        ----------
        mouth : (H, W) float32
            Share of each pixel that is inside the mouth, 0 to 1.

        Returns
        -------
        (H, W, 3) float32
        """
        share = mouth[..., None]
        return np.asarray((1 - share) * self.skin + share * self.white, dtype=np.float32)


def _exposure(ratio: float) -> float:
    """Shrink a ratio of brightness towards 1: in its logarithm, keep a quarter of the first 0.35 and all of the rest."""
    departure = np.log(ratio)
    small = np.clip(departure, -EXPOSURE_NOISE, EXPOSURE_NOISE)
    return float(np.exp(EXPOSURE_NOISE_SHARE * small + departure - small))


def _skin(pixels: Pixels, landmarks: Array) -> Array:
    """Return the median colour (3,) of patches on cheeks and forehead; glasses and hair cover only a minority of them."""
    height, width = pixels.shape[:2]
    reach = max(1, int(SKIN_PATCH_REACH * eye_distance(landmarks)))
    colours = []
    centres = np.clip(landmarks[list(CHEEKS_AND_FOREHEAD), :2], 0, [width - 1, height - 1]).astype(int)
    for x, y in centres:
        patch = pixels[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        colours.append(np.median(patch.reshape(-1, 3), axis=0))
    return np.asarray(np.median(colours, axis=0) / 255)


def _eye_white(pixels: Pixels, landmarks: Array) -> Array | None:
    """Return the mean colour (3,) of the bright part of the eyes, or None if too few pixels of them are visible."""
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
