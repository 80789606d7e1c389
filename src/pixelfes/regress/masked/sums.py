"""The sums that regression on an r x r window learns from; they add across images, shards and machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, check_pairs
from pixelfes.regress.masked.windows import Offset, observed_values, parts_under_shift, window_offsets

_VALUES_PER_STACK = 2**17
"""Values of images that are summed at a time: many, so that the sums are read rarely, but few enough for the cache."""


@dataclass(eq=False)
class MaskedSums:
    """Sums of products of everything that a pixel's window holds, and of these with the target.

    The k = r² + 1 unknowns are the bias and the window's pixels, row by row. With z = (1, x_1, ..., x_r²) for one pixel of
    one weighted sample, the sums are Σw z_i z_j and Σw z_i t. Outside the image x counts as 0, so that a weight without
    a pixel learns nothing. The shape determines what a sample is, as in `PixelSums`.

    Attributes
    ----------
    r : int
        Side of the window, odd.
    gram : array of shape (k (k + 1) / 2, *shape), float64
        Entries (i, j) with i <= j, row by row.
    moment : array of shape (k, *shape), float64

    Examples
    --------
    >>> x = np.ones((10, 4, 4))
    >>> sums = MaskedSums.zeros(3, (4, 4)).add(x, 2 * x)
    >>> float(sums.moment[0, 0, 0]), float(sums.matrix()[5][1][0, 0]), float(sums.matrix()[1][5][2, 2])
    (20.0, 0.0, 10.0)
    """

    r: int
    gram: AnyArray
    moment: AnyArray

    def __post_init__(self) -> None:
        k = self.r**2 + 1
        if len(self.moment) != k or len(self.gram) != k * (k + 1) // 2 or self.gram.shape[1:] != self.shape:
            raise InputError(
                f"sums over {self.r} x {self.r} windows have {k * (k + 1) // 2} and {k} maps of one shape; "
                f"found {self.gram.shape} and {self.moment.shape}"
            )

    @classmethod
    def zeros(cls, r: int, shape: tuple[int, ...]) -> Self:
        """Return sums over no sample, for maps of ``shape``, (H, W) or (H, W, C)."""
        k = r**2 + 1
        return cls(r, np.zeros((k * (k + 1) // 2, *shape)), np.zeros((k, *shape)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.moment.shape[1:]

    def matrix(self) -> list[list[AnyArray]]:
        """Return views of the sums as a symmetric k x k matrix of maps."""
        k = len(self.moment)
        views: list[list[Any]] = [[None] * k for _ in range(k)]
        for (i, j), values in zip(_upper_triangle(k), self.gram, strict=True):
            views[i][j] = views[j][i] = values
        return views

    def add(self, X: npt.ArrayLike, T: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Self:
        """Add pairs, in place, and return itself; the arguments are those of `PixelSums.add`.

        Beyond the arguments this needs memory for a few images. If a pair has one weight, Σ x(p + d) x(p + d') depends
        only on p + d and d' - d. Then (2r - 1)² / 2 products of images replace r⁴ / 2.
        """
        return self.add_pairs(check_pairs(X, T, weight))

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place; see `add`."""
        if self.shape not in (pairs.map_shape("shared"), pairs.map_shape("separate")):
            raise InputError(f"sums of shape {self.shape} take images of that shape; found {pairs.X.shape[1:]}")
        if pairs.weight.strides[1:] == (0, 0):
            _Correlations(self).add_pairs(pairs)
        else:
            self._add_by_products(pairs)
        return self

    def merge(self, other: MaskedSums) -> Self:
        """Add other sums over windows and maps of the same shape, in place, and return itself."""
        if self.r != other.r or self.shape != other.shape:
            found = " and ".join(f"{sums.r} x {sums.r} on {sums.shape}" for sums in (self, other))
            raise InputError(f"sums over one window on maps of one shape can be joined; found {found}")
        self.gram += other.gram
        self.moment += other.moment
        return self

    def _add_by_products(self, pairs: RegisteredPairs) -> None:
        scratch = np.empty(self.shape)
        for x, t, weight in stacked_samples(pairs, self.shape, max(1, _VALUES_PER_STACK // pairs.X[0].size)):
            z = observed_values(x, self.r)
            entries = iter(self.gram)
            for i, row in enumerate(z):
                weighted = weight * row
                for other in z[i:]:
                    entry = next(entries)
                    entry += np.einsum("s...,s...->...", weighted, other, out=scratch)
            np.add(self.moment, np.einsum("s...,ks...->k...", weight * t, z), out=self.moment)


class _Correlations:
    """The sums of pairs that have one weight each, from correlations of whole images at every lag.

    A lag is the difference of two offsets of a window.
    """

    def __init__(self, sums: MaskedSums) -> None:
        self._sums = sums
        self._lines = lines = _Lines(sums.shape, sums.r)
        self._of_lag = {lag: lines.zeros() for lag in window_offsets(2 * sums.r - 1) if lag >= (0, 0)}
        self._moments = {offset: lines.zeros() for offset in window_offsets(sums.r)}
        self._total, self._target_total, self._count = lines.zeros(), lines.zeros(), 0.0

    def add_pairs(self, pairs: RegisteredPairs) -> None:
        """Correlate the pairs, and add the results to the sums."""
        step = max(1, _VALUES_PER_STACK // pairs.X[0].size)
        buffers = [self._lines.buffer(step, pairs.X[0].size) for _ in range(3)]
        for start in range(0, len(pairs), step):
            self._correlate(pairs.take_pairs(start, start + step), *buffers)
        self._add_moments()
        self._add_products()

    def _correlate(self, pairs: RegisteredPairs, inputs: AnyArray, weighted: AnyArray, targets: AnyArray) -> None:
        lines, weight = self._lines, pairs.weight[:, 0, 0].astype(np.float64)
        x, t = lines.fill(inputs, pairs.X), lines.fill(targets, pairs.T, weight)
        xw = x if (weight == 1).all() else lines.fill(weighted, pairs.X, weight)
        self._count += float(weight.sum()) * len(x) / len(pairs)
        lines.add_sum(self._total, xw)
        lines.add_sum(self._target_total, t)
        for lag, correlation in self._of_lag.items():
            lines.add_product(correlation, xw, x, lag)
        for offset, moment in self._moments.items():
            lines.add_product(moment, t, x, offset)

    def _add_moments(self) -> None:
        moments = (self._target_total, *self._moments.values())
        self._sums.moment += np.stack([self._lines.image(line) for line in moments])

    def _add_products(self) -> None:
        """Add to each entry of the Gram matrix the correlation at its lag, shifted to its first offset."""
        sums, offsets = self._sums, window_offsets(self._sums.r)
        parts = {offset: parts_under_shift(offset, *sums.shape[:2]) for offset in offsets}
        sums.gram[0] += self._count
        for (i, j), values in zip(_upper_triangle(len(sums.moment)), sums.gram, strict=True):
            if j == 0:
                continue
            (row, column), end = offsets[i - 1 if i else j - 1], offsets[j - 1]
            here, there = parts[row, column]
            line = self._of_lag[end[0] - row, end[1] - column] if i else self._total
            values[here] += self._lines.image(line)[there]


class _Lines:
    """Images as lines of numbers, padded with zeros between rows so that every shift is one step along the line.

    Products of whole lines are about twice as fast as those of many short rows.
    """

    def __init__(self, shape: tuple[int, ...], r: int) -> None:
        height, width, *channels = shape
        self._padded, self._width = (height, width + r - 1, *channels), width
        self._steps = (int(np.prod(self._padded[1:])), int(np.prod(channels)))
        self._length, self._margin = int(np.prod(self._padded)), (r - 1) * sum(self._steps)

    def zeros(self) -> AnyArray:
        """Return a line for sums."""
        return np.zeros(self._length)

    def buffer(self, pairs: int, size: int) -> AnyArray:
        """Return lines, with margins, for as many images of ``size`` values."""
        samples = size // (self._length // self._padded[1] * self._width)
        return np.zeros((pairs * samples, self._length + 2 * self._margin))

    def fill(self, buffer: AnyArray, images: AnyArray, weight: AnyArray | None = None) -> AnyArray:
        """Write images, times their weights, into a buffer; return the lines that hold them."""
        by_channel = images.ndim > len(self._padded) + 1
        samples = len(images) * (images.shape[-1] if by_channel else 1)
        lines = buffer[:samples]
        inner = lines[:, self._margin : self._margin + self._length].reshape(len(images), -1, *self._padded)
        values = np.moveaxis(images, -1, 1) if by_channel else images[:, np.newaxis]
        own = inner[:, :, :, : self._width]
        own[...] = values
        scale = np.ones(len(images)) if weight is None else weight
        if images.dtype == np.uint8:
            scale = scale / 255
        if (scale != 1).any():
            own *= scale.reshape(-1, *[1] * (own.ndim - 1))
        return lines

    def image(self, line: AnyArray) -> AnyArray:
        """Return a view of a line of sums as a map (H, W[, C])."""
        return line.reshape(self._padded)[:, : self._width]

    def add_sum(self, total: AnyArray, lines: AnyArray) -> None:
        """Add the sum of lines to ``total``."""
        total += lines[:, self._margin : self._margin + self._length].sum(axis=0)

    def add_product(self, total: AnyArray, a: AnyArray, b: AnyArray, offset: Offset) -> None:
        """Add to ``total`` the sum over lines of ``a`` times ``b`` shifted by ``offset``."""
        start = self._margin + offset[0] * self._steps[0] + offset[1] * self._steps[1]
        middle = slice(self._margin, self._margin + self._length)
        total += np.einsum("sl,sl->l", a[:, middle], b[:, start : start + self._length])


def stacked_samples(
    pairs: RegisteredPairs, shape: tuple[int, ...], step: int
) -> Iterator[tuple[AnyArray, AnyArray, AnyArray]]:
    """Yield the samples of `RegisteredPairs.samples` for ``step`` pairs at a time.

    Yields
    ------
    x, t : arrays of shape (S, *shape), float64
        The samples of the pairs, pair by pair.
    weight : array that broadcasts against them, float64
        A weight for each sample, or for each pixel of each sample.
    """
    for start in range(0, len(pairs), step):
        x, t, weights = zip(*pairs.take_pairs(start, start + step).samples(shape), strict=True)
        if pairs.weight.strides[1:] == (0, 0):
            weights = tuple(weight[:1, :1] for weight in weights)
        yield np.concatenate(x), np.concatenate(t), np.repeat(np.stack(weights), len(x[0]), axis=0)


def _upper_triangle(k: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(k) for j in range(i, k))
