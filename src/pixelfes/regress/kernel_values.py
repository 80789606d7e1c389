"""The values of fitted kernel expansions: of images as they are, or of every 8-bit level at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from pixelfes.regress.images import Array
from pixelfes.regress.kernel_features import EIGHT_BIT, LEVELS, KernelFeatures
from pixelfes.regress.kernels import Kernel

NUMBERS = 2**20
"""Values of the kernel, or of features, that are worked on at a time."""

Centres: TypeAlias = KernelFeatures | Array
"""What coefficients belong to: features, or places of the kernel of shape (k,), or (*shape, k) for every pixel's own."""


def evaluate(image: Array, coefficients: Array, centres: Centres, kernel: Kernel) -> Array:
    """Values of kernel expansions at the pixels of an image.

    Parameters
    ----------
    image : array of shape (H, W) or (H, W, C), float
    coefficients : array of shape (H, W, k), or (H, W, C, k), float64
    centres : KernelFeatures, or array of shape (k,) or that of the coefficients
    kernel : Kernel

    Returns
    -------
    array of the shape of the image, float64
    """
    c = coefficients.reshape(-1, coefficients.shape[-1])
    x = image.astype(np.float64, order="C").reshape(len(c), -1)
    out = np.empty(x.shape)
    step = max(1, NUMBERS // (x.shape[1] * c.shape[1]))
    for start in range(0, len(c), step):
        part = slice(start, start + step)
        if isinstance(centres, KernelFeatures):
            basis = centres.at(x[part])
        else:
            own = centres if centres.ndim == 1 else centres.reshape(c.shape)[part, np.newaxis]
            basis = kernel(x[part, :, np.newaxis], own)
        out[part] = np.matmul(basis, c[part, :, np.newaxis])[..., 0]
    return out.reshape(image.shape)


def values_at_levels(coefficients: Array, centres: Centres, kernel: Kernel) -> Array:
    """Values of kernel expansions at the 8-bit levels, (H, W[, C], 256), float64; arguments as of `evaluate`."""
    if isinstance(centres, KernelFeatures):
        values: Array = coefficients @ centres.at_levels.T
        return values
    if centres.ndim == 1:
        values = coefficients @ kernel(centres[:, np.newaxis], EIGHT_BIT)
        return values
    levels = np.broadcast_to(EIGHT_BIT, (*coefficients.shape[:-1], LEVELS))
    return evaluate(levels, coefficients, centres, kernel)
