"""Leave-one-out error of kernel ridge regression for many penalties, in closed form: a pair at a time, exact.

With the samples of pair i, weight w, as the rows Z_i of a basis in which the solution is ``f = Z diag(g) Z' W t``, the hat
matrix of the pair's own samples is ``H_i = w Z_i diag(g) Z_i'``, and without the pair their residual is
``(I - H_i)^-1 (t_i - f_i)``. The basis is that of the eigenvectors of the pixel's own problem, so that the penalty is
in g alone: of its features' Gram matrix, g = 1 / (lambda + alpha), or of its scaled kernel matrix sqrt(w) K sqrt(w),
Z = eigenvectors / sqrt(w) and g = lambda / (lambda + alpha).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.errors import InputError
from pixelfes.regress.images import Array, Channels, RegisteredPairs, as_floats
from pixelfes.regress.kernel_features import KernelFeatures
from pixelfes.regress.kernel_solve import inverse_of, smooth_features
from pixelfes.regress.kernel_statistics import Band, bands, weighted_features
from pixelfes.regress.kernels import Kernel
from pixelfes.regress.normal import solve_normal_equations
from pixelfes.regress.parameters import Prior, check_alphas

NUMBERS = 2**19
"""Numbers that are worked on at a time."""

Spectrum: TypeAlias = tuple[Array, Array, Array]
"""Rows Z (B, N, C, q) of the samples, numerators (B, q) and eigenvalues (B, q) of g."""


def leave_one_out_error(
    pairs: RegisteredPairs,
    alphas: npt.ArrayLike,
    kernel: Kernel,
    *,
    features: KernelFeatures | None = None,
    channels: Channels = "shared",
    prior: Prior = "zero",
) -> Array:
    """Total weighted squared leave-one-out error for every penalty.

    Parameters
    ----------
    pairs : RegisteredPairs
        At least 2.
    alphas : array of shape (A,)
        Penalties, > 0.
    kernel : Kernel
    features : None, or KernelFeatures
        What to regress on; None is the kernel itself. There, 8-bit inputs of smooth kernels take the time of a few
        features per pixel; others need the eigenvectors of a matrix per pixel, of as many rows as it has samples, or
        an 8-bit input levels.
    channels : {"shared", "separate"}
    prior : {"zero", "identity"}

    Returns
    -------
    array of shape (A,), float64

    Raises
    ------
    InputError
        For fewer than 2 pairs, and for penalties that are not > 0.
    """
    penalties = check_alphas(alphas)
    if len(pairs) < 2:
        raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
    if not (penalties > 0).all():
        raise InputError(f"the leave-one-out error of a kernel needs penalties > 0; found {penalties.min():g}")
    shape = pairs.map_shape(channels)
    count = pairs.X.size // int(np.prod(shape))
    if features is None and pairs.X.dtype == np.uint8:
        features = smooth_features(kernel)
    spectrum: Callable[[Band], Spectrum]
    if features is not None:
        chosen = features
        width = max(features.rank, len(penalties))
        spectrum = lambda band: _of_features(band, chosen)  # noqa: E731
    else:
        width = max(count, len(penalties))
        spectrum = lambda band: _of_samples(band, kernel)  # noqa: E731
    errors = np.zeros(len(penalties))
    positive = features is not None or kernel.is_positive
    for whole in bands(pairs, shape, max(1, NUMBERS // width)):
        band = whole.residual() if prior == "identity" else whole
        errors += _errors(band, spectrum(band), penalties, positive)
    return errors


def _of_features(band: Band, features: KernelFeatures) -> Spectrum:
    phi, weighted = weighted_features(band, features)
    values, vectors = np.linalg.eigh(np.matmul(weighted.transpose(0, 2, 1), phi))
    rows = np.matmul(phi, vectors).reshape(*band.x.shape, -1)
    return rows, np.ones(values.shape), np.maximum(values, 0)


def _of_samples(band: Band, kernel: Kernel) -> Spectrum:
    """Of the kernel matrix of the samples, or of the 8-bit levels where they are fewer."""
    x, weight = as_floats(band.x, np.float64), np.broadcast_to(band.weight[..., np.newaxis], band.x.shape)
    x, weight = (v.reshape(len(v), -1) for v in (x, weight))
    root = np.sqrt(weight)
    scaled = kernel(x[..., np.newaxis], x[:, np.newaxis]) * root[..., np.newaxis] * root[:, np.newaxis]
    values, vectors = np.linalg.eigh(scaled)
    rows = np.divide(vectors, root[..., np.newaxis], out=np.zeros(vectors.shape), where=root[..., np.newaxis] > 0)
    return rows.reshape(*band.x.shape, -1), values, values


def _errors(band: Band, spectrum: Spectrum, alphas: Array, positive: bool) -> Array:
    rows, numerators, values = spectrum
    size, pairs, channels, _ = rows.shape
    gain = numerators[..., np.newaxis] * inverse_of(values[..., np.newaxis], alphas)
    flat = rows.reshape(size, pairs * channels, -1)
    moment = np.matmul(flat.transpose(0, 2, 1), (band.weight[..., np.newaxis] * band.t).reshape(size, -1, 1))
    residual = np.matmul(flat, moment * gain).reshape(*band.t.shape, -1)
    np.subtract(band.t[..., np.newaxis], residual, out=residual)
    weight = band.weight[..., np.newaxis]
    hat = {
        (c, d): weight * np.matmul(rows[:, :, c] * rows[:, :, d], gain)
        for c in range(channels)
        for d in range(c, channels)
    }
    left_out = _solve(hat, [residual[:, :, c] for c in range(channels)], positive)
    total: Array = np.zeros(len(alphas))
    for error in left_out:
        total += np.einsum("bn,bna,bna->a", band.weight, error, error)
    return total


def _solve(hat: dict[tuple[int, int], Array], residual: list[Array], positive: bool) -> Iterator[Array]:
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
