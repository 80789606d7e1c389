"""Predictions of masked regression."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import as_floats
from pixelfes.regress.masked.windows import parts_under_shift, window_offsets


def predict_masked_ridge(images: AnyArray, weight: AnyArray, bias: AnyArray) -> AnyArray:
    """Return bias + the weighted sum of every pixel's window, for every checked image.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        uint8 is divided by 255.
    weight : array of shape (r, r, H, W) or (r, r, H, W, C)
        See `solve_masked_ridge`.
    bias : array of shape (H, W) or (H, W, C)

    Returns
    -------
    array of the shape of the images, float64 for float64 inputs and float32 otherwise
    """
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    weight, bias = weight.astype(dtype), bias.astype(dtype)
    shared = images.ndim > bias.ndim + 1
    out = np.empty(images.shape, dtype)
    for image, result in zip(images, out, strict=True):
        x = as_floats(np.moveaxis(image, -1, 0) if shared else image[np.newaxis], dtype)
        total = np.broadcast_to(bias, x.shape).copy()
        product = np.empty_like(total)
        for w, offset in zip(weight.reshape(-1, *bias.shape), window_offsets(len(weight)), strict=True):
            here, there = parts_under_shift(offset, *bias.shape[:2])
            part = total[:, *here]
            np.add(part, np.multiply(w[here], x[:, *there], out=product[:, *here]), out=part)
        result[...] = np.moveaxis(total, 0, -1) if shared else total[0]
    return out
