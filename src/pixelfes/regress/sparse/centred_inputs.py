"""The inputs that pixels are chosen from: gathered from the images, or all centred for matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats


def gather_pixels(images: AnyArray, pixels: AnyArray, shared: bool) -> AnyArray:
    """Return pixels of checked images as groups of samples; the samples of a group share their coefficients.

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
class CentredInputs:
    """All input pixels, centred, in single precision, with the sums for their variances; G groups of S samples.

    Attributes
    ----------
    shared : bool
        Whether the channels share coefficients. Then G = 1 and S = C N, otherwise G = C and S = N.
    n_channels : int
        Samples of a pair in a group.
    centred : array of shape (G, S + 1, P), float32
        The last row holds the means. Products with weights and, below them, their sum are then uncentred.
    first, second : arrays of shape (G, N, P), float32
        Sums of a pair's centred samples, and of their squares.
    """

    shared: bool
    n_channels: int
    centred: AnyArray
    first: AnyArray
    second: AnyArray

    @classmethod
    def of_pairs(cls, pairs: RegisteredPairs, channels: Channels) -> CentredInputs:
        """Copy and centre the inputs of all pairs."""
        n, shared = len(pairs), channels == "shared"
        mean = _weighted_mean(pairs, shared)
        groups, n_pixels = mean.shape
        per_pair = pairs.X[0].size // n_pixels if shared else 1
        centred = np.empty((groups, per_pair * n + 1, n_pixels), np.float32)
        first = np.empty((groups, n, n_pixels), np.float32)
        second = np.empty_like(first)
        for i in range(n):
            x = _grouped_samples(pairs.X[i], shared) - mean[:, np.newaxis]
            centred[:, i : per_pair * n : n] = x
            first[:, i], second[:, i] = x.sum(axis=1), (x * x).sum(axis=1)
        centred[:, -1] = mean
        return cls(shared, per_pair, centred, first, second)


def _weighted_mean(pairs: RegisteredPairs, shared: bool) -> AnyArray:
    """Return the mean inputs, (G, P), each pair by its share of all weights."""
    n = len(pairs)
    importance = pairs.weight.sum(axis=(1, 2), dtype=np.float64)
    importance = importance / importance.sum() if importance.any() else np.full(n, 1 / n)
    mean = np.zeros(_grouped_samples(pairs.X[0], shared).shape[::2])
    for i in range(n):
        mean += importance[i] * _grouped_samples(pairs.X[i], shared).mean(axis=1)
    return mean


def _grouped_samples(image: AnyArray, shared: bool) -> AnyArray:
    """Return one image as samples of shape (1, C, P) if shared, otherwise (C, 1, P), float64."""
    n_pixels = image.shape[0] * image.shape[1]
    x = as_floats(image, np.float64).reshape(n_pixels, -1).T
    return x[np.newaxis] if shared else x[:, np.newaxis]
