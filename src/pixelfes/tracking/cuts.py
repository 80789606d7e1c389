"""Cuts of a film: frames that show another scene than the one before."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Floats, Pixels

_SIZE = (32, 18)
_CHANGE, _ABOVE_USUAL = 0.10, 4.0
"""A cut changes the small picture by at least this, 1 for white, and by so many times what the last frames changed."""
_MEMORY = 0.8


class CutFinder:
    """Finds cuts by how far a small picture of each frame departs from the last one's, fitted in brightness."""

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._usual = 0.0

    def is_cut(self, pixels: Pixels) -> bool:
        """Return whether a frame (H, W, 3) begins another scene; the first one does not."""
        small = cv2.resize(pixels, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        last, self._last = self._last, small
        if last is None:
            return False
        change = _change(last, small)
        is_cut = change > max(_CHANGE, _ABOVE_USUAL * self._usual)
        self._usual = 0.0 if is_cut else _MEMORY * self._usual + (1 - _MEMORY) * change
        return is_cut


def _change(last: Floats, now: Floats) -> float:
    """Return the mean change between two small pictures that no common factor explains: a flash is no cut."""
    factor = float((last * now).sum()) / max(float((last * last).sum()), 1e-6)
    fitted = np.clip(factor, 0.25, 4.0) * last
    return float(np.minimum(np.abs(now - fitted), np.abs(now - last)).mean())
