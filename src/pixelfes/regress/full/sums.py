"""The statistics of regression on all pixels: the samples themselves while they are few, else their Gram matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats

_MOST_BYTES = 8 * 2**30
"""Most memory that the statistics may take. Solving them needs about as much again."""

_VALUES_PER_STACK = 2**22
"""Values of images that are read at a time."""

_GRAM_ROWS = 2**10
"""Rows of a Gram matrix that are added to at a time."""


@dataclass(eq=False)
class Samples:
    """Weighted samples, kept unchanged, pair by pair.

    Attributes
    ----------
    inputs, targets : arrays of shape (M, n, P), uint8, float32 or float64
        n samples of P pixels for each of M regressions; as 8-bit photos have them, 255 is white.
    weight : array of shape (n,), float64
    """

    inputs: AnyArray
    targets: AnyArray
    weight: AnyArray

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, start: int, stop: int) -> Samples:
        """Return views of samples ``start`` to ``stop`` (exclusive)."""
        return Samples(self.inputs[:, start:stop], self.targets[:, start:stop], self.weight[start:stop])

    def is_close(self, other: Samples, tolerance: float) -> bool:
        """Whether other samples have the same number, and values that differ by no more than a tolerance."""
        arrays = [(self.inputs, other.inputs), (self.targets, other.targets), (self.weight, other.weight)]
        return all(a.shape == b.shape and _are_close(a, b, tolerance) for a, b in arrays)


@dataclass(eq=False)
class GramMatrices:
    """Σw z z' and Σw z t' over samples, with z = (x, 1).

    Attributes
    ----------
    gram : array of shape (M, P + 1, P + 1), float64
    moment : array of shape (M, P + 1, P), float64
    """

    gram: AnyArray
    moment: AnyArray

    def add(self, samples: Samples) -> None:
        """Add samples, in place."""
        for gram, moment, inputs, t in zip(self.gram, self.moment, samples.inputs, samples.targets, strict=True):
            z, target = with_bias(inputs), as_floats(t, np.float64)
            weighted = samples.weight[:, np.newaxis] * z
            for start in range(0, len(gram), _GRAM_ROWS):
                part = weighted[:, start : start + _GRAM_ROWS].T
                gram[start : start + _GRAM_ROWS] += part @ z
                moment[start : start + _GRAM_ROWS] += part @ target


class FullSums:
    """Statistics over weighted samples (x, t) of P pixels each, for the regression of all of t on all of x and 1.

    With fewer samples than pixels, these are the samples, as they arrive: bytes stay bytes, and those of several kinds
    become doubles. From P samples on they are Gram matrices. These need 4 GiB at 128 x 128 pixels, however many more samples
    come. Merging is exact up to rounding of doubles, in any order.

    Parameters
    ----------
    shape : tuple of int
        (H, W), if each channel of a colour image is a sample, or (H, W, C), if each channel has its own regression.

    Attributes
    ----------
    shape : tuple of int
    models, pixels : int
        Number of separate regressions, 1 or C, and H W.
    statistics : Samples or GramMatrices
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.models, self.pixels = int(np.prod(shape[2:])), shape[0] * shape[1]
        none = np.zeros((self.models, 0, self.pixels), np.float32)
        self.statistics: Samples | GramMatrices = Samples(none, none, np.zeros(0))

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add pairs, in place, and return itself. If every pixel of a pair has a weight, their mean is used.

        Raises
        ------
        InputError
            If this takes more memory than allowed. Nothing is added then.
        """
        dtype = pairs.X.dtype if pairs.X.dtype == pairs.T.dtype else np.dtype(np.float64)
        self._make_room(len(pairs) * pairs.X[0].size // (self.models * self.pixels), dtype)
        if isinstance(self.statistics, GramMatrices):
            for samples in self.samples_of(pairs, np.float64):
                self.statistics.add(samples)
        else:
            self.statistics = _joined([self.statistics, *self.samples_of(pairs, dtype)])
        return self

    def merge(self, other: FullSums) -> Self:
        """Add other statistics for the same shape, in place, and return itself; raises as `add_pairs`."""
        if self.shape != other.shape:
            raise InputError(f"statistics of one shape can be joined; found {self.shape} and {other.shape}")
        new = other.statistics
        if isinstance(new, GramMatrices):
            self._make_room(self.pixels, np.dtype(np.float64))
        else:
            self._make_room(len(new), new.inputs.dtype)
        if isinstance(self.statistics, Samples):
            # Room for Gram matrices would have turned these into Gram matrices.
            self.statistics = _joined([self.statistics, cast(Samples, new)])
        elif isinstance(new, Samples):
            self.statistics.add(new)
        else:
            self.statistics.gram += new.gram
            self.statistics.moment += new.moment
        return self

    def samples_of(self, pairs: RegisteredPairs, dtype: Any) -> Iterator[Samples]:
        """Yield several pairs at a time as samples; the samples of a pair are neighbours."""
        step = max(1, _VALUES_PER_STACK // pairs.X[0].size)
        for start in range(0, len(pairs), step):
            part = pairs.take_pairs(start, start + step)
            one_weight = part.weight.strides[1:] == (0, 0)
            weight = part.weight[:, 0, 0] if one_weight else part.weight.mean(axis=(1, 2), dtype=np.float64)
            x, t = (as_samples(images, self.shape, dtype) for images in (part.X, part.T))
            yield Samples(x, t, np.repeat(weight.astype(np.float64), x.shape[1] // len(part)))

    def _make_room(self, new_samples: int, dtype: np.dtype[Any]) -> None:
        """Turn samples into Gram matrices if there will be enough of them; raise `InputError` if memory is too small."""
        known, itemsize = self.pixels, dtype.itemsize
        if isinstance(self.statistics, Samples):
            known = len(self.statistics)
            itemsize = itemsize if known == 0 or self.statistics.inputs.dtype == dtype else 8
        total, p = new_samples + known, self.pixels
        needed = self.models * (itemsize * 2 * total * p if total < p else 8 * (p + 1) * (2 * p + 1))
        if needed > _MOST_BYTES:
            raise InputError(
                f"regression on all {p} pixels, of {total} samples or more, needs {needed / 2**30:.3g} GiB for its "
                f"statistics, and {_MOST_BYTES / 2**30:.3g} are allowed: take smaller images, or MaskedRidge"
            )
        if isinstance(self.statistics, Samples) and total >= p:
            grams = GramMatrices(np.zeros((self.models, p + 1, p + 1)), np.zeros((self.models, p + 1, p)))
            grams.add(self.statistics)
            self.statistics = grams


def as_samples(images: AnyArray, shape: tuple[int, ...], dtype: npt.DTypeLike) -> AnyArray:
    """Copy images (N, H, W[, C]) to samples (M, n, H W), for maps of ``shape``; samples of an image are neighbours."""
    channels = images.reshape(len(images), shape[0] * shape[1], -1)
    if len(shape) == 3:
        return _as_kept(channels.transpose(2, 0, 1), dtype)
    return _as_kept(channels.transpose(0, 2, 1), dtype).reshape(1, -1, shape[0] * shape[1])


def _as_kept(images: AnyArray, dtype: npt.DTypeLike) -> AnyArray:
    return np.array(images, order="C") if images.dtype == dtype else as_floats(images, dtype)


def as_images(samples: AnyArray, image_shape: tuple[int, ...], shape: tuple[int, ...]) -> AnyArray:
    """Return samples (M, n, H W) as images (N, H, W[, C]), for maps of ``shape``; the inverse of `as_samples`."""
    if len(shape) == 3:
        return samples.transpose(1, 2, 0).reshape(image_shape)
    by_channel = samples.reshape(image_shape[0], -1, shape[0] * shape[1])
    return by_channel.transpose(0, 2, 1).reshape(image_shape)


def with_bias(inputs: AnyArray) -> AnyArray:
    """Return samples (n, P) with a column of ones appended, as float64, with 1 for white."""
    return np.concatenate([as_floats(inputs, np.float64), np.ones((len(inputs), 1))], axis=1)


def _are_close(a: AnyArray, b: AnyArray, tolerance: float) -> bool:
    return np.allclose(as_floats(a, np.float64), as_floats(b, np.float64), rtol=tolerance, atol=tolerance)


def _joined(parts: list[Samples]) -> Samples:
    inputs, targets = ([getattr(part, name) for part in parts if len(part)] for name in ("inputs", "targets"))
    if not inputs:
        return parts[0]
    weight = np.concatenate([part.weight for part in parts])
    return Samples(_joined_arrays(inputs), _joined_arrays(targets), weight)


def _joined_arrays(arrays: list[AnyArray]) -> AnyArray:
    if len({array.dtype for array in arrays}) > 1:
        arrays = [as_floats(array, np.float64) for array in arrays]
    return np.concatenate(arrays, axis=1)
