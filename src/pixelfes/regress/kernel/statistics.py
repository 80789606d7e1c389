"""What kernel regression needs of its pairs: sums per pixel and level, or per pixel and feature, which add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats
from pixelfes.regress.kernel.features import EIGHT_BIT, LEVELS, KernelFeatures
from pixelfes.regress.parameters import Prior

BAND = 2**19
"""Samples that are worked on at a time."""

FEW = 32
"""So many samples of a pixel are summed one by one; more are counted by level first."""


@dataclass(frozen=True)
class Band:
    """Some of the map entries of a batch of pairs, and all that they observe.

    Attributes
    ----------
    entries : slice
        Which ones, of the maps flattened to (P,).
    x : array of shape (B, N, C), in its own dtype
        Inputs; C = 1 unless several channels share a map.
    t : array of shape (B, N, C), float64
    weight : array of shape (B, N), float64
    """

    entries: slice
    x: AnyArray
    t: AnyArray
    weight: AnyArray

    def residual(self) -> Self:
        """Make the band with the target t - x instead of t."""
        return type(self)(self.entries, self.x, self.t - as_floats(self.x, np.float64), self.weight)


def bands(pairs: RegisteredPairs, shape: tuple[int, ...], most: int = BAND) -> Iterator[Band]:
    """Cut pairs into bands of map entries of about ``most`` samples, at least one entry; shape is that of the maps."""
    height, width = pairs.X.shape[1:3]
    per_entry = pairs.X.size // int(np.prod(shape))
    per_row = int(np.prod(shape[1:]))
    rows = max(1, most // (per_entry * per_row))
    columns = width if rows > 1 else max(1, most * width // (per_entry * per_row))
    start = 0
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            cell = (slice(None), slice(top, top + rows), slice(left, left + columns))
            x, t = (_entries_first(images[cell], len(shape)) for images in (pairs.X, pairs.T))
            weight = np.moveaxis(pairs.weight[cell], 0, -1).reshape(-1, len(pairs)).astype(np.float64)
            weight = weight.repeat(len(x) // len(weight), axis=0)
            yield Band(slice(start, start + len(x)), x, as_floats(t, np.float64), weight)
            start += len(x)


def _entries_first(images: AnyArray, ndim: int) -> AnyArray:
    images = images if images.ndim == ndim + 2 else images[..., np.newaxis]
    first = np.moveaxis(images, 0, -2)
    return np.ascontiguousarray(first).reshape(-1, *first.shape[-2:])


@dataclass(eq=False)
class LevelSums:
    """Two sums per pixel and level of an 8-bit input x over weighted samples: Σw and Σwt.

    Attributes
    ----------
    n, t : arrays of shape (H, W, 256) or (H, W, C, 256), float64

    Examples
    --------
    >>> from pixelfes.regress.images import check_pairs
    >>> sums = LevelSums.zeros((1, 1)).add_pairs(check_pairs(np.full((3, 1, 1), 7, np.uint8), np.full((3, 1, 1), 0.5)))
    >>> float(sums.n[0, 0, 7]), float(sums.t[0, 0, 7]), float(sums.n.sum())
    (3.0, 1.5, 3.0)
    """

    n: AnyArray
    t: AnyArray

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> Self:
        """Make sums over no sample, for maps of ``shape``."""
        return cls(np.zeros((*shape, LEVELS)), np.zeros((*shape, LEVELS)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.n.shape[:-1]

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, and return itself; raises `InputError` where the inputs are not of 8 bits."""
        if pairs.X.dtype != np.uint8:
            raise InputError(
                f"sums per level take uint8 inputs, which have levels; found {pairs.X.dtype}: use solver='features'"
            )
        n, t = self.n.reshape(-1, LEVELS), self.t.reshape(-1, LEVELS)
        for band in bands(pairs, self.shape):
            counts, totals = by_level(band)
            n[band.entries] += counts
            t[band.entries] += totals
        return self

    def merge(self, other: LevelSums) -> Self:
        """Add other sums of the same shape, in place, and return itself."""
        _check_same_shape(self.n, other.n)
        self.n += other.n
        self.t += other.t
        return self

    def residual(self) -> LevelSums:
        """Make the sums of the same samples with the target t - x instead of t."""
        return LevelSums(self.n, self.t - self.n * EIGHT_BIT)


