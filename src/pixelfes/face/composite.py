"""Putting a changed face back into its photo, at the photo's own resolution."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.face.placement import Placement

Pixels = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


def composite(pixels: Pixels, placement: Placement, weight: Map, bias: Map) -> None:
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
    height, width = placement.grid.shape[:2]
    if height == 0 or width == 0:
        return
    weights, biases = _Lookup(1 + weight, 1.0), _Lookup(255 * bias, 0.0)
    photo, origin = _reached(pixels, placement)
    target = pixels[placement.rows, placement.columns]
    step = max(1, _BAND // width)
    for top in range(0, height, step):
        band = slice(top, min(top + step, height))
        grid = placement.grid[band]
        x = target[band] if placement.source is None else _sample(photo, placement.source[band] - origin)
        target[band] = cv2.add(cv2.multiply(x, weights.at(grid), dtype=cv2.CV_32F), biases.at(grid), dtype=cv2.CV_8U)


_MARGIN = 3  # pixels around the box that a smooth interpolation looks at
_FINER = 3
_BAND = 2**15  # pixels worked on at a time: few enough to stay in the processor's cache


class _Lookup:
    """A map that can be asked for its value between its entries: enlarged by a cubic once, then read linearly."""

    def __init__(self, values: Map, outside: float) -> None:
        values = values[..., None] if values.ndim == 2 else values
        colour = np.broadcast_to(values, (*values.shape[:2], 3)).astype(np.float32)
        padded = np.pad(colour, ((1, 1), (1, 1), (0, 0)), constant_values=outside)
        self._fine = cv2.resize(padded, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_CUBIC)
        self._outside = (outside, outside, outside)

    def at(self, grid: Map) -> Map:
        """Return the values (h, w, 3) at model-grid coordinates (h, w, 2)."""
        fine = grid * np.float32(_FINER) + np.float32(1.5 * _FINER - 0.5)
        found = cv2.remap(
            self._fine, fine, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=self._outside
        )
        return np.asarray(found, np.float32)


def _reached(pixels: Pixels, placement: Placement) -> tuple[Pixels, npt.NDArray[np.float32]]:
    """Return a copy of the part of a photo that the source coordinates reach, and where it begins (x, y)."""
    if placement.source is None:
        return pixels, np.zeros(2, np.float32)
    top, left = max(0, placement.rows.start - _MARGIN), max(0, placement.columns.start - _MARGIN)
    part = pixels[top : placement.rows.stop + _MARGIN, left : placement.columns.stop + _MARGIN]
    return part.copy(), np.array([left, top], np.float32)


def _sample(photo: Pixels, source: Map) -> Pixels:
    return np.asarray(cv2.remap(photo, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)
