"""Predictions of per-pixel ridge regression."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import map_over_image


def predict_pixel_ridge(images: AnyArray, weight: AnyArray, bias: AnyArray) -> AnyArray:
    """Return weight * image + bias for every checked image.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        uint8 is divided by 255.
    weight, bias : arrays of shape (H, W) or that of one image

    Returns
    -------
    array of the shape of the images, float64 for float64 inputs and float32 otherwise
    """
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    scale = 255 if images.dtype == np.uint8 else 1
    w = map_over_image(weight / scale, images.shape[1:]).astype(dtype, order="C")
    b = map_over_image(bias, images.shape[1:]).astype(dtype, order="C")
    out = np.empty(images.shape, dtype)
    for image, result in zip(images, out, strict=True):
        np.multiply(image, w, out=result)
        np.add(result, b, out=result)
    return out
