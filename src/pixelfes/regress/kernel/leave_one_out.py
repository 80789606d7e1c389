"""Leave-one-out error of kernel ridge regression for many penalties, in closed form: a pair at a time, exact.

With the samples of pair i, weight w, as the rows Z_i of a basis in which the solution is ``f = Z diag(g) Z' W t``, the hat
matrix of the pair's own samples is ``H_i = w Z_i diag(g) Z_i'``, and without the pair their residual is
``(I - H_i)^-1 (t_i - f_i)``. The basis is that of the eigenvectors of the pixel's own problem, so that the penalty is
in g alone: of its features' Gram matrix, g = 1 / (lambda + alpha), or of its scaled kernel matrix sqrt(w) K sqrt(w),
Z = eigenvectors / sqrt(w) and g = lambda / (lambda + alpha). The Laplacian kernel on levels needs no basis.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats
from pixelfes.regress.kernel.features import EIGHT_BIT, LEVELS, KernelFeatures
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.kernel.solve import (
    has_tridiagonal_inverse,
    inverse_of,
    laplacian_inverse,
    laplacian_values,
    smooth_features,
)
from pixelfes.regress.kernel.statistics import Band, FeatureSums, LevelSums, bands, sums_of_levels
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import Prior, check_alphas

NUMBERS = 2**19
"""Numbers that are worked on at a time."""

Spectrum: TypeAlias = tuple[AnyArray, AnyArray, AnyArray, AnyArray]
"""Rows Z (B, N, C, q) of the samples, numerators (B, q) and eigenvalues (B, q) of g, and Z' W t of the whole (B, q, 1)."""

Hat: TypeAlias = dict[tuple[int, int], AnyArray]
"""Of a pair of channels c <= d, that entry of the hat matrices of all pairs, entries and penalties, (B, N, A)."""


def leave_one_out_error(
    pairs: RegisteredPairs,
    alphas: npt.ArrayLike,
    kernel: Kernel,
    whole: LevelSums | FeatureSums | None,
    *,
    channels: Channels = "shared",
    prior: Prior = "zero",
) -> AnyArray:
    """Total weighted squared error of pairs, each left out of the whole, for every penalty.

    Parameters
    ----------
    pairs : RegisteredPairs
    alphas : array of shape (A,)
        Penalties, > 0.
    kernel : Kernel
    whole : LevelSums, FeatureSums, or None
        Sums over these pairs, and perhaps over others; with those of features, these are what is regressed on. With
        sums of levels a smooth kernel and the Laplacian one are quick, others need the eigenvectors of a matrix per
        pixel with a row to the level. None is these pairs themselves, with a row to the sample.
    channels : {"shared", "separate"}
    prior : {"zero", "identity"}
        As the sums of features have it.

    Returns
    -------
    array of shape (A,), float64

    Raises
    ------
    InputError
        For penalties that are not > 0, and for floats with sums of levels.
    """
    penalties = check_alphas(alphas)
    if not (penalties > 0).all():
        raise InputError(f"the leave-one-out error of a kernel needs penalties > 0; found {penalties.min():g}")
    if isinstance(whole, LevelSums):
        if pairs.X.dtype != np.uint8:
            raise InputError(f"sums per level leave out pairs with uint8 inputs; found {pairs.X.dtype}")
        whole = whole.residual() if prior == "identity" else whole
    features = whole.features if isinstance(whole, FeatureSums) else smooth_features(kernel) if whole else None
    shape = pairs.map_shape(channels)
    errors = np.zeros(len(penalties))
    for given in bands(pairs, shape, _most(pairs, shape, kernel, features, len(penalties))):
        band = given.residual() if prior == "identity" else given
        if features is not None and whole is not None:
            residual, hat = _by_spectrum(band, _of_features(band, features, whole), penalties)
        elif not isinstance(whole, LevelSums):
            residual, hat = _by_spectrum(band, _of_samples(band, kernel), penalties)
        elif has_tridiagonal_inverse(kernel):
            residual, hat = _by_recursion(band, *_levels_of(whole, band), kernel.gamma, penalties)
        else:
            residual, hat = _by_spectrum(band, _of_levels(band, *_levels_of(whole, band), kernel), penalties)
        for error in _left_out(hat, residual, features is not None or kernel.is_positive):
            errors += np.einsum("bn,bna,bna->a", band.weight, error, error)
    return errors


