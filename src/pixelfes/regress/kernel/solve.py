"""The solves of kernel ridge regression: from sums or samples of pixels to coefficients.

Kernel ridge regression of a pixel with samples (x_n, t_n) of weight w_n minimises ``Σ_n w_n (f(x_n) - t_n)^2 + alpha |f|^2``
over the kernel's functions f. Three forms have the same minimiser:

- dual: f(v) = Σ_n c_n k(x_n, v) with ``(K + alpha diag(1/w)) c = t``, one unknown per sample;
- by level: f(v) = Σ_l a_l k(x_l, v) with ``(K + alpha diag(1/n)) a = tbar``. All samples of a level are grouped, which does
  not change f; n_l is their weight and tbar_l their mean target;
- by feature: f(v) = Σ_j b_j phi_j(v) with ``(Σ w phi phi' + alpha I) b = Σ w phi t`` where k(x, y) = phi(x) . phi(y).

The last two are related by a_l = n_l (tbar_l - f(x_l)) / alpha. Smooth kernels have fewer features above rounding than
levels, and are solved by these. Other kernels are solved by level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs, as_floats
from pixelfes.regress.kernel.features import (
    EIGENVALUE_ROUNDING,
    LEVEL_VALUES,
    MOST_FEATURES,
    N_LEVELS,
    KernelFeatures,
    eigen_features,
)
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.kernel.laplacian import has_tridiagonal_inverse, laplacian_values
from pixelfes.regress.kernel.predict import KernelExpansion
from pixelfes.regress.kernel.sums import FeatureSums, KernelSums, LevelSums, entry_batches, feature_sums_of_levels
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import Prior

_NEGLIGIBLE = 1e-10
"""A penalty, or an eigenvalue plus penalty, below this part of the largest eigenvalue is lost in rounding."""

_MATRIX_ENTRIES_AT_A_TIME = 2**22


def solve_kernel_ridge(sums: KernelSums, kernel: Kernel, alpha: float, prior: Prior = "zero") -> KernelExpansion:
    """Per-pixel functions by kernel ridge regression, from their sums.

    Minimises, for every pixel by itself, ``Σ_n w_n (f(x_n) - t_n)^2 + alpha |f - f0|^2`` over the kernel's functions plus
    f0. The prior sets f0(v) to 0 or v. The sums determine the form: by level, by feature, or dual.

    Parameters
    ----------
    sums : KernelSums
        Sums of features have a kernel and prior of their own, which are used instead.
    kernel : Kernel
    alpha : float
        Penalty, >= 0.
    prior : {"zero", "identity"}

    Returns
    -------
    KernelExpansion
        Finite coefficients of levels, of features, or of samples.

    Raises
    ------
    InputError
        If there are no pairs.
    """
    statistics = sums.statistics
    if statistics is None:
        raise InputError("there are no pairs to learn from")
    if isinstance(statistics, FeatureSums):
        features, prior = statistics.features, statistics.prior
        solution = solve_by_features(statistics.gram, statistics.moment, alpha)
        return KernelExpansion(np.moveaxis(solution, 0, -1).copy(), features, features.kernel, prior)
    if isinstance(statistics, LevelSums):
        coefficients = solve_by_levels(statistics.for_prior(prior), kernel, alpha)
        return KernelExpansion(coefficients, LEVEL_VALUES, kernel, prior)
    coefficients, samples = solve_by_samples(statistics, sums.shape, kernel, alpha, prior)
    return KernelExpansion(coefficients, samples, kernel, prior)


def solve_by_features(gram: AnyArray, moment: AnyArray, alpha: float) -> AnyArray:
    """Coefficients b of ridge regression on features.

    Minimises, for every pixel by itself, ``Σ_n w_n (Σ_j b_j phi_j(x_n) - t_n)^2 + alpha |b|^2``.

    Parameters
    ----------
    gram : array of shape (r (r + 1) / 2, *shape), float64
        Upper triangle of Σ w phi phi', row by row.
    moment : array of shape (r, *shape), float64
        Σ w phi t.
    alpha : float
        >= 0.

    Returns
    -------
    array of shape (r, *shape), float64
        Finite.
    """
    rank, entries = len(moment), iter(gram)
    rows = [[gram[0]] * i + [next(entries) for _ in range(i, rank)] for i in range(rank)]
    return solve_normal_equations(rows, list(moment), alpha)


def solve_by_levels(sums: LevelSums, kernel: Kernel, alpha: float) -> AnyArray:
    """Coefficients a of kernel ridge regression by level, exact up to rounding.

    Minimises, for every pixel by itself, ``Σ_l n_l (f(x_l) - tbar_l)^2 + alpha |f|^2`` with f(v) = Σ_l a_l k(x_l, v).

    Parameters
    ----------
    sums : LevelSums
    kernel : Kernel
    alpha : float
        >= 0. If it is 0 or lost in rounding, what the samples do not determine becomes 0.

    Returns
    -------
    array of shape (*shape, 256), float64
        Finite; 0 at levels without samples, unless alpha is lost in rounding.
    """
    n, t = sums.n.reshape(-1, N_LEVELS), sums.t.reshape(-1, N_LEVELS)
    features = smooth_features(kernel)
    if features is not None:
        a = _by_all_features(n, t, kernel, features, alpha)
    elif has_tridiagonal_inverse(kernel) and not _is_lost(n, alpha):
        a = np.divide(t - n * laplacian_values(n, t, kernel.gamma, alpha), alpha)
    else:
        a = _by_dual(n, t, kernel, alpha)
    return a.reshape(sums.n.shape)


def smooth_features(kernel: Kernel) -> KernelFeatures | None:
    """Return all features of a kernel on the 8-bit levels that lie above rounding; None if they are many."""
    if not kernel.is_positive:
        return None
    features = eigen_features(kernel, EIGENVALUE_ROUNDING)
    return features if features.rank <= MOST_FEATURES else None


def _is_lost(n: AnyArray, alpha: float) -> bool:
    return alpha <= _NEGLIGIBLE * float(n.sum(axis=-1).max())


def _by_all_features(n: AnyArray, t: AnyArray, kernel: Kernel, features: KernelFeatures, alpha: float) -> AnyArray:
    if _is_lost(n, alpha):
        features = eigen_features(kernel, _NEGLIGIBLE)
        coefficients: AnyArray = (
            features.projection @ solve_by_features(*feature_sums_of_levels(n, t, features), alpha)
        ).T
        return coefficients
    a: AnyArray = solve_by_features(*feature_sums_of_levels(n, t, features), alpha).T @ features.at_levels.T
    a *= n
    np.subtract(t, a, out=a)
    a /= alpha
    return a


def _by_dual(n: AnyArray, t: AnyArray, kernel: Kernel, alpha: float) -> AnyArray:
    gram = kernel(LEVEL_VALUES[:, np.newaxis], LEVEL_VALUES)
    a = np.zeros(n.shape)
    for pixels, levels in seen_levels(n):
        part = np.take_along_axis(n[pixels], levels, axis=1)
        total = np.take_along_axis(t[pixels], levels, axis=1)
        mean = np.divide(total, part, out=np.zeros(part.shape), where=part > 0)
        a[pixels[:, np.newaxis], levels] = solve_kernel_dual(
            gram[levels[..., np.newaxis], levels[:, np.newaxis]], part, mean, alpha
        )
    return a


def seen_levels(n: AnyArray) -> Iterator[tuple[AnyArray, AnyArray]]:
    """Group pixels by the number of levels they have samples of, so that the matrices of a group have one size.

    Parameters
    ----------
    n : array of shape (P, 256)

    Yields
    ------
    pixels : array of shape (B,)
    levels : array of shape (B, m)
        Those levels, in order, filled up to m with levels without samples.
    """
    counts = np.count_nonzero(n, axis=1)
    order = np.argsort(counts, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, _MATRIX_ENTRIES_AT_A_TIME // N_LEVELS**2)
        m = max(1, int(counts[order[min(start + size, len(order)) - 1]]))
        pixels = order[start : start + size]
        yield pixels, np.argsort(n[pixels] == 0, axis=1, kind="stable")[:, :m]
        start += size


def solve_kernel_dual(gram: AnyArray, weight: AnyArray, target: AnyArray, alpha: float) -> AnyArray:
    """Coefficients c of ``(K + alpha diag(1/w)) c = t``, solved as ``sqrt(w) K sqrt(w) + alpha I``, for many pixels.

    Parameters
    ----------
    gram : array of shape (B, k, k), float64
    weight, target : arrays of shape (B, k), float64
        Weight 0 gives the coefficient 0.
    alpha : float
        >= 0.

    Returns
    -------
    array of shape (B, k), float64
        Finite: if alpha is lost in rounding, eigenvalues that are negligible with the penalty are left out.
    """
    root = np.sqrt(weight)
    scaled = gram * root[..., np.newaxis] * root[:, np.newaxis]
    if alpha > _NEGLIGIBLE * max(float(np.abs(scaled).max(initial=0)) * scaled.shape[1], np.finfo(np.float64).tiny):
        diagonal = np.einsum("bii->bi", scaled)
        diagonal += alpha
        try:
            solution: AnyArray = np.linalg.solve(scaled, (root * target)[..., np.newaxis])[..., 0]
        except np.linalg.LinAlgError:
            diagonal -= alpha
        else:
            return root * solution
    values, vectors = np.linalg.eigh(scaled)
    inverse = inverse_of(values[..., np.newaxis], np.array([alpha]))
    inside = np.matmul(vectors.transpose(0, 2, 1), (root * target)[..., np.newaxis])
    coefficients: AnyArray = root * np.matmul(vectors, inverse * inside)[..., 0]
    return coefficients


def inverse_of(values: AnyArray, alphas: AnyArray) -> AnyArray:
    """Return 1 / (values + alphas), (B, k, A) for eigenvalues (B, k, 1), and 0 where the sum is rounding."""
    shifted = values + alphas
    largest = np.abs(values).max(axis=1, keepdims=True)
    safe = np.abs(shifted) > np.maximum(1e-14 * largest, np.finfo(np.float64).tiny)
    safe &= (alphas > _NEGLIGIBLE * largest) | (np.abs(shifted) > _NEGLIGIBLE * largest)
    return np.asarray(np.divide(1.0, shifted, out=np.zeros(shifted.shape), where=safe))


def solve_by_samples(
    pairs: RegisteredPairs, shape: tuple[int, ...], kernel: Kernel, alpha: float, prior: Prior = "zero"
) -> tuple[AnyArray, AnyArray]:
    """Dual coefficients of kernel ridge regression, one per sample, and the samples they belong to.

    Minimises, for every pixel by itself, ``Σ_n w_n (f(x_n) - t_n)^2 + alpha |f|^2`` with f(v) = Σ_n c_n k(x_n, v).

    Parameters
    ----------
    pairs : RegisteredPairs
    shape : tuple of int
        Shape of the maps, (H, W) or (H, W, C).
    kernel : Kernel
    alpha : float
        >= 0.
    prior : {"zero", "identity"}
        With "identity" the target is t - x.

    Returns
    -------
    coefficients, samples : arrays of shape (*shape, S), float64
        S counts the channels too if they share a map.
    """
    size = int(np.prod(shape))
    coefficients, samples = np.empty((2, size, pairs.X.size // size))
    for whole in entry_batches(pairs, shape, max(1, _MATRIX_ENTRIES_AT_A_TIME // samples.shape[1])):
        batch = whole.for_prior(prior)
        x, t = (as_floats(v, np.float64).reshape(len(batch.x), -1) for v in (batch.x, batch.t))
        weight = batch.weight.repeat(batch.x.shape[-1], axis=1)
        samples[batch.entries] = x
        coefficients[batch.entries] = solve_kernel_dual(kernel(x[..., np.newaxis], x[:, np.newaxis]), weight, t, alpha)
    return coefficients.reshape(*shape, -1), samples.reshape(*shape, -1)
