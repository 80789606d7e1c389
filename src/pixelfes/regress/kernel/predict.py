"""Predictions of kernel ridge regression: values of the fitted functions, or a look-up of values at the 8-bit levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import map_over_image
from pixelfes.regress.kernel.features import LEVEL_VALUES, N_LEVELS, KernelFeatures
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.parameters import Prior

_VALUES_AT_A_TIME = 2**20
"""Values of the kernel, or of features, that are computed at a time."""

Centres: TypeAlias = KernelFeatures | AnyArray
"""The basis that coefficients belong to: features, or centres of the kernel, (k,) for all pixels or (*shape, k) for each."""


@dataclass(frozen=True, eq=False)
class KernelExpansion:
    """A function of every pixel: f(v) = Σ_j c_j basis_j(v), plus v with the prior "identity".

    Attributes
    ----------
    coefficients : array of shape (H, W, k), or (H, W, C, k), float64
    centres : KernelFeatures, or array of shape (k,) or that of the coefficients
        The basis: features, or the kernel at shared centres in [0, 1] or at centres of each pixel.
    kernel : Kernel
    prior : {"zero", "identity"}
    """

    coefficients: AnyArray
    centres: Centres
    kernel: Kernel
    prior: Prior

    def at(self, image: AnyArray) -> AnyArray:
        """Return the values at the pixels of a float image (H, W) or (H, W, C): float64, of its shape."""
        c = self.coefficients.reshape(-1, self.coefficients.shape[-1])
        x = image.astype(np.float64, order="C").reshape(len(c), -1)
        out = np.empty(x.shape)
        step = max(1, _VALUES_AT_A_TIME // (x.shape[1] * c.shape[1]))
        for start in range(0, len(c), step):
            part = slice(start, start + step)
            out[part] = np.matmul(self._basis(x[part], part), c[part, :, np.newaxis])[..., 0]
        if self.prior == "identity":
            out += x
        return out.reshape(image.shape)

    def _basis(self, x: AnyArray, part: slice) -> AnyArray:
        if isinstance(self.centres, KernelFeatures):
            return self.centres.at(x)
        if self.centres.ndim == 1:
            return self.kernel(x[..., np.newaxis], self.centres)
        of_each_pixel = self.centres.reshape(-1, self.centres.shape[-1])[part, np.newaxis]
        return self.kernel(x[..., np.newaxis], of_each_pixel)

    def at_levels(self) -> AnyArray:
        """Return the values at the 8-bit levels, (H, W, 256) or (H, W, C, 256), float64."""
        if isinstance(self.centres, KernelFeatures):
            values: AnyArray = self.coefficients @ self.centres.at_levels.T
        elif self.centres.ndim == 1:
            values = self.coefficients @ self.kernel(self.centres[:, np.newaxis], LEVEL_VALUES)
        else:
            return self.at(np.broadcast_to(LEVEL_VALUES, (*self.coefficients.shape[:-1], N_LEVELS)))
        if self.prior == "identity":
            values += LEVEL_VALUES
        return values

    def clipped(self, image: AnyArray) -> AnyArray:
        """Return an image with every pixel moved to the nearest value that the expansion has learnt about."""
        if isinstance(self.centres, KernelFeatures):
            return np.clip(image, 0, self.centres.upper)
        if self.centres.ndim == 1:
            return np.clip(image, 0, 1)
        low, high = (map_over_image(end(axis=-1), image.shape) for end in (self.centres.min, self.centres.max))
        return np.clip(image, low, high)


def predict_kernel_ridge(images: AnyArray, expansion: KernelExpansion) -> AnyArray:
    """Return the values of a fitted expansion at the pixels of checked float images.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C), float
    expansion : KernelExpansion

    Returns
    -------
    array of the shape of the images, float64 for float64 inputs and float32 otherwise
    """
    out = np.empty(images.shape, np.float64 if images.dtype == np.float64 else np.float32)
    for image, result in zip(images, out, strict=True):
        result[...] = expansion.at(image)
    return out


def look_up(table: AnyArray, images: AnyArray) -> AnyArray:
    """Return the entries of a table (H, W[, C], 256) at the levels of 8-bit images (N, H, W[, C])."""
    maps = table.shape[:-1]
    start = np.arange(0, table.size, N_LEVELS, dtype=np.intp).reshape(maps)
    start = start if len(maps) == images.ndim - 1 else start[..., np.newaxis]
    out = np.empty(images.shape, table.dtype)
    entries, position = table.reshape(-1), np.empty(images.shape[1:], np.intp)
    for image, result in zip(images, out, strict=True):
        position[...] = image
        position += start
        np.take(entries, position, out=result, mode="clip")
    return out


def check_maps_serve(maps: tuple[int, ...], image: tuple[int, ...], owner: str) -> None:
    """Raise `InputError` unless maps of shape (H, W) or (H, W, C) serve images of a shape; (H, W) serve any channels."""
    if image != maps and not (len(maps) == 2 and image[:2] == maps):
        raise InputError(f"{owner} was fitted with maps of shape {maps}; found images of shape {image}")
