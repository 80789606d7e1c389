"""Putting a changed face back into its photo, at the photo's own resolution."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from pixelfes.arrays import Floats, Pixels
from pixelfes.face.placement import Placement


def composite(pixels: Pixels, placement: Placement, weight: Floats, bias: Floats) -> None:
    """Change a photo in place: ``y(q) = x + weight_change * x + bias`` wherever a placement reaches.

    x is the photo at ``placement.source``; the maps are looked up at ``placement.grid`` with a smooth interpolation and
    are 0 outside the model grid, so that nothing changes there.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    weight : (S, S) or (S, S, 3) float32
        The change of weight, w - 1, already scaled by intensity and mask.
    bias : (S, S, 3) float32
        In units of 255, scaled in the same way.
    """
    target = pixels[placement.rows, placement.columns]
    if target.size == 0:
        return
    weights, biases = _Lookup(1 + weight, 1.0), _Lookup(255 * bias, 0.0)
    photo = target.copy()

    def work(part: tuple[slice, slice]) -> None:
        source, grid = placement.coordinates_in(part)
        x = photo[part] if source is None else _sample(photo, source)
        target[part] = affine(x, weights.at(grid), biases.at(grid))

    with ThreadPoolExecutor(cv2.getNumThreads()) as pool:  # a band is too small for OpenCV to share it out by itself
        list(pool.map(work, placement.bands()))


def affine(x: Pixels, weights: Floats, biases: Floats) -> Pixels:
    """Return ``weights * x + biases``, rounded and held within 0 to 255; all (h, w, 3), biases in levels."""
    return np.asarray(cv2.add(cv2.multiply(x, weights, dtype=cv2.CV_32F), biases, dtype=cv2.CV_8U))


MAP_ENLARGEMENT = 3
_NOTHING = 1e-4  # a change of a map below a fortieth of a grey level


class _Lookup:
    """A map that can be asked for its value between its entries: enlarged by a cubic once, then read linearly."""

    def __init__(self, values: Floats, outside: float) -> None:
        values = values[..., None] if values.ndim == 2 else values
        padded = np.pad(values.astype(np.float32), ((1, 1), (1, 1), (0, 0)), constant_values=outside)
        self._fine = cv2.resize(padded, None, fx=MAP_ENLARGEMENT, fy=MAP_ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
        self._outside = outside
        said = np.flatnonzero((np.abs(values - outside) > _NOTHING).any((1, 2)))
        self._rows = (said[0] - 2, said[-1] + 2) if len(said) else (0, -1)

    def at(self, grid: Floats) -> Floats:
        """Return the values (h, w, 3) at model-grid coordinates (h, w, 2)."""
        if not self._says_anything(grid):
            return np.full((*grid.shape[:2], 3), self._outside, np.float32)
        fine = grid * np.float32(MAP_ENLARGEMENT) + np.float32(1.5 * MAP_ENLARGEMENT - 0.5)
        border = (self._outside,) * 3
        found = cv2.remap(self._fine, fine, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border)
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_GRAY2RGB) if found.ndim == 2 else found, np.float32)

    def _says_anything(self, grid: Floats) -> bool:
        rows = grid[::4, ::4, 1]  # varies slowly; the range asked for has a margin
        here = (rows >= self._rows[0]) & (rows <= self._rows[1])
        return bool(here.any())


def _sample(photo: Pixels, source: Floats) -> Pixels:
    return np.asarray(cv2.remap(photo, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)
