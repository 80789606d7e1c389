"""Where eyes look: angles of the eyeball, and the actions of the lids that go with them.

Convention: angles are in degrees, to the person's left and up.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from pixelfes.errors import InputError

SIDEWAYS, UP, DOWN = 32.0, 22.0, 28.0
"""Angles of the eyeball at an action of size 1."""
LARGEST_ANGLE = 45.0


def gaze_actions(left: float, up: float) -> dict[str, float]:
    """Return the actions that look this far to the person's left and up.

    Raises
    ------
    InputError
        If an angle is not finite, or beyond 45 degrees.

    Examples
    --------
    >>> gaze_actions(16, -14)
    {'eyeLookOut_L': 0.5, 'eyeLookIn_R': 0.5, 'eyeLookDown_L': 0.5, 'eyeLookDown_R': 0.5}
    """
    for angle in (left, up):
        if not isinstance(angle, int | float) or not isfinite(angle) or abs(angle) > LARGEST_ANGLE:
            raise InputError(f"gaze must be two angles from -{LARGEST_ANGLE:g} to {LARGEST_ANGLE:g}; found {angle!r}")
    across = ("eyeLookOut_L", "eyeLookIn_R") if left > 0 else ("eyeLookIn_L", "eyeLookOut_R")
    along = "eyeLookUp" if up > 0 else "eyeLookDown"
    found = dict.fromkeys(across, abs(left) / SIDEWAYS)
    found |= dict.fromkeys((f"{along}_L", f"{along}_R"), up / UP if up > 0 else -up / DOWN)
    return {name: size for name, size in found.items() if size}


def eye_angles(sizes: Mapping[str, float], side: str) -> tuple[float, float]:
    """Return how far the eye of a side, "_L" or "_R", is turned to the person's left and up.

    Parameters
    ----------
    sizes : mapping from the name of an action to its size
    side : str
    """
    out, back = (sizes[f"{name}{side}"] for name in ("eyeLookOut", "eyeLookIn"))
    up, down = (sizes[f"{name}{side}"] for name in ("eyeLookUp", "eyeLookDown"))
    across = SIDEWAYS * (out - back)
    return across if side == "_L" else -across, UP * up - DOWN * down
