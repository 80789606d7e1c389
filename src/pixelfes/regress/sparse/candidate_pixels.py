"""Pixels as candidates for a choice: gathered from the images, and all of them centred, for matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats


def gather(images: AnyArray, pixels: AnyArray, shared: bool) -> AnyArray:
    """Take pixels of checked images out as groups of samples that share their coefficients.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
    pixels : array of shape (L,), int
        Flat indices.
    shared : bool
        Whether the channels share coefficients.

    Returns
    -------
    array of shape (1, C N, L) if shared, otherwise (C, N, L), float64
    """
    width = images.shape[2]
    values = as_floats(images[:, pixels // width, pixels % width], np.float64)
    by_channel = values[np.newaxis] if values.ndim == 2 else np.moveaxis(values, 2, 0)
    return by_channel.reshape(1, len(by_channel) * len(images), len(pixels)) if shared else by_channel


@dataclass(frozen=True)
class Candidates:
    """The inputs, centred, in single precision, with what their variances need; G groups of S samples.

    Attributes
    ----------
    shared : bool
        Whether the channels share coefficients: then G = 1 and S = C N, otherwise G = C and S = N.
    n_channels : int
        Samples of a pair in a group.
    centred : array of shape (G, S + 1, P), float32
        Below the samples a row with the means, so that products with the weights' sum beside them are uncentred.
    first, second : arrays of shape (G, N, P), float32
        Sums of a pair's samples and of their squares.
    """

    shared: bool
    n_channels: int
    centred: AnyArray
    first: AnyArray
    second: AnyArray

    @classmethod
    def of(cls, pairs: RegisteredPairs, channels: Channels) -> Candidates:
        """Copy and centre the inputs of all pairs."""
        n = len(pairs)
        shared, n_pixels = channels == "shared", pairs.X[0, ..., 0].size if pairs.X.ndim == 4 else pairs.X[0].size
        n_channels = pairs.X[0].size // n_pixels
        groups = 1 if shared else n_channels
        importance = pairs.weight.sum(axis=(1, 2), dtype=np.float64)
        importance = importance / importance.sum() if importance.any() else np.full(n, 1 / n)

        def samples(i: int) -> AnyArray:
            x = as_floats(pairs.X[i], np.float64).reshape(n_pixels, n_channels).T
            return x[np.newaxis] if shared else x[:, np.newaxis]

        mean = np.zeros((groups, n_pixels))
        for i in range(n):
            mean += importance[i] * samples(i).mean(axis=1)
        per_pair = n_channels if shared else 1
        centred = np.empty((groups, per_pair * n + 1, n_pixels), np.float32)
        first = np.empty((groups, n, n_pixels), np.float32)
        second = np.empty_like(first)
        for i in range(n):
            x = samples(i) - mean[:, np.newaxis]
            centred[:, i : per_pair * n : n] = x
            first[:, i], second[:, i] = x.sum(axis=1), (x * x).sum(axis=1)
        centred[:, -1] = mean
        return cls(shared, n_channels if shared else 1, centred, first, second)
