"""The sums that kernel regression learns from: per pixel and level, or per pixel and feature; both add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats
from pixelfes.regress.kernel.features import (
    LEVEL_VALUES,
    MOST_FEATURES,
    N_LEVELS,
    KernelFeatures,
    eigen_features,
    few_features,
)
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.parameters import Prior

Solver: TypeAlias = Literal["auto", "exact", "features"]

BEYOND_PHOTOS = 2.0
"""End of the features' levels for images that exceed 1, as photos divided by their light do; skin is 1 there."""

_SAMPLES_AT_A_TIME = 2**19

_FEW_SAMPLES = 32
"""Up to this many samples of a pixel are summed one by one. More are first counted by level."""


@dataclass(frozen=True)
class EntryBatch:
    """Some of the map entries of pairs, and all samples that these observe.

    Attributes
    ----------
    entries : slice
        Which ones, of the maps flattened to (P,).
    x : array of shape (B, N, C), of the dtype of the images
        Inputs; C = 1 unless several channels share a map.
    t : array of shape (B, N, C), float64
    weight : array of shape (B, N), float64
    """

    entries: slice
    x: AnyArray
    t: AnyArray
    weight: AnyArray

    def for_prior(self, prior: Prior) -> EntryBatch:
        """Return the batch that a regression with this prior learns from: with "identity" the target is t - x."""
        if prior == "zero":
            return self
        return EntryBatch(self.entries, self.x, self.t - as_floats(self.x, np.float64), self.weight)


