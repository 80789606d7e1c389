"""The normal equations of every output pixel on its receptive field; they add across images, shards and machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats


@dataclass(eq=False)
class SparseSums:
    """Normal equations of every output pixel on its receptive field, the bias first.

    They add only if the fields are the same.

    Attributes
    ----------
    indices : array of shape (rows, W, F), int
        The receptive fields: row * W + column of the input pixels.
    gram : array of shape (F + 1, F + 1, *shape), float64
        Entries (i, j) with i <= j; the others are 0. ``shape`` is that of the maps, (H, W), or (H, W, C) for a model per
        channel.
    moment : array of shape (F + 1, *shape), float64
    """

    indices: AnyArray
    gram: AnyArray
    moment: AnyArray

    @classmethod
    def zeros(cls, indices: AnyArray, shape: tuple[int, ...]) -> Self:
        """Return sums over no sample, for maps of ``shape``."""
        k = indices.shape[2] + 1
        return cls(indices, np.zeros((k, k, *shape)), np.zeros((k, *shape)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.moment.shape[1:]

    def add(self, features: list[AnyArray], t: AnyArray, weight: AnyArray) -> Self:
        """Add the samples of one pair, as `field_samples` yields them, in place."""
        weighted: list[AnyArray] = [np.broadcast_to(weight, t.shape), *(weight * z for z in features)]
        for i, row in enumerate(weighted):
            self.gram[0, i] += row.sum(axis=0)
            self.moment[i] += (row * t).sum(axis=0)
            for j in range(max(i, 1), len(weighted)) if i else ():
                self.gram[i, j] += (row * features[j - 1]).sum(axis=0)
        return self

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place; this needs memory for one pair."""
        for features, t, weight in field_samples(pairs, self.indices, self.shape):
            self.add(features, t, weight)
        return self

    def merge(self, other: SparseSums) -> Self:
        """Add other sums over the same fields, in place, and return itself."""
        if self.shape != other.shape or not np.array_equal(self.indices, other.indices):
            raise InputError("merge joins models that observe the same pixels, with maps of one shape; these differ")
        self.gram += other.gram
        self.moment += other.moment
        return self

    def take_rows(self, start: int, stop: int) -> SparseSums:
        """Return views of rows ``start`` to ``stop`` (exclusive) of the maps."""
        return SparseSums(self.indices[start:stop], self.gram[:, :, start:stop], self.moment[:, start:stop])


def own_pixels(height: int, width: int) -> AnyArray:
    """Return the fields of one pixel in which every output pixel observes itself, (H, W, 1), int32."""
    return np.arange(height * width, dtype=np.int32).reshape(height, width, 1)


def field_samples(
    pairs: RegisteredPairs, indices: AnyArray, shape: tuple[int, ...], first_row: int = 0
) -> Iterator[tuple[list[AnyArray], AnyArray, AnyArray]]:
    """Yield, pair by pair, the samples that maps of ``shape`` learn from.

    Parameters
    ----------
    pairs : RegisteredPairs
    indices : array of shape (rows, W, F)
        The fields of the output pixels from ``first_row`` on.
    shape : tuple of int
        (rows, W), if each channel is a sample, or (rows, W, C), if an image is.
    first_row : int
        Row of the image that the maps start at.

    Yields
    ------
    features : list of F arrays of shape (S, *shape), float64
    t : array of shape (S, *shape), float64
    weight : array that broadcasts against ``shape``, float64
    """
    band = pairs.take_rows(first_row, first_row + len(indices))
    for x, (_, t, weight) in zip(pairs.X, band.samples(shape), strict=True):
        by_pixel = x.reshape(-1, *x.shape[2:])
        features = []
        for f in range(indices.shape[2]):
            z = as_floats(by_pixel[indices[..., f]], np.float64)
            features.append(np.moveaxis(z, -1, 0) if z.ndim > len(shape) else z[np.newaxis])
        yield features, t, weight
