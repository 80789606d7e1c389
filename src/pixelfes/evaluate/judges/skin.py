"""The colour of skin: how much a picture changes it, and how light a face's skin is, measured and not reported.

Convention: colours are sRGB levels from 0 to 255; L*, a*, b* are CIE 1976 under the white of sRGB (D65).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels

if TYPE_CHECKING:
    from pixelfes.face.mesh import MeshRegistration


CALM_SKIN = 0.9
"""Share of calm skin from which on a grid pixel counts as far from the mouth."""
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(1)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27

SKIN_TONES = ((55.0, "very light"), (41.0, "light"), (28.0, "intermediate"), (10.0, "tan"), (-30.0, "brown"))
"""Skin tones by the angle, degrees, that each lies above; what lies above none is dark (Chardon et al. 1991)."""


@dataclass(frozen=True)
class SkinChange:
    """Change of the mean colour of skin far from the mouth between two pictures of a face.

    Attributes
    ----------
    levels : float
        In the channel where it changes most, >= 0.
    lightness : float
        Difference of L*, after minus before: positive is lighter.
    """

    levels: float
    lightness: float


def skin_colour(frame: MeshRegistration, pixels: Pixels, landmarks: Array) -> Array:
    """Return the mean colour (3,) of the calm skin of a face, levels: cheeks and forehead, far from the mouth, not the eyes.

    Parameters
    ----------
    frame : MeshRegistration
    pixels : (H, W, 3) uint8
    landmarks : (468, 3), image pixels
    """
    far = frame.calm_skin > CALM_SKIN
    return np.asarray(255.0 * frame.texture(pixels, landmarks)[far].mean(0, dtype=np.float64))


def skin_change(
    frame: MeshRegistration, before: Pixels, before_landmarks: Array, after: Pixels, after_landmarks: Array
) -> SkinChange:
    """Measure the change of skin colour from one picture of a face to another; for the parameters see `skin_colour`."""
    return colour_change(skin_colour(frame, before, before_landmarks), skin_colour(frame, after, after_landmarks))


def colour_change(before: Array, after: Array) -> SkinChange:
    """Return the change from one mean colour (3,) to another, levels; see `skin_colour`."""
    return SkinChange(float(np.abs(after - before).max()), float(lab(after)[0] - lab(before)[0]))


def lab(colour: npt.ArrayLike) -> Array:
    """Return L* (0 to 100), a* and b* (..., 3) of sRGB colours (..., 3), levels 0 to 255.

    References
    ----------
    IEC 61966-2-1 (sRGB); CIE 15 (L*a*b*).

    >>> lab([255, 255, 255]).round(3) + 0.0
    array([100.,   0.,   0.])
    """
    value = np.asarray(colour, np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((np.maximum(value, 0) + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > _EPSILON, np.cbrt(ratio), (_KAPPA * ratio + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.asarray(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1))


def typology_angle(colour: npt.ArrayLike) -> float:
    """Return the individual typology angle of a skin colour (3,), degrees: ``arctan((L* - 50) / b*) 180/π``, high is light.

    It depends on the light and the camera as well as on the skin: compare it within one set of photos only.

    References
    ----------
    Chardon, Cretois and Hourseau, "Skin colour typology and suntanning pathways", Int. J. Cosmetic Science 13, 1991.
    """
    lightness, _, yellow = lab(colour)
    return float(np.degrees(np.arctan2(lightness - 50, max(float(yellow), 1e-6))))


def skin_tone(angle: float) -> str:
    """Return the name of the tone of an individual typology angle.

    >>> skin_tone(45.0), skin_tone(-50.0)
    ('light', 'dark')
    """
    return next((name for above, name in SKIN_TONES if angle > above), "dark")
