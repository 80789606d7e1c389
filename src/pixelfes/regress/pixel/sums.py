"""The five sums that per-pixel linear regression learns from; they add across images, shards and machines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, check_pairs

_PAIRS_OF_BYTES = 2**16
"""Pairs summed at a time: 65,536 products of two bytes still fit into 32 bits."""


@dataclass(eq=False)
class PixelSums:
    """Five sums per pixel over weighted samples (x, t): Σw, Σwx, Σwt, Σwx² and Σwxt.

    The shape determines what a sample is. With (H, W) each channel of a colour image is one, and the channels share a
    model. With (H, W, C) each image is one, and each channel has its own model. Merging is exact up to rounding, in any
    order.

    Attributes
    ----------
    n, x, t, xx, xt : arrays of one shape, (H, W) or (H, W, C), float64
        ``n`` is an array because weights are per pixel.

    Examples
    --------
    >>> neutral, smiling = np.full((10, 4, 4, 3), 0.25), np.full((10, 4, 4, 3), 0.5)
    >>> sums = PixelSums.zeros((4, 4)).add(neutral, smiling)
    >>> float(sums.n[0, 0]), float(sums.x[0, 0]), float(sums.xt[0, 0])
    (30.0, 7.5, 3.75)
    >>> bool(((sums + sums).n == 2 * sums.n).all())
    True
    """

    n: AnyArray
    x: AnyArray
    t: AnyArray
    xx: AnyArray
    xt: AnyArray

    def __post_init__(self) -> None:
        shapes = {field.name: getattr(self, field.name).shape for field in fields(self)}
        if len(set(shapes.values())) > 1:
            raise InputError(f"the five sums must have one shape; found {shapes}")

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> Self:
        """Return sums over no sample, for maps of ``shape``."""
        return cls(*(np.zeros(shape) for _ in range(5)))

    @classmethod
    def of_samples(cls, x: AnyArray, t: AnyArray, weight: AnyArray) -> Self:
        """Return the sums over the samples of one pair.

        Parameters
        ----------
        x, t : arrays of shape (S, H, W) or (S, H, W, C), float64
        weight : array that broadcasts against (H, W) or (H, W, C), float64
            Weight of each of the S samples.

        Returns
        -------
        PixelSums of shape (H, W) or (H, W, C)
        """
        n = np.broadcast_to(len(x) * weight, x.shape[1:])
        return cls(n, *(weight * v.sum(axis=0) for v in (x, t, x * x, x * t)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of each of the sums."""
        return self.n.shape

    def add(self, X: npt.ArrayLike, T: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Self:
        """Add pairs, in place. Beyond the arguments this needs memory for one pair only.

        Parameters
        ----------
        X, T : arrays of shape (N, H, W) or (N, H, W, C)
            uint8 (divided by 255), or float with photos in [0, 1].
        weight : None, or array of shape (N,) or (N, H, W)
            Finite and >= 0.

        Returns
        -------
        PixelSums
            Itself.

        Raises
        ------
        InputError
            If the images are not valid, or do not fit the shape of the sums. Nothing is added then.
        """
        return self.add_pairs(check_pairs(X, T, weight))

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place; see `add`."""
        if self.shape not in (pairs.map_shape("shared"), pairs.map_shape("separate")):
            raise InputError(f"sums of shape {self.shape} take images of that shape; found {pairs.X.shape[1:]}")
        if pairs.are_plain_bytes:
            for start in range(0, len(pairs), _PAIRS_OF_BYTES):
                self.merge(_sums_of_bytes(pairs.take_pairs(start, start + _PAIRS_OF_BYTES), self.shape))
            return self
        for x, t, weight in pairs.samples(self.shape):
            self.merge(PixelSums.of_samples(x, t, weight))
        return self

    def merge(self, other: PixelSums) -> Self:
        """Add other sums of the same shape, in place, and return itself."""
        _check_same_shape(self, other)
        for field in fields(self):
            total = getattr(self, field.name)
            total += getattr(other, field.name)
        return self

    def __add__(self, other: PixelSums) -> PixelSums:
        _check_same_shape(self, other)
        return PixelSums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: PixelSums) -> PixelSums:
        """Return the sums without those of a part."""
        _check_same_shape(self, other)
        return PixelSums(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def take_rows(self, start: int, stop: int) -> PixelSums:
        """Return views of rows ``start`` to ``stop`` (exclusive) of the maps."""
        return PixelSums(*(getattr(self, f.name)[start:stop] for f in fields(self)))

    def residual(self) -> PixelSums:
        """Return the sums of the same samples with the target t - x in place of t."""
        return PixelSums(self.n, self.x, self.t - self.x, self.xx, self.xt - self.xx)


def _sums_of_bytes(pairs: RegisteredPairs, shape: tuple[int, ...]) -> PixelSums:
    """Return the sums over pairs of bytes of weight 1, in whole numbers: exact, and faster than in floats."""
    sums = [np.zeros(pairs.X.shape[1:], np.uint32) for _ in range(4)]
    for x, t in zip(pairs.X, pairs.T, strict=True):
        sums[0] += x
        sums[1] += t
        sums[2] += np.multiply(x, x, dtype=np.uint16)
        sums[3] += np.multiply(x, t, dtype=np.uint16)
    if shape != pairs.X.shape[1:]:
        sums = [total.sum(axis=-1, dtype=np.uint64) for total in sums]
    samples = len(pairs) * (pairs.X[0].size // int(np.prod(shape)))
    scales = (255, 255, 255**2, 255**2)
    return PixelSums(np.full(shape, float(samples)), *(v / scale for v, scale in zip(sums, scales, strict=True)))


def _check_same_shape(one: PixelSums, other: PixelSums) -> None:
    if one.shape != other.shape:
        raise InputError(f"sums of one shape can be joined; found {one.shape} and {other.shape}")
