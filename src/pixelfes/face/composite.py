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
    part = pixels[placement.rows, placement.columns]
    if part.size == 0:
        return
    if weight.ndim == 2:
        weight = weight[..., None]
    padding = ((1, 1), (1, 1), (0, 0))
    maps = [np.ascontiguousarray(np.pad(m.astype(np.float32), padding)) for m in (1.0 * weight, 255.0 * bias)]
    weights, biases = (_lookup(m, placement.grid + np.float32(1)) for m in maps)
    x = part if placement.source is None else _sample(pixels, placement.source)
    scaled = x * (1 + weights.reshape(*x.shape[:2], -1))
    pixels[placement.rows, placement.columns] = cv2.add(scaled, biases, dtype=cv2.CV_8U)


def _lookup(maps: Map, grid: Map) -> Map:
    return np.asarray(cv2.remap(maps, grid, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0))


def _sample(pixels: Pixels, source: Map) -> Pixels:
    """Return the photo at source coordinates (h, w, 2); only the part that they reach is touched (remap has a size limit)."""
    low = np.maximum(np.floor(source.reshape(-1, 2).min(0)).astype(int) - 2, 0)
    high = np.ceil(source.reshape(-1, 2).max(0)).astype(int) + 3
    part = pixels[low[1] : high[1], low[0] : high[0]]
    shifted = source - low.astype(np.float32)
    return np.asarray(cv2.remap(part, shifted, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)
