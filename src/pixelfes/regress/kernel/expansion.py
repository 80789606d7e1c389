"""The values of fitted kernel expansions: of images as they are, or of every 8-bit level at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import map_over_image
from pixelfes.regress.kernel.features import EIGHT_BIT, LEVELS, KernelFeatures
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.parameters import Prior

NUMBERS = 2**20
"""Values of the kernel, or of features, that are worked on at a time."""

Centres: TypeAlias = KernelFeatures | AnyArray
"""What coefficients belong to: features, or places of the kernel of shape (k,), or (*shape, k) for every pixel's own."""


@dataclass(frozen=True, eq=False)
class KernelExpansion:
    """Every pixel's own function f(v) = Σ_j c_j basis_j(v), or with the prior "identity" that and v.

    Attributes
    ----------
    coefficients : array of shape (H, W, k), or (H, W, C, k), float64
    centres : KernelFeatures, or array of shape (k,) or that of the coefficients
        The basis: features, or the kernel with places in [0, 1] or with every pixel's own places.
    kernel : Kernel
    prior : {"zero", "identity"}
    """

    coefficients: AnyArray
    centres: Centres
    kernel: Kernel
    prior: Prior

    def at(self, image: AnyArray) -> AnyArray:
        """Values at the pixels of a float image (H, W) or (H, W, C): float64, of its shape."""
        c = self.coefficients.reshape(-1, self.coefficients.shape[-1])
        x = image.astype(np.float64, order="C").reshape(len(c), -1)
        out = np.empty(x.shape)
        step = max(1, NUMBERS // (x.shape[1] * c.shape[1]))
        for start in range(0, len(c), step):
            part = slice(start, start + step)
            out[part] = np.matmul(self._basis(x[part], part), c[part, :, np.newaxis])[..., 0]
        if self.prior == "identity":
            out += x
        return out.reshape(image.shape)

    def _basis(self, x: AnyArray, part: slice) -> AnyArray:
        if isinstance(self.centres, KernelFeatures):
            return self.centres.at(x)
        own = self.centres.ndim > 1
        places = self.centres.reshape(-1, self.centres.shape[-1])[part, np.newaxis] if own else self.centres
        return self.kernel(x[..., np.newaxis], places)

    def at_levels(self) -> AnyArray:
        """Values at the 8-bit levels, (H, W, 256) or (H, W, C, 256), float64."""
        if isinstance(self.centres, KernelFeatures):
            values: AnyArray = self.coefficients @ self.centres.at_levels.T
        elif self.centres.ndim == 1:
            values = self.coefficients @ self.kernel(self.centres[:, np.newaxis], EIGHT_BIT)
        else:
            return self.at(np.broadcast_to(EIGHT_BIT, (*self.coefficients.shape[:-1], LEVELS)))
        if self.prior == "identity":
            values += EIGHT_BIT
        return values

    def clipped(self, image: AnyArray) -> AnyArray:
        """Return an image with every pixel moved to the nearest place of which the expansion can know."""
        if isinstance(self.centres, KernelFeatures):
            return np.clip(image, 0, self.centres.upper)
        if self.centres.ndim == 1:
            return np.clip(image, 0, 1)
        low, high = (map_over_image(end(axis=-1), image.shape) for end in (self.centres.min, self.centres.max))
        return np.clip(image, low, high)
