"""Cuts of a film: frames that show another scene than the one before."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Floats, Pixels

SIZE = (32, 18)
CHANGE, LIKENESS = 0.04, 0.5
"""A cut changes a small picture of the frame by at least this, 1 for white, and leaves it less like the last one than this."""
ABOVE_USUAL = 4.0
"""It changes it by so many times what the last frames changed: a camera that moves fast makes no cuts."""
MEMORY = 0.8


class CutFinder:
    """Finds cuts by a small picture of each frame: how much it changes, and whether it is still like the last one.

    A flash changes much, but leaves the picture like it was.
    """

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._usual = 0.0

    def is_cut(self, pixels: Pixels) -> bool:
        """Return whether a frame (H, W, 3) begins another scene; the first one does not."""
        small = cv2.resize(pixels, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        last, self._last = self._last, small
        if last is None:
            return False
        change = float(np.abs(small - last).mean())
        is_cut = change > max(CHANGE, ABOVE_USUAL * self._usual) and _likeness(last, small) < LIKENESS
        self._usual = 0.0 if is_cut else MEMORY * self._usual + (1 - MEMORY) * change
        return is_cut


def _likeness(one: Floats, other: Floats) -> float:
    """Return the correlation of two small pictures; 0 if one of them is uniform."""
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / max(float(np.sqrt((one**2).sum() * (other**2).sum())), 1e-3))
