"""What a photo shows between the lips: teeth of the person's own, or a dark gap.

Convention: landmarks are in image pixels (x right, y down, pixel centres at whole numbers). Colours are RGB, 1 for 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.appearance.light import LUMINANCE, Light
from pixelfes.face.smooth import sample_linear

UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
"""The inner edge of the upper lip, from the person's right corner to the left one."""
LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)

ROWS = 7
"""Rows of samples between the lips."""
TEETH_LUMINANCE = 0.723
"""Luminance of teeth in units of that of white: the mean of the open smiles of the London set."""
DARKEST_TEETH = 0.5
"""Teeth are at least this bright, in units of typical teeth: they stand in the shade of the lips."""
REDDEST_TEETH = 0.55
"""Teeth are redder than white by less than this share of what the lips are."""
LEAST_REDNESS = 0.15
"""Least departure of the lips from white, as a logarithm of red to green; a grey photo has none."""
COLOUR_FLOOR = 0.02


@dataclass(frozen=True)
class MouthView:
    """What shows between the lips.

    Attributes
    ----------
    teeth : float
        Share of the area between the inner lips that looks like teeth, 0 to 1; 0 if the lips touch.
    """

    teeth: float

    @classmethod
    def of(cls, pixels: Pixels, landmarks: Array, light: Light) -> Self:
        """Look between the lips of a face in a photo (H, W, 3) uint8."""
        inside, area = colours_between_lips(pixels, landmarks)
        lips = _colours(pixels, _on_lips(landmarks))
        bright = inside @ LUMINANCE > DARKEST_TEETH * TEETH_LUMINANCE * float(light.white @ LUMINANCE)
        white = float(_redness(light.white))
        reddest = white + REDDEST_TEETH * max(float(np.median(_redness(lips))) - white, LEAST_REDNESS)
        teeth = bright & (_redness(inside) < reddest)
        return cls(float((teeth * area).sum() / area.sum()) if area.sum() > 0 else 0.0)


def colours_between_lips(pixels: Pixels, landmarks: Array) -> tuple[Array, Array]:
    """Return colours (n, 3) of a photo at places between the inner lips, and the height of the gap (n,) there, image pixels."""
    places, area = _between(landmarks)
    return _colours(pixels, places), area


def _between(landmarks: Array) -> tuple[Array, Array]:
    """Return places (n, 2) between the inner lips, and the height of the gap (n,) at each, image pixels."""
    upper, lower = (_doubled(landmarks[list(line), :2]) for line in (UPPER_INNER, LOWER_INNER))
    gap = np.maximum(((lower - upper) * _down(landmarks)).sum(1), 0.0)
    share = ((np.arange(ROWS) + 0.5) / ROWS)[:, None, None]
    places = (1 - share) * upper + share * lower
    return places.reshape(-1, 2), np.tile(gap, ROWS)


def _down(landmarks: Array) -> Array:
    """Return the unit vector (2,) from the middle of the eyes' corners to the chin, in the image."""
    step = landmarks[152, :2] - landmarks[[33, 263], :2].mean(0)
    return np.asarray(step / max(float(np.linalg.norm(step)), 1e-6))


def _doubled(line: Array) -> Array:
    """Return the points (K, 2) of a line with the middles between them, (2 K - 1, 2)."""
    out = np.repeat(line, 2, axis=0)[:-1]
    out[1::2] = (line[:-1] + line[1:]) / 2
    return out


def _on_lips(landmarks: Array) -> Array:
    """Return places (18, 2) in the middle of the lips."""
    pairs = ((UPPER_INNER, UPPER_OUTER), (LOWER_INNER, LOWER_OUTER))
    return np.concatenate([(landmarks[list(a)] + landmarks[list(b)])[1:-1, :2] / 2 for a, b in pairs])


def _colours(pixels: Pixels, places: Array) -> Array:
    """Return the colours (n, 3) of a photo at places (n, 2); those of its border outside it."""
    height, width = pixels.shape[:2]
    low = np.clip(np.floor(places.min(0)).astype(int) - 1, 0, [width - 1, height - 1])
    high = np.clip(np.ceil(places.max(0)).astype(int) + 2, low + 1, [width, height])
    part: Floats = pixels[low[1] : high[1], low[0] : high[0]].astype(np.float32) / np.float32(255)
    inside = np.clip(places - low, 0, high - low - 1).astype(np.float32)
    return np.asarray(sample_linear(part, inside[None])[0], np.float64)


def _redness(colours: Array) -> Array:
    return np.asarray(np.log((colours[..., 0] + COLOUR_FLOOR) / (colours[..., 1] + COLOUR_FLOOR)))
