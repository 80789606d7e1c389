"""Pixel-KR at every 8-bit level, and the few functions that span it."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array
from pixelfes.regress import PixelKernelRidge

LEVELS = 256
_INSIGNIFICANT = 1e-3 / 255
"""An error that no rounded picture shows: a thousandth of a level."""


def level_changes(regressor: PixelKernelRidge) -> Array:
    """Return what is added to every pixel at every 8-bit level, (H, W, 256) or (H, W, 3, 256), 1 for 255.

    It is the bias of the regressor's local affine map, whose weight is 1.
    """
    maps = regressor.coefficients_.shape[:-1]
    if not hasattr(regressor, "samples_"):
        levels = np.arange(LEVELS, dtype=np.uint8).reshape(-1, *[1] * len(maps))
        found = regressor.predict(np.broadcast_to(levels, (LEVELS, *maps)))
        return np.moveaxis(found.astype(np.float64) - levels / 255, 0, -1)
    out = np.empty((*maps, LEVELS))
    for level in range(LEVELS):
        out[..., level] = regressor.local_affine(np.full(maps, level / 255))[1]
    return out


def factors(changes: Array) -> tuple[Array, Array]:
    """Split changes (..., 256) into coefficients (..., r) and r functions of the level (r, 256), r as small as can be.

    Smooth kernels have low rank: a dozen functions reproduce all of 256 levels to a thousandth of a level.
    """
    flat = changes.reshape(-1, LEVELS)
    values, vectors = np.linalg.eigh(flat.T @ flat)
    order = np.argsort(values)[::-1]
    rank = max(1, int((values > values.max() * 1e-14).sum()))
    for r in range(1, rank):
        basis = vectors[:, order[:r]]
        if np.abs(flat - flat @ basis @ basis.T).max() < _INSIGNIFICANT:
            rank = r
            break
    basis = vectors[:, order[:rank]]
    return (flat @ basis).reshape(*changes.shape[:-1], rank), basis.T
