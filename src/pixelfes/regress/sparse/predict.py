"""Predictions of ridge regression on receptive fields."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray


def predict_sparse_ridge(images: AnyArray, indices: AnyArray, weight: AnyArray, bias: AnyArray) -> AnyArray:
    """Return bias + the weighted sum of every pixel's field, for every checked image.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        uint8 is divided by 255.
    indices : array of shape (H, W, F)
    weight : array of shape (H, W, F) or (H, W, F, C)
    bias : array of shape (H, W) or (H, W, C)

    Returns
    -------
    array of the shape of the images, float64 for float64 inputs and float32 otherwise
        Beyond it, memory for two images is needed.
    """
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    scale = 255 if images.dtype == np.uint8 else 1

    def over_image(values: AnyArray) -> AnyArray:
        return values[..., np.newaxis] if values.ndim < images.ndim - 1 else values

    weights = [over_image(weight[:, :, f] / scale).astype(dtype) for f in range(indices.shape[2])]
    constant = np.broadcast_to(over_image(bias), images.shape[1:]).astype(dtype)
    observed = [np.ascontiguousarray(indices[..., f]) for f in range(indices.shape[2])]
    out = np.empty(images.shape, dtype)
    for image, result in zip(images, out, strict=True):
        by_pixel = image.reshape(-1, *image.shape[2:])
        result[...] = constant
        for pixels, w in zip(observed, weights, strict=True):
            np.add(result, by_pixel[pixels] * w, out=result)
    return out
