"""The sums that regression on an r x r window needs; they add across images, shards and machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, check_pairs

STACK = 2**17
"""Values of images that are summed at a time: enough to leave the sums alone for a while, few enough for the cache."""

Offset: TypeAlias = tuple[int, int]
Cut: TypeAlias = tuple[slice, slice]


def window_offsets(r: int) -> list[Offset]:
    """Rows and columns from a pixel to those of its r x r window, row by row; the middle one is (0, 0)."""
    reach = range(-(r // 2), r // 2 + 1)
    return [(row, column) for row in reach for column in reach]


def cuts(offset: Offset, height: int, width: int) -> tuple[Cut, Cut]:
    """Where a shift stays inside: the pixels p of which p + offset is one, and those p + offset, as slices.

    Examples
    --------
    >>> image = np.arange(6).reshape(2, 3)
    >>> here, there = cuts((0, 1), 2, 3)
    >>> image[here].tolist(), image[there].tolist()
    ([[0, 1], [3, 4]], [[1, 2], [4, 5]])
    """
    pairs = [_along(step, size) for step, size in zip(offset, (height, width), strict=True)]
    return (pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1])


def _along(step: int, size: int) -> tuple[slice, slice]:
    length = max(0, size - abs(step))
    here, there = max(0, -step), max(0, step)
    return slice(here, here + length), slice(there, there + length)


@dataclass(eq=False)
class WindowSums:
    """Sums over weighted samples of all that a pixel's window holds, and of that with the target.

    With k = r² + 1 unknowns, the bias and the window's pixels row by row, and z = (1, x_1, ..., x_r²) for one pixel of
    one sample: Σw z_i z_j and Σw z_i t. Outside of the image x counts as 0, so that the weight of what is not there
    has nothing to learn from. Shapes say what is one sample, as in `PixelSums`.

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
    >>> sums = WindowSums.zeros(3, (4, 4)).add(x, 2 * x)
    >>> float(sums.moment[0, 0, 0]), float(sums.upper()[5][1][0, 0]), float(sums.upper()[1][5][2, 2])
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
        """Make sums over no sample, for maps of ``shape``, (H, W) or (H, W, C)."""
        k = r**2 + 1
        return cls(r, np.zeros((k * (k + 1) // 2, *shape)), np.zeros((k, *shape)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of each of the sums."""
        return self.moment.shape[1:]

    def upper(self) -> list[list[AnyArray]]:
        """View the sums as a matrix of maps, symmetric."""
        k = len(self.moment)
        views: list[list[Any]] = [[None] * k for _ in range(k)]
        for (i, j), values in zip(_upper_triangle(k), self.gram, strict=True):
            views[i][j] = views[j][i] = values
        return views

    def add(self, X: npt.ArrayLike, T: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Self:
        """Add pairs, in place, and return itself; arguments as of `PixelSums.add`.

        Beyond the arguments it needs memory for a few images. Where a pair has one weight, Σ x(p + d) x(p + d')
        depends on p + d and d' - d alone, so that (2r - 1)² / 2 products of images do the work of r⁴ / 2.
        """
        return self.add_pairs(check_pairs(X, T, weight))

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add pairs that are checked already, in place; otherwise as `add`."""
        if self.shape not in (pairs.map_shape("shared"), pairs.map_shape("separate")):
            raise InputError(f"sums of shape {self.shape} take images of that shape; found {pairs.X.shape[1:]}")
        if pairs.weight.strides[1:] == (0, 0):
            self._add_by_correlations(pairs)
        else:
            self._add_by_products(pairs)
        return self

    def merge(self, other: WindowSums) -> Self:
        """Add other sums over windows and maps of the same shape, in place, and return itself."""
        if self.r != other.r or self.shape != other.shape:
            found = " and ".join(f"{sums.r} x {sums.r} on {sums.shape}" for sums in (self, other))
            raise InputError(f"sums over one window on maps of one shape can be joined; found {found}")
        self.gram += other.gram
        self.moment += other.moment
        return self

    def _add_by_correlations(self, pairs: RegisteredPairs) -> None:
        offsets = window_offsets(self.r)
        lines = _Lines(self.shape, self.r)
        correlations = {lag: lines.zeros() for lag in window_offsets(2 * self.r - 1) if lag >= (0, 0)}
        moments = {offset: lines.zeros() for offset in offsets}
        total, target_total, count = lines.zeros(), lines.zeros(), 0.0
        step = max(1, STACK // pairs.X[0].size)
        inputs, weighted, targets = (lines.buffer(step, pairs.X[0].size) for _ in range(3))
        for start in range(0, len(pairs), step):
            part = pairs.part(start, start + step)
            weight = part.weight[:, 0, 0].astype(np.float64)
            x, t = lines.fill(inputs, part.X), lines.fill(targets, part.T, weight)
            xw = x if (weight == 1).all() else lines.fill(weighted, part.X, weight)
            count += float(weight.sum()) * len(x) / len(part)
            lines.add_sum(total, xw)
            lines.add_sum(target_total, t)
            for lag, correlation in correlations.items():
                lines.add_product(correlation, xw, x, lag)
            for offset, moment in moments.items():
                lines.add_product(moment, t, x, offset)
        self.moment += np.stack([lines.image(line) for line in (target_total, *moments.values())])
        places = {offset: cuts(offset, *self.shape[:2]) for offset in offsets}
        self.gram[0] += count
        for (i, j), values in zip(_upper_triangle(len(self.moment)), self.gram, strict=True):
            if j == 0:
                continue
            (row, column), end = offsets[i - 1 if i else j - 1], offsets[j - 1]
            here, there = places[row, column]
            line = correlations[end[0] - row, end[1] - column] if i else total
            values[here] += lines.image(line)[there]

    def _add_by_products(self, pairs: RegisteredPairs) -> None:
        scratch = np.empty(self.shape)
        for x, t, weight in stacks(pairs, self.shape, max(1, STACK // pairs.X[0].size)):
            z = observed(x, self.r)
            entries = iter(self.gram)
            for i, row in enumerate(z):
                weighted = weight * row
                for other in z[i:]:
                    entry = next(entries)
                    entry += np.einsum("s...,s...->...", weighted, other, out=scratch)
            np.add(self.moment, np.einsum("s...,ks...->k...", weight * t, z), out=self.moment)


def observed(x: AnyArray, r: int) -> AnyArray:
    """Gather what every pixel observes: of images (S, H, W, ...) the bias, 1, and the window, as (r² + 1, S, H, W, ...).

    Outside of the image it is 0.
    """
    z = np.zeros((r**2 + 1, *x.shape), x.dtype)
    z[0] = 1
    for shifted, offset in zip(z[1:], window_offsets(r), strict=True):
        here, there = cuts(offset, *x.shape[1:3])
        shifted[:, *here] = x[:, *there]
    return z


class _Lines:
    """Images as lines of numbers with so many zeros between rows that every shift is one step along the line.

    Products of whole lines are about twice as fast as those of many short rows.
    """

    def __init__(self, shape: tuple[int, ...], r: int) -> None:
        height, width, *channels = shape
        self._padded, self._width = (height, width + r - 1, *channels), width
        self._steps = (int(np.prod(self._padded[1:])), int(np.prod(channels)))
        self._length, self._margin = int(np.prod(self._padded)), (r - 1) * sum(self._steps)

    def zeros(self) -> AnyArray:
        """Make a line for sums."""
        return np.zeros(self._length)

    def buffer(self, pairs: int, size: int) -> AnyArray:
        """Make lines, with margins, for so many images of that size."""
        samples = size // (self._length // self._padded[1] * self._width)
        return np.zeros((pairs * samples, self._length + 2 * self._margin))

    def fill(self, buffer: AnyArray, images: AnyArray, weight: AnyArray | None = None) -> AnyArray:
        """Write images, times their weights, into a buffer; return the lines that are theirs."""
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
        """View a line of sums as a map (H, W[, C])."""
        return line.reshape(self._padded)[:, : self._width]

    def add_sum(self, total: AnyArray, lines: AnyArray) -> None:
        """Add to ``total`` the sum of lines."""
        total += lines[:, self._margin : self._margin + self._length].sum(axis=0)

    def add_product(self, total: AnyArray, a: AnyArray, b: AnyArray, offset: Offset) -> None:
        """Add to ``total`` the sum over lines of ``a`` times ``b`` that far away."""
        start = self._margin + offset[0] * self._steps[0] + offset[1] * self._steps[1]
        middle = slice(self._margin, self._margin + self._length)
        total += np.einsum("sl,sl->l", a[:, middle], b[:, start : start + self._length])


def stacks(pairs: RegisteredPairs, shape: tuple[int, ...], step: int) -> Iterator[tuple[AnyArray, AnyArray, AnyArray]]:
    """Yield the samples of `RegisteredPairs.samples` for ``step`` pairs at a time.

    Yields
    ------
    x, t : arrays of shape (S, *shape), float64
        The samples of the pairs, pair by pair.
    weight : array that broadcasts against them, float64
        A weight for every sample, or for every pixel of every sample.
    """
    for start in range(0, len(pairs), step):
        x, t, weights = zip(*pairs.part(start, start + step).samples(shape), strict=True)
        if pairs.weight.strides[1:] == (0, 0):
            weights = tuple(weight[:1, :1] for weight in weights)
        yield np.concatenate(x), np.concatenate(t), np.repeat(np.stack(weights), len(x[0]), axis=0)


def _upper_triangle(k: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(k) for j in range(i, k))
