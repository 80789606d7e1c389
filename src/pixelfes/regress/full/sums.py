"""What regression on all pixels learns from: the samples themselves while they are few, else their Gram matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats

MEMORY = 8 * 2**30
"""Most bytes that the statistics may take. Solving them needs about as much again."""

STACK = 2**22
"""Values of images that are taken in at a time."""

BLOCK = 2**10
"""Rows of a Gram matrix that are added to at a time."""


@dataclass(eq=False)
class Rows:
    """Weighted samples as they are, pair by pair.

    Attributes
    ----------
    inputs, targets : arrays of shape (M, n, P), float32 or float64
        n samples of P pixels for each of M regressions.
    weight : array of shape (n,), float64
    """

    inputs: AnyArray
    targets: AnyArray
    weight: AnyArray

    def __len__(self) -> int:
        return len(self.weight)

    def part(self, start: int, stop: int) -> Rows:
        """Return views of the samples from ``start`` to before ``stop``."""
        return Rows(self.inputs[:, start:stop], self.targets[:, start:stop], self.weight[start:stop])

    def is_close(self, other: Rows, tolerance: float) -> bool:
        """Say whether others are as many and differ by no more than a tolerance."""
        pairs = [(self.inputs, other.inputs), (self.targets, other.targets), (self.weight, other.weight)]
        return all(a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


@dataclass(eq=False)
class Grams:
    """Σw z z' and Σw z t' over samples, with z = (x, 1).

    Attributes
    ----------
    gram : array of shape (M, P + 1, P + 1), float64
    moment : array of shape (M, P + 1, P), float64
    """

    gram: AnyArray
    moment: AnyArray

    def add(self, rows: Rows) -> None:
        """Add samples, in place."""
        for gram, moment, inputs, t in zip(self.gram, self.moment, rows.inputs, rows.targets, strict=True):
            z, target = with_bias(inputs), t.astype(np.float64)
            weighted = rows.weight[:, np.newaxis] * z
            for start in range(0, len(gram), BLOCK):
                part = weighted[:, start : start + BLOCK].T
                gram[start : start + BLOCK] += part @ z
                moment[start : start + BLOCK] += part @ target


class FullSums:
    """Statistics over weighted samples (x, t) of P pixels each, for the regression of all of t on all of x and 1.

    While there are fewer samples than pixels they are kept as they are, in single precision unless they come in
    double. From P samples on they are Gram matrices: however many more come, 128 x 128 pixels need 4 GiB for them.
    Merging is exact up to rounding, in any order.

    Parameters
    ----------
    shape : tuple of int
        (H, W), where each channel of a colour image is a sample, or (H, W, C), where each channel is a regression of
        its own.

    Attributes
    ----------
    shape : tuple of int
    models, pixels : int
        Regressions side by side, 1 or C, and H W.
    held : Rows or Grams
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.models, self.pixels = int(np.prod(shape[2:])), shape[0] * shape[1]
        none = np.zeros((self.models, 0, self.pixels), np.float32)
        self.held: Rows | Grams = Rows(none, none, np.zeros(0))

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add pairs, in place, and return itself. A pair with a weight for every pixel has the mean of them.

        Raises
        ------
        InputError
            Where this takes more memory than there may be; nothing is added then.
        """
        dtype = np.float64 if np.float64 in (pairs.X.dtype, pairs.T.dtype) else np.float32
        self._make_room(len(pairs) * pairs.X[0].size // (self.models * self.pixels), np.dtype(dtype).itemsize)
        if isinstance(self.held, Grams):
            for rows in self.rows(pairs, np.float64):
                self.held.add(rows)
        else:
            self.held = _joined([self.held, *self.rows(pairs, dtype)])
        return self

    def merge(self, other: FullSums) -> Self:
        """Add other statistics for the same shape, in place, and return itself; raises as `add_pairs`."""
        if self.shape != other.shape:
            raise InputError(f"statistics of one shape can be joined; found {self.shape} and {other.shape}")
        new = other.held
        if isinstance(new, Grams):
            self._make_room(self.pixels, 8)
        else:
            self._make_room(len(new), new.inputs.itemsize)
        if isinstance(self.held, Rows):
            self.held = _joined([self.held, cast(Rows, new)])  # room for Grams would have made it Grams
        elif isinstance(new, Rows):
            self.held.add(new)
        else:
            self.held.gram += new.gram
            self.held.moment += new.moment
        return self

    def rows(self, pairs: RegisteredPairs, dtype: Any) -> Iterator[Rows]:
        """Yield several pairs at a time as samples, those of a pair in a row."""
        step = max(1, STACK // pairs.X[0].size)
        for start in range(0, len(pairs), step):
            part = pairs.part(start, start + step)
            one = part.weight.strides[1:] == (0, 0)
            weight = part.weight[:, 0, 0] if one else part.weight.mean(axis=(1, 2), dtype=np.float64)
            x, t = (as_samples(images, self.shape, dtype) for images in (part.X, part.T))
            yield Rows(x, t, np.repeat(weight.astype(np.float64), x.shape[1] // len(part)))

    def _make_room(self, samples: int, itemsize: int) -> None:
        """Turn to Gram matrices where there will be samples enough, or raise `InputError`."""
        total = samples + (len(self.held) if isinstance(self.held, Rows) else self.pixels)
        few, p = total < self.pixels, self.pixels
        needed = self.models * (itemsize * 2 * total * p if few else 8 * (p + 1) * (2 * p + 1))
        if needed > MEMORY:
            raise InputError(
                f"regression on all {p} pixels, of {total} samples or more, needs {needed / 2**30:.3g} GiB for its "
                f"statistics, and {MEMORY / 2**30:.3g} are allowed: take smaller images, or MaskedRidge"
            )
        if isinstance(self.held, Rows) and not few:
            grams = Grams(np.zeros((self.models, p + 1, p + 1)), np.zeros((self.models, p + 1, p)))
            grams.add(self.held)
            self.held = grams


def as_samples(images: AnyArray, shape: tuple[int, ...], dtype: Any) -> AnyArray:
    """Copy images (N, H, W[, C]) to samples (M, n, H W) for maps of ``shape``, those of an image in a row."""
    channels = images.reshape(len(images), shape[0] * shape[1], -1)
    if len(shape) == 3:
        return as_floats(channels.transpose(2, 0, 1), dtype)
    return as_floats(channels.transpose(0, 2, 1), dtype).reshape(1, -1, shape[0] * shape[1])


def as_images(samples: AnyArray, image_shape: tuple[int, ...], shape: tuple[int, ...]) -> AnyArray:
    """View samples (M, n, H W) as images of shape (N, H, W[, C]) for maps of ``shape``; the inverse of `as_samples`."""
    if len(shape) == 3:
        return samples.transpose(1, 2, 0).reshape(image_shape)
    by_channel = samples.reshape(image_shape[0], -1, shape[0] * shape[1])
    return by_channel.transpose(0, 2, 1).reshape(image_shape)


def with_bias(inputs: AnyArray) -> AnyArray:
    """Append to samples (n, P) a column of ones, as float64."""
    return np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1, dtype=np.float64)


def _joined(parts: list[Rows]) -> Rows:
    inputs, targets = ([getattr(part, name) for part in parts if len(part)] for name in ("inputs", "targets"))
    weight = np.concatenate([part.weight for part in parts])
    return Rows(np.concatenate(inputs, axis=1), np.concatenate(targets, axis=1), weight) if inputs else parts[0]
