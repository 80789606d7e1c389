"""What a photo looks like where a face is: what is drawn into it takes on its light, its sharpness and its grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.expression.synthesis import TO_EVERYTHING, Adaptation
from pixelfes.face.appearance.grain import grain_pattern
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.mouth_view import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER
from pixelfes.tracking.face_readouts import steady_blur, steady_grain, steady_light
from pixelfes.tracking.readouts import AS_READ, Readouts


@dataclass(frozen=True)
class PhotoLook:
    """The look of a photo at one face.

    Attributes
    ----------
    light : Light
    lips : (3,)
        The colour of the lips.
    blur : float
        Deviation that sharp detail needs to be as blurred as the photo, image pixels.
    grain : float
        Deviation of the grain, levels of 255.
    """

    light: Light
    lips: Array
    blur: float
    grain: float

    @classmethod
    def of(
        cls,
        pixels: Pixels,
        landmarks: Array,
        adaptation: Adaptation = TO_EVERYTHING,
        readouts: Readouts = AS_READ,
    ) -> Self:
        """Look at a face of a photo (H, W, 3) uint8; blur and grain are 0 where nothing is to adapt to them."""
        return cls(
            steady_light(pixels, landmarks, readouts, "look: light"),
            readouts.steady("look: lips", lambda: lips_colour(pixels, landmarks)),
            steady_blur(pixels, landmarks, readouts) if adaptation.sharpness else 0.0,
            steady_grain(pixels, landmarks, readouts) if adaptation.grain else 0.0,
        )

    def taken_on(self, drawn: Floats) -> Floats:
        """Return what is drawn, (h, w) or (h, w, 3), as blurred as the photo; and colours as grainy."""
        if self.blur > 0:
            drawn = np.asarray(cv2.GaussianBlur(drawn, (0, 0), self.blur), np.float32)
        if drawn.ndim == 2 or self.grain == 0:
            return drawn
        pattern = grain_pattern()
        rows, columns = (np.arange(side) % n for side, n in zip(drawn.shape[:2], pattern.shape, strict=True))
        return np.asarray(drawn + self.grain / 255 * pattern[np.ix_(rows, columns)][..., None], np.float32)


def lips_colour(pixels: Pixels, landmarks: Array) -> Array:
    """Return the median colour (3,) of the middle of the lips of a face in a photo, RGB, 1 for 255."""
    edges = ((UPPER_INNER, UPPER_OUTER), (LOWER_INNER, LOWER_OUTER))
    places = np.concatenate([(landmarks[list(a)] + landmarks[list(b)])[2:-2, :2] / 2 for a, b in edges])
    height, width = pixels.shape[:2]
    x, y = np.clip(np.round(places), 0, [width - 1, height - 1]).astype(int).T
    return np.asarray(np.median(pixels[y, x] / 255, axis=0))