def entry_batches(pairs: RegisteredPairs, shape: tuple[int, ...], most: int | None = None) -> Iterator[EntryBatch]:
    """Cut pairs into batches of map entries, each of at least one entry and about ``most`` samples.

    Parameters
    ----------
    pairs : RegisteredPairs
    shape : tuple of int
        Shape of the maps.
    most : None, or int
        None is a number that suits sums.
    """
    most = _SAMPLES_AT_A_TIME if most is None else most
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
            yield EntryBatch(slice(start, start + len(x)), x, as_floats(t, np.float64), weight)
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
        """Return sums over no sample, for maps of ``shape``."""
        return cls(np.zeros((*shape, N_LEVELS)), np.zeros((*shape, N_LEVELS)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.n.shape[:-1]

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, and return itself; raise `InputError` if the inputs are not uint8."""
        if pairs.X.dtype != np.uint8:
            raise InputError(
                f"sums per level take uint8 inputs, which have levels; found {pairs.X.dtype}: use solver='features'"
            )
        n, t = self.n.reshape(-1, N_LEVELS), self.t.reshape(-1, N_LEVELS)
        for batch in entry_batches(pairs, self.shape):
            counts, totals = _sums_by_level(batch)
            n[batch.entries] += counts
            t[batch.entries] += totals
        return self

    def merge(self, other: LevelSums) -> Self:
        """Add other sums of the same shape, in place, and return itself."""
        _check_same_shape(self.n, other.n)
        self.n += other.n
        self.t += other.t
        return self

    def for_prior(self, prior: Prior) -> LevelSums:
        """Return the sums that a regression with this prior learns from: with "identity" the target is t - x."""
        return self if prior == "zero" else LevelSums(self.n, self.t - self.n * LEVEL_VALUES)

    def of_entries(self, entries: slice) -> tuple[AnyArray, AnyArray]:
        """Return views of n and t at some map entries, (B, 256)."""
        return self.n.reshape(-1, N_LEVELS)[entries], self.t.reshape(-1, N_LEVELS)[entries]


def _sums_by_level(batch: EntryBatch) -> tuple[AnyArray, AnyArray]:
    """Return Σw and Σwt of every entry of a batch and every level, (B, 256)."""
    size = len(batch.x)
    cells = (batch.x + N_LEVELS * np.arange(size)[:, np.newaxis, np.newaxis]).ravel()
    weight = np.broadcast_to(batch.weight[..., np.newaxis], batch.x.shape)
    n = np.bincount(cells, weight.ravel(), minlength=size * N_LEVELS)
    t = np.bincount(cells, (weight * batch.t).ravel(), minlength=size * N_LEVELS)
    return n.reshape(size, N_LEVELS), t.reshape(size, N_LEVELS)


@dataclass(eq=False)
class FeatureSums:
    """The normal equations of ridge regression on r features per pixel: Σ w phi phi' and Σ w phi t.

    Attributes
    ----------
    gram : array of shape (r (r + 1) / 2, H, W) or (..., H, W, C), float64
        The upper triangle, row by row.
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
        """Return sums over no sample, for maps of ``shape``."""
        rank = features.rank
        return cls(np.zeros((rank * (rank + 1) // 2, *shape)), np.zeros((rank, *shape)), features, prior)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.moment.shape[1:]

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, and return itself."""
        gram, moment = (sums.reshape(len(sums), -1) for sums in (self.gram, self.moment))
        by_level = pairs.X.dtype == np.uint8 and pairs.X.size // int(np.prod(self.shape)) > _FEW_SAMPLES
        most = None if by_level else max(1, _SAMPLES_AT_A_TIME // self.features.rank)
        for whole in entry_batches(pairs, self.shape, most):
            batch = whole.for_prior(self.prior)
            if by_level:
                squares, products = feature_sums_of_levels(*_sums_by_level(batch), self.features)
            else:
                squares, products = _feature_sums_of_samples(batch, self.features)
            gram[:, batch.entries] += squares
            moment[:, batch.entries] += products
        return self

    def merge(self, other: FeatureSums) -> Self:
        """Add other sums of the same shape and features, in place, and return itself."""
        if self._key() != other._key():
            raise InputError(f"sums of the same features can be joined; found {self._key()} and {other._key()}")
        _check_same_shape(self.moment, other.moment)
        self.gram += other.gram
        self.moment += other.moment
        return self

    def of_entries(self, entries: slice) -> tuple[AnyArray, AnyArray]:
        """Return views of gram and moment at some map entries, of shape (..., B)."""
        gram, moment = (sums.reshape(len(sums), -1)[:, entries] for sums in (self.gram, self.moment))
        return gram, moment

    def _key(self) -> tuple[object, ...]:
        features = self.features
        return features.rank, features.kernel, f"levels to {features.upper:g}", f"prior {self.prior}"


def feature_sums_of_levels(n: AnyArray, t: AnyArray, features: KernelFeatures) -> tuple[AnyArray, AnyArray]:
    """Return the Gram matrices (r (r + 1) / 2, P) and moments (r, P) of features, from sums per level (P, 256)."""
    phi = features.at_levels
    first, second = np.triu_indices(features.rank)
    return (phi[:, first] * phi[:, second]).T @ n.T, phi.T @ t.T


def _feature_sums_of_samples(batch: EntryBatch, features: KernelFeatures) -> tuple[AnyArray, AnyArray]:
    phi = features.at(batch.x)
    weighted = phi * batch.weight[..., np.newaxis, np.newaxis]
    phi, weighted = (values.reshape(len(values), -1, features.rank) for values in (phi, weighted))
    first, second = np.triu_indices(features.rank)
    gram = np.matmul(weighted.transpose(0, 2, 1), phi)
    moment = np.matmul(weighted.transpose(0, 2, 1), batch.t.reshape(*phi.shape[:2], 1))
    return gram[:, first, second].T, moment[..., 0].T


def _check_same_shape(one: AnyArray, other: AnyArray) -> None:
    if one.shape != other.shape:
        raise InputError(f"sums of one shape can be joined; found {one.shape} and {other.shape}")


@dataclass(frozen=True)
class KernelSettings:
    """The parameters of a `PixelKernelRidge` that determine what it regresses on."""

    kernel: Kernel
    solver: Solver
    rank: int | None
    tolerance: float
    prior: Prior

    def features_for(self, images: AnyArray) -> KernelFeatures | None:
        """Return the features to regress on for such inputs; None for the kernel itself."""
        are_photos = images.dtype == np.uint8 or images.max() <= 1
        upper = 1.0 if are_photos else BEYOND_PHOTOS
        if self.solver == "auto" and (images.dtype == np.uint8 or not self._is_smooth(upper)):
            return None
        return None if self.solver == "exact" else self.features_to(upper)

    def features_to(self, upper: float) -> KernelFeatures:
        """Return the features on levels from 0 to ``upper``; raise `InputError` if they are too many or none."""
        return few_features(self.kernel, self.tolerance, self.rank, upper)

    def _is_smooth(self, upper: float) -> bool:
        if self.rank is not None or not self.kernel.is_positive:
            return self.kernel.is_positive
        return eigen_features(self.kernel, float(self.tolerance), None, upper).rank <= MOST_FEATURES


class KernelSums:
    """The sums of a `PixelKernelRidge`: per level or per feature, as the first pairs require.

    Attributes
    ----------
    shape : tuple of int
        Shape of the maps, (H, W) or (H, W, C).
    statistics : None, LevelSums, FeatureSums, or RegisteredPairs
        None before the first pairs. `of_samples` keeps the pairs themselves, to which no others add.
    """

    statistics: LevelSums | FeatureSums | RegisteredPairs | None

    def __init__(self, settings: KernelSettings, shape: tuple[int, ...]) -> None:
        self._settings = settings
        self.shape = shape
        self.statistics = None

    @classmethod
    def of_samples(cls, settings: KernelSettings, shape: tuple[int, ...], pairs: RegisteredPairs) -> Self:
        """Return the pairs as their own statistics: an exact fit of float inputs has one unknown per sample."""
        sums = cls(settings, shape)
        sums.statistics = pairs
        return sums

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, all or none, and return itself."""
        statistics: Any = self.statistics
        if statistics is None:
            features = self._settings.features_for(pairs.X)
            if features is None:
                statistics = LevelSums.zeros(self.shape)
            else:
                statistics = FeatureSums.zeros(features, self._settings.prior, self.shape)
        self.statistics = statistics.add_pairs(pairs)
        return self

    def merge(self, other: KernelSums) -> Self:
        """Add other sums, in place; raise `InputError` if their kind, features or shape differ."""
        own, others = self.statistics, other.statistics
        if type(own) is not type(others):
            kinds = f"{type(own).__name__} and {type(others).__name__}"
            raise InputError(f"sums of one kind can be joined; found {kinds}")
        if isinstance(own, LevelSums | FeatureSums):
            merged: Any = others
            own.merge(merged)
        return self
