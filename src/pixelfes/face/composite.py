"""Put a changed face back into its photo, at the photo's own resolution.

Convention: output pixels q, and the pixels x that they observe, are in image pixels; weight and bias are maps on the model
grid. Pixel centres are at whole numbers in both.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from pixelfes.arrays import Floats, Pixels
from pixelfes.face.placement import Placement
from pixelfes.face.smooth import sample_cubic, sample_linear


def composite(pixels: Pixels, placement: Placement, weight: Floats, bias: Floats) -> None:
    """Change a photo in place: ``y(q) = (1 + weight) x + bias`` at the output pixels of a placement.

    x is the photo at ``placement.source``. The maps are interpolated smoothly at ``placement.grid``. Outside the model grid
    they are 0, so nothing changes there.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        Changed in place.
    placement : Placement
    weight : (S, S), (S, S, 1) or (S, S, 3) float32
        The change of the weight, w - 1, already multiplied by intensity and mask.
    bias : (S, S, 3) float32
        1 for 255 levels; multiplied in the same way.
    """
    target = pixels[placement.rows, placement.columns]
    if target.size == 0:
        return
    weights, biases = _SmoothMap(1 + weight, 1.0), _SmoothMap(255 * bias, 0.0)
    photo = target.copy()

    def change(part: tuple[slice, slice]) -> None:
        source, grid = placement.coordinates_in(part)
        x = photo[part] if source is None else sample_cubic(photo, source)
        target[part] = affine(x, weights.at(grid), biases.at(grid))

    with ThreadPoolExecutor(cv2.getNumThreads()) as pool:  # OpenCV itself runs one band on one thread
        list(pool.map(change, placement.bands()))


def affine(x: Pixels, weights: Floats, biases: Floats) -> Pixels:
    """Return ``weights * x + biases`` (h, w, 3), rounded and clipped to 0 to 255; biases in levels."""
    return np.asarray(cv2.add(cv2.multiply(x, weights, dtype=cv2.CV_32F), biases, dtype=cv2.CV_8U))


MAP_ENLARGEMENT = 3
"""Factor by which maps are enlarged by a cubic before they are read linearly."""

_NEGLIGIBLE = 1e-4  # change of a map; at most a fortieth of a grey level


class _SmoothMap:
    """A map on the model grid that is read between its entries: enlarged once by a cubic, then read linearly."""

    def __init__(self, values: Floats, outside: float) -> None:
        values = values[..., None] if values.ndim == 2 else values
        padded = np.pad(values.astype(np.float32), ((1, 1), (1, 1), (0, 0)), constant_values=outside)
        self._fine = cv2.resize(padded, None, fx=MAP_ENLARGEMENT, fy=MAP_ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
        self._outside = outside
        rows = np.flatnonzero((np.abs(values - outside) > _NEGLIGIBLE).any((1, 2)))
        self._rows = (rows[0] - 2, rows[-1] + 2) if len(rows) else (0, -1)

    def at(self, grid: Floats) -> Floats:
        """Return the values (h, w, 3) at model-grid coordinates (h, w, 2)."""
        if not self._reaches(grid):
            return np.full((*grid.shape[:2], 3), self._outside, np.float32)
        fine = grid * np.float32(MAP_ENLARGEMENT) + np.float32(1.5 * MAP_ENLARGEMENT - 0.5)
        found = sample_linear(self._fine, fine, (self._outside,) * 3)
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_GRAY2RGB) if found.ndim == 2 else found, np.float32)

    def _reaches(self, grid: Floats) -> bool:
        """Return whether the map differs from its outside value in any row that these coordinates touch."""
        rows = grid[::4, ::4, 1]  # coordinates vary slowly, and the range of rows has a margin
        return bool(((rows >= self._rows[0]) & (rows <= self._rows[1])).any())
