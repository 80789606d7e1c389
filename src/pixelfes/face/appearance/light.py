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
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import CHEEKS_AND_FOREHEAD, LEFT_EYE, RIGHT_EYE

LUMINANCE = np.array([0.299, 0.587, 0.114])

EYE_WHITE_RANGE = (70, 92)  # percentiles of luminance in the eyes; lids and iris are darker, glints are brighter
FEWEST_EYE_PIXELS = 12
DARKEST_COLOUR = 0.02
SKIN_PATCH_REACH = 0.06  # half the side of the patches of skin, in distances between the eyes
TYPICAL_LEVEL, SKIN_POWER, EYE_POWER = 1.09, 0.36, 0.1
"""White is ``1.09 skin^0.36 (eyes / skin)^0.1``, as a regression of the luminance of teeth on that of skin and eyes says:
skin is dark more often by its own colour than by the light."""
LEAST_WHITE_TO_SKIN, LEAST_WHITE_TO_EYES = 1.2, 1.5
MOST_WHITE = 2.6
"""White is at most this bright, in units of skin or eyes: in a dark photo it is dark too."""
WHITE_RANGE = (0.05, 1.35)
EYE_TINT_SHARE, SKIN_TINT_SHARE = 0.4, 0.2
TINT_WEIGHTS = np.array([1.0, 3.0, 1.0])
"""What a departure of each channel counts: light is bluer or redder, seldom greener."""
EYE_BRIGHTNESS, EYE_COLOUR = 0.81, 0.4
"""Typical eyes of the London set: their luminance in units of that of the skin, and their colour as a share of the skin's."""
BRIGHT_EYES, BRIGHT_TO_TYPICAL = 0.7, 1.65
"""Luminance of the brightest eyes: absolute, or in units of typical ones, whichever is more."""
TOO_BRIGHT, TOO_DARK, OTHER_TINT = (0.0, 0.3), (0.8, 1.1), (0.45, 0.75)
"""Logarithms of the luminance of eyes in units of the brightest, of it and of their colour in units of typical ones: from where
on they are taken for glasses or a bar, for lids or shadow."""


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
        eyes = _agreeing(_eye_white(pixels, landmarks), skin)
        bright, dark = eyes @ LUMINANCE, skin @ LUMINANCE
        level = _level(float(bright), float(dark))
        tint = (eyes / bright) ** EYE_TINT_SHARE * (skin / dark) ** SKIN_TINT_SHARE
        return cls(white=level * tint / (tint @ LUMINANCE), skin=skin)

    def on_texture(self, mouth: npt.NDArray[np.float32], inside: float = 1.0) -> npt.NDArray[np.float32]:
        """Return the light of every pixel of a texture: that of white inside the mouth, that of skin elsewhere.

        Parameters
        ----------
        mouth : (H, W) float32
            Share of each pixel that is inside the mouth, 0 to 1.
        inside : float
            Brightness inside the mouth, in units of white.

        Returns
        -------
        (H, W, 3) float32
        """
        share = mouth[..., None]
        return np.asarray((1 - share) * self.skin + share * inside * self.white, dtype=np.float32)


def _agreeing(eyes: Array | None, skin: Array) -> Array:
    """Return the colour (3,) of the eyes as far as it agrees with the skin, else that of typical eyes of such skin.

    Glasses, bars, closed and painted lids differ from the skin more than eyes do.
    """
    dark = float(skin @ LUMINANCE)
    typical = EYE_BRIGHTNESS * dark * (skin / dark) ** EYE_COLOUR
    if eyes is None:
        return typical
    eyes = np.maximum(eyes, DARKEST_COLOUR)
    departure = np.log(eyes / typical)
    ratio = float(np.log((eyes @ LUMINANCE) / (typical @ LUMINANCE)))
    tint = departure - ratio
    brightest = max(BRIGHT_EYES, BRIGHT_TO_TYPICAL * float(typical @ LUMINANCE))
    brightness = 1 - smoothstep(np.log(eyes @ LUMINANCE / brightest), *TOO_BRIGHT)
    colour = (1 - smoothstep(np.abs(tint * TINT_WEIGHTS).max(), *OTHER_TINT)) * (1 - smoothstep(-ratio, *TOO_DARK))
    return np.asarray(typical * np.exp(brightness * ratio + brightness * colour * tint))


def _level(eyes: float, skin: float) -> float:
    """Return the luminance of white from those of eyes and skin."""
    typical = TYPICAL_LEVEL * skin**SKIN_POWER * (eyes / skin) ** EYE_POWER
    least = max(LEAST_WHITE_TO_SKIN * skin, LEAST_WHITE_TO_EYES * eyes)
    level = min(max(typical, least), MOST_WHITE * max(eyes, skin))
    return float(np.clip(level, *WHITE_RANGE))


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