def by_level(band: Band) -> tuple[AnyArray, AnyArray]:
    """Σw and Σwt of every entry of a band and every level, (B, 256)."""
    size = len(band.x)
    cells = (band.x + LEVELS * np.arange(size)[:, np.newaxis, np.newaxis]).ravel()
    weight = np.broadcast_to(band.weight[..., np.newaxis], band.x.shape)
    n = np.bincount(cells, weight.ravel(), minlength=size * LEVELS)
    t = np.bincount(cells, (weight * band.t).ravel(), minlength=size * LEVELS)
    return n.reshape(size, LEVELS), t.reshape(size, LEVELS)


@dataclass(eq=False)
class FeatureSums:
    """The normal equations of ridge regression on r features per pixel: Σ w phi phi' and Σ w phi t.

    Attributes
    ----------
    gram : array of shape (r (r + 1) / 2, H, W) or (..., H, W, C), float64
        Its upper triangle, row by row.
    moment : array of shape (r, H, W) or (r, H, W, C), float64
    features : KernelFeatures
    prior : {"zero", "identity"}
        With "identity" the target is t - x.
    """

    gram: AnyArray
    moment: AnyArray
    features: KernelFeatures
    prior: Prior

    @classmethod
    def zeros(cls, features: KernelFeatures, prior: Prior, shape: tuple[int, ...]) -> Self:
        """Make sums over no sample, for maps of ``shape``."""
        rank = features.rank
        return cls(np.zeros((rank * (rank + 1) // 2, *shape)), np.zeros((rank, *shape)), features, prior)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.moment.shape[1:]

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, and return itself."""
        gram, moment = (sums.reshape(len(sums), -1) for sums in (self.gram, self.moment))
        by_levels = pairs.X.dtype == np.uint8 and pairs.X.size // int(np.prod(self.shape)) > FEW
        for whole in bands(pairs, self.shape, BAND if by_levels else max(1, BAND // self.features.rank)):
            band = whole.residual() if self.prior == "identity" else whole
            f = self.features
            squares, products = sums_of_levels(*by_level(band), f) if by_levels else _sums_of_samples(band, f)
            gram[:, band.entries] += squares
            moment[:, band.entries] += products
        return self

    def merge(self, other: FeatureSums) -> Self:
        """Add other sums of the same shape and features, in place, and return itself."""
        if self._key() != other._key():
            raise InputError(f"sums of the same features can be joined; found {self._key()} and {other._key()}")
        _check_same_shape(self.moment, other.moment)
        self.gram += other.gram
        self.moment += other.moment
        return self

    def _key(self) -> tuple[object, ...]:
        features = self.features
        return features.rank, features.kernel, f"levels to {features.upper:g}", f"prior {self.prior}"


def sums_of_levels(n: AnyArray, t: AnyArray, features: KernelFeatures) -> tuple[AnyArray, AnyArray]:
    """Return the Gram matrices (r (r + 1) / 2, P) and moments (r, P) of features, from sums per level (P, 256)."""
    phi = features.at_levels
    first, second = np.triu_indices(features.rank)
    return (phi[:, first] * phi[:, second]).T @ n.T, phi.T @ t.T


def _sums_of_samples(band: Band, features: KernelFeatures) -> tuple[AnyArray, AnyArray]:
    phi, weighted = weighted_features(band, features)
    first, second = np.triu_indices(features.rank)
    gram = np.matmul(weighted.transpose(0, 2, 1), phi)
    moment = np.matmul(weighted.transpose(0, 2, 1), band.t.reshape(*phi.shape[:2], 1))
    return gram[:, first, second].T, moment[..., 0].T


def weighted_features(band: Band, features: KernelFeatures) -> tuple[AnyArray, AnyArray]:
    """Features of all samples of every entry of a band, (B, N C, r), and the same times their weights."""
    phi = features.at(band.x)
    weighted = phi * band.weight[..., np.newaxis, np.newaxis]
    size = len(phi)
    return phi.reshape(size, -1, features.rank), weighted.reshape(size, -1, features.rank)


def _check_same_shape(one: AnyArray, other: AnyArray) -> None:
    if one.shape != other.shape:
        raise InputError(f"sums of one shape can be joined; found {one.shape} and {other.shape}")