def _most(
    pairs: RegisteredPairs, shape: tuple[int, ...], kernel: Kernel, features: KernelFeatures | None, n_alphas: int
) -> int:
    """How many samples to take at a time."""
    if features is not None:
        width = features.rank
    elif pairs.X.dtype != np.uint8:
        width = pairs.X.size // int(np.prod(shape))
    elif has_tridiagonal_inverse(kernel):
        return max(1, 8 * NUMBERS // n_alphas)  # a recursion over levels is quick on many entries at once
    else:
        width = LEVELS
    return max(1, NUMBERS // max(width, n_alphas))


def _levels_of(whole: LevelSums, band: Band) -> tuple[AnyArray, AnyArray]:
    return whole.n.reshape(-1, LEVELS)[band.entries], whole.t.reshape(-1, LEVELS)[band.entries]


def _of_features(band: Band, features: KernelFeatures, whole: LevelSums | FeatureSums) -> Spectrum:
    if isinstance(whole, LevelSums):
        gram, moment = sums_of_levels(*_levels_of(whole, band), features)
    else:
        gram, moment = (s.reshape(len(s), -1)[:, band.entries] for s in (whole.gram, whole.moment))
    square = np.empty((len(band.x), features.rank, features.rank))
    first, second = np.triu_indices(features.rank)
    square[:, first, second] = square[:, second, first] = gram.T
    values, vectors = np.linalg.eigh(square)
    rows = np.matmul(features.at(band.x).reshape(len(band.x), -1, features.rank), vectors)
    inside = np.matmul(vectors.transpose(0, 2, 1), moment.T[..., np.newaxis])
    return rows.reshape(*band.x.shape, -1), np.ones(values.shape), np.maximum(values, 0), inside


def _of_samples(band: Band, kernel: Kernel) -> Spectrum:
    x = as_floats(band.x, np.float64).reshape(len(band.x), -1)
    weight = band.weight.repeat(band.x.shape[-1], axis=1)
    rows, values = _eigen_rows(kernel(x[..., np.newaxis], x[:, np.newaxis]), weight)
    inside = np.matmul(rows.transpose(0, 2, 1), (weight * band.t.reshape(weight.shape))[..., np.newaxis])
    return rows.reshape(*band.x.shape, -1), values, values, inside


def _of_levels(band: Band, n: AnyArray, t: AnyArray, kernel: Kernel) -> Spectrum:
    """Of the kernel matrix of the 8-bit levels that the pixels of the band saw, with the weights of all their samples."""
    gram = kernel(EIGHT_BIT[:, np.newaxis], EIGHT_BIT)
    m = max(1, int(np.count_nonzero(n, axis=1).max()))
    seen = np.argsort(n == 0, axis=1, kind="stable")[:, :m]
    rows, values = _eigen_rows(gram[seen[..., np.newaxis], seen[:, np.newaxis]], np.take_along_axis(n, seen, axis=1))
    inside = np.matmul(rows.transpose(0, 2, 1), np.take_along_axis(t, seen, axis=1)[..., np.newaxis])
    place = np.zeros(n.shape, np.intp)
    np.put_along_axis(place, seen, np.arange(m), axis=1)
    own = np.arange(len(n))[:, np.newaxis, np.newaxis]
    return rows[own, place[own, band.x]], values, values, inside


def _eigen_rows(gram: AnyArray, weight: AnyArray) -> tuple[AnyArray, AnyArray]:
    root = np.sqrt(weight)[..., np.newaxis]
    values, vectors = np.linalg.eigh(gram * root * root.transpose(0, 2, 1))
    return np.divide(vectors, root, out=np.zeros(vectors.shape), where=root > 0), values


def _by_spectrum(band: Band, spectrum: Spectrum, alphas: AnyArray) -> tuple[list[AnyArray], Hat]:
    rows, numerators, values, moment = spectrum
    size, _, channels, _ = rows.shape
    gain = numerators[..., np.newaxis] * inverse_of(values[..., np.newaxis], alphas)
    flat = rows.reshape(size, -1, rows.shape[-1])
    fitted = np.matmul(flat, moment * gain).reshape(*band.t.shape, -1)
    weight = band.weight[..., np.newaxis]
    hat = {(c, d): weight * np.matmul(rows[:, :, c] * rows[:, :, d], gain) for c, d in _upper(channels)}
    return [band.t[:, :, c, np.newaxis] - fitted[:, :, c] for c in range(channels)], hat


def _by_recursion(band: Band, n: AnyArray, t: AnyArray, gamma: float, alphas: AnyArray) -> tuple[list[AnyArray], Hat]:
    """Take the entries of the hat matrix from the Laplacian kernel's tridiagonal equations."""
    size, pairs, channels = band.x.shape
    residual = [np.empty((size, pairs, len(alphas))) for _ in range(channels)]
    hat = {cd: np.empty((size, pairs, len(alphas))) for cd in _upper(channels)}
    own = np.arange(size)[:, np.newaxis]
    for k, alpha in enumerate(alphas):
        values, (diagonal, logs) = laplacian_values(n, t, gamma, alpha), laplacian_inverse(n, gamma, alpha)
        for c, d in hat:
            low, high = np.minimum(band.x[:, :, c], band.x[:, :, d]), np.maximum(band.x[:, :, c], band.x[:, :, d])
            inverse = diagonal[own, high] * np.exp(logs[own, high] - logs[own, low])
            np.multiply(band.weight, inverse, out=hat[c, d][..., k])
        for c in range(channels):
            np.subtract(band.t[:, :, c], values[own, band.x[:, :, c]], out=residual[c][..., k])
    return residual, hat


def _upper(channels: int) -> list[tuple[int, int]]:
    return [(c, d) for c in range(channels) for d in range(c, channels)]


def _left_out(hat: Hat, residual: list[AnyArray], positive: bool) -> Iterator[AnyArray]:
    """Solve (I - H) e = r for every pair of every entry and penalty."""
    channels = len(residual)
    rest = {(c, d): float(c == d) - h for (c, d), h in hat.items()}
    if channels == 1:
        yield np.divide(residual[0], rest[0, 0], out=np.zeros(residual[0].shape), where=rest[0, 0] != 0)
    elif positive:
        gram = [[rest[min(c, d), max(c, d)] for d in range(channels)] for c in range(channels)]
        yield from solve_normal_equations(gram, residual, 0.0, scale=[0.0] * channels)
    else:
        matrix = np.stack(
            [np.stack([rest[min(c, d), max(c, d)] for d in range(channels)], axis=-1) for c in range(channels)], axis=-2
        )
        yield from np.moveaxis(np.linalg.solve(matrix, np.stack(residual, axis=-1)[..., np.newaxis])[..., 0], -1, 0)
