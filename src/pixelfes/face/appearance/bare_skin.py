"""Where a face shows bare skin: not burnt out, and not covered by glasses, a bar or a white beard.

A pixel that is burnt out is no measurement, so nothing can be shaded there. What covers skin is not shaded like skin.

Convention: textures are registered photos on the model grid, RGB, 1 for 255.
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.smooth import smoothstep

BURNT = (232 / 255, 252 / 255)
"""The second largest channel up to which skin is measured, and from which on it is burnt out."""
OTHER_COLOUR = (0.25, 0.45)
"""Departure of red or blue, in units of green, from those of the skin: what departs less is skin, what departs more is not."""
BRIGHTER = (0.1, 0.3)
"""Logarithm of the luminance in units of the skin's from which on a pixel counts as brighter."""
COLOURLESS = (0.3, 0.6)
"""Share of the skin's departure from grey up to which a pixel counts as colourless."""
COLOURED = (0.08, 0.16)
"""Departure of the skin from grey up to which a photo is grey, so that nothing is whiter, and from which on it has colours."""
COLOUR_FLOOR = 0.05
SMOOTHING = 1.5
"""Deviation of the blur before and after, pixels of the model grid."""


def bare_skin(texture: Floats, skin: Array) -> Floats:
    """Return the share of each pixel of a texture (S, S, 3) that is bare skin, (S, S), 0 to 1.

    Parameters
    ----------
    texture : (S, S, 3) float32
        The registered photo; single samples will do.
    skin : (3,)
        The colour of the skin.
    """
    colours = cv2.GaussianBlur(texture, (0, 0), SMOOTHING)
    burnt = smoothstep(np.median(colours, axis=2), *BURNT)
    departure = np.abs(_chroma(colours) - _chroma(np.asarray(skin, np.float32))).max(2)
    bare = (1 - burnt) * (1 - smoothstep(departure, *OTHER_COLOUR)) * (1 - _whiter(colours, skin))
    return np.asarray(cv2.GaussianBlur(bare.astype(np.float32), (0, 0), SMOOTHING), np.float32)


def _whiter(colours: Floats, skin: Array) -> Array:
    """Return which pixels (...) are whiter than skin, 0 to 1: brighter, and with less of a colour than it has."""
    own = float(np.abs(_chroma(np.asarray(skin, np.float32))).max())
    left = np.abs(_chroma(colours)).max(2) / max(own, COLOURED[0])
    brightness = np.log((colours @ LUMINANCE + COLOUR_FLOOR) / (float(skin @ LUMINANCE) + COLOUR_FLOOR))
    return smoothstep(own, *COLOURED) * smoothstep(brightness, *BRIGHTER) * (1 - smoothstep(left, *COLOURLESS))


def _chroma(colours: Floats) -> Floats:
    """Return the logarithms (..., 2) of red and blue in units of green."""
    logarithm = np.log(colours + np.float32(COLOUR_FLOOR))
    return np.asarray(logarithm[..., [0, 2]] - logarithm[..., 1:2], np.float32)
