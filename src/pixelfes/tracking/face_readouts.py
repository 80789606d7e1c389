"""What both learned expressions and facial actions read from a face: its light, the sharpness and the grain of the photo.

Convention: landmarks are in image pixels, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.appearance.grain import excess_grain
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.sharpness import missing_blur
from pixelfes.tracking.readouts import Readouts


def steady_light(pixels: Pixels, landmarks: Array, readouts: Readouts, name: str = "light") -> Light:
    """Return the light of a face in a photo (H, W, 3)."""

    def read() -> Array:
        light = Light.of(pixels, landmarks)
        return np.stack([light.white, light.skin])

    white, skin = readouts.steady(name, read)
    return Light(white, skin)


def steady_blur(pixels: Pixels, landmarks: Array, readouts: Readouts) -> float:
    """Return the blur that sharp detail needs to fit into a photo (H, W, 3): a deviation in pixels."""
    return float(readouts.steady("blur", lambda: np.array(missing_blur(pixels, landmarks))))


def steady_grain(pixels: Pixels, landmarks: Array, readouts: Readouts) -> float:
    """Return the deviation of the grain of a photo (H, W, 3), levels."""
    return float(readouts.steady("grain", lambda: np.array(excess_grain(pixels, landmarks))))
