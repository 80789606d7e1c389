"""The solves of kernel ridge regression: pure functions from sums or samples of pixels to coefficients.

Kernel ridge regression of a pixel with samples (x_n, t_n) of weight w_n minimises, over the kernel's functions f,
``Σ_n w_n (f(x_n) - t_n)^2 + alpha |f|^2``. Three forms of the one minimiser:

- dual, f(v) = Σ_n c_n k(x_n, v) with ``(K + alpha diag(1/w)) c = t``, an unknown to the sample;
- by level, f(v) = Σ_l a_l k(x_l, v) with ``(K + alpha diag(1/n)) a = tbar``: the same with the samples of a level
  taken together, n_l their weight and tbar_l their mean target, which changes nothing in f;
- by feature, f(v) = Σ_j b_j phi_j(v) with ``(Σ w phi phi' + alpha I) b = Σ w phi t`` where k(x, y) = phi(x) . phi(y).

By level and by feature, a_l = n_l (tbar_l - f(x_l)) / alpha: the smooth kernels are solved by all the features that
rounding leaves them, which are fewer than the levels, and the others by their levels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import RegisteredPairs, as_floats
from pixelfes.regress.kernel.features import EIGHT_BIT, LEVELS, MOST_FEATURES, ROUNDING, KernelFeatures, eigen_features
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.kernel.statistics import LevelSums, bands, sums_of_levels
from pixelfes.regress.normal_equations import solve_normal_equations

NEGLIGIBLE = 1e-10
"""A penalty, or an eigenvalue with the penalty, below this part of the largest eigenvalue counts as nothing."""

MATRICES = 2**22
"""Numbers in the matrices that are solved at a time."""


def solve_by_features(gram: AnyArray, moment: AnyArray, alpha: float) -> AnyArray:
    """Coefficients of ridge regression on features.

    Parameters
    ----------
    gram : array of shape (r (r + 1) / 2, *shape), float64
        Σ w phi phi', its upper triangle, row by row.
    moment : array of shape (r, *shape), float64
        Σ w phi t.
    alpha : float
        >= 0.

    Returns
    -------
    array of shape (r, *shape), float64
        Finite.
    """
    rank, place = len(moment), iter(gram)
    rows = [[gram[0]] * i + [next(place) for _ in range(i, rank)] for i in range(rank)]
    return solve_normal_equations(rows, list(moment), alpha)


def solve_by_levels(sums: LevelSums, kernel: Kernel, alpha: float) -> AnyArray:
    """Coefficients a of kernel ridge regression per level, exact up to rounding.

    Parameters
    ----------
    sums : LevelSums
    kernel : Kernel
    alpha : float
        >= 0. At 0, and where it is lost in rounding, what the samples do not determine is left at nothing.

    Returns
    -------
    array of shape (*shape, 256), float64
        Finite; 0 at the levels without samples, unless alpha is lost in rounding.
    """
    n, t = sums.n.reshape(-1, LEVELS), sums.t.reshape(-1, LEVELS)
    features = smooth_features(kernel)
    if features is not None:
        a = _by_all_features(n, t, kernel, features, alpha)
    elif has_tridiagonal_inverse(kernel) and not _is_lost(n, alpha):
        a = np.divide(t - n * laplacian_values(n, t, kernel.gamma, alpha), alpha)
    else:
        a = _by_dual(n, t, kernel, alpha)
    return a.reshape(sums.n.shape)


def smooth_features(kernel: Kernel) -> KernelFeatures | None:
    """All the features of a kernel on the 8-bit levels that rounding leaves it; None where they are not few."""
    if not kernel.is_positive:
        return None
    features = eigen_features(kernel, ROUNDING)
    return features if features.rank <= MOST_FEATURES else None


def _is_lost(n: AnyArray, alpha: float) -> bool:
    return alpha <= NEGLIGIBLE * float(n.sum(axis=-1).max())


def _by_all_features(n: AnyArray, t: AnyArray, kernel: Kernel, features: KernelFeatures, alpha: float) -> AnyArray:
    if _is_lost(n, alpha):
        features = eigen_features(kernel, NEGLIGIBLE)
        coefficients: AnyArray = (features.projection @ solve_by_features(*sums_of_levels(n, t, features), alpha)).T
        return coefficients
    a: AnyArray = solve_by_features(*sums_of_levels(n, t, features), alpha).T @ features.at_levels.T
    a *= n
    np.subtract(t, a, out=a)
    a /= alpha
    return a


def has_tridiagonal_inverse(kernel: Kernel) -> bool:
    """Whether `laplacian_values` and `laplacian_inverse` are about this kernel, and precise."""
    return kernel.name == "laplacian" and 1e-3 <= kernel.gamma <= 1e5


def laplacian_values(n: AnyArray, t: AnyArray, gamma: float, alpha: float) -> AnyArray:
    """Values at all levels of kernel ridge regression with the Laplacian kernel, whose inverse is tridiagonal.

    On even levels K_ij = rho^|i - j|, and f = K a gives ``(alpha K^-1 + diag(n)) f = t`` with t the sums of targets.

    Parameters
    ----------
    n, t : arrays of shape (P, 256), float64
        Σw and Σwt.
    gamma, alpha : float
        > 0.

    Returns
    -------
    array of shape (P, 256), float64
    """
    diagonal, beside = _tridiagonal(n, gamma, alpha)
    f = np.array(t.T, order="C")
    for level in range(1, LEVELS):
        factor = beside / diagonal[level - 1]
        diagonal[level] -= factor * beside
        f[level] -= factor * f[level - 1]
    f[-1] /= diagonal[-1]
    for level in range(LEVELS - 2, -1, -1):
        f[level] -= beside * f[level + 1]
        f[level] /= diagonal[level]
    return f.T


def laplacian_inverse(n: AnyArray, gamma: float, alpha: float) -> tuple[AnyArray, AnyArray]:
    """Inverse of the matrix of `laplacian_values`, in the two arrays (P, 256) that all its entries follow from.

    Returns
    -------
    diagonal, logs : arrays of shape (P, 256), float64
        The entry of the levels i <= j is ``diagonal_j exp(logs_j - logs_i)``.
    """
    matrix, beside = _tridiagonal(n, gamma, alpha)
    above, below = matrix.copy(), matrix.copy()
    for level in range(1, LEVELS):
        above[level] -= beside**2 / above[level - 1]
    for level in range(LEVELS - 2, -1, -1):
        below[level] -= beside**2 / below[level + 1]
    logs = np.zeros(matrix.shape)
    np.cumsum(np.log(-beside / above[:-1]), axis=0, out=logs[1:])
    return np.reciprocal(above + below - matrix).T, logs.T


def _tridiagonal(n: AnyArray, gamma: float, alpha: float) -> tuple[AnyArray, float]:
    """Diagonal (256, P), and what stands beside it, of alpha K^-1 + diag(n)."""
    rho = float(np.exp(-gamma / (LEVELS - 1)))
    unit = alpha / -float(np.expm1(-2 * gamma / (LEVELS - 1)))
    diagonal: AnyArray = n.T + unit * (1 + rho * rho)
    diagonal[[0, -1]] -= unit * rho * rho
    return diagonal, -unit * rho


def _by_dual(n: AnyArray, t: AnyArray, kernel: Kernel, alpha: float) -> AnyArray:
    gram = kernel(EIGHT_BIT[:, np.newaxis], EIGHT_BIT)
    a = np.zeros(n.shape)
    for pixels, levels in seen_levels(n):
        part = np.take_along_axis(n[pixels], levels, axis=1)
        total = np.take_along_axis(t[pixels], levels, axis=1)
        mean = np.divide(total, part, out=np.zeros(part.shape), where=part > 0)
        a[pixels[:, np.newaxis], levels] = solve_dual(
            gram[levels[..., np.newaxis], levels[:, np.newaxis]], part, mean, alpha
        )
    return a


def seen_levels(n: AnyArray) -> Iterator[tuple[AnyArray, AnyArray]]:
    """Group pixels by the count of levels they saw, so that the matrices of a group are of one size.

    Parameters
    ----------
    n : array of shape (P, 256)

    Yields
    ------
    pixels : array of shape (B,)
    levels : array of shape (B, m)
        The levels they saw, in order, with levels they did not see to make up the number.
    """
    counts = np.count_nonzero(n, axis=1)
    order = np.argsort(counts, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, MATRICES // LEVELS**2)
        m = max(1, int(counts[order[min(start + size, len(order)) - 1]]))
        pixels = order[start : start + size]
        yield pixels, np.argsort(n[pixels] == 0, axis=1, kind="stable")[:, :m]
        start += size


def solve_dual(gram: AnyArray, weight: AnyArray, target: AnyArray, alpha: float) -> AnyArray:
    """Solve ``(K + alpha diag(1/w)) c = t`` for a batch of pixels, scaled by sqrt(w) to ``sqrt(w) K sqrt(w) + alpha I``.

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
        Finite: eigenvalues that are negligible with the penalty are left out where alpha is lost in rounding.
    """
    root = np.sqrt(weight)
    scaled = gram * root[..., np.newaxis] * root[:, np.newaxis]
    if alpha > NEGLIGIBLE * max(float(np.abs(scaled).max(initial=0)) * scaled.shape[1], np.finfo(np.float64).tiny):
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
    """Return 1 / (values + alphas), (B, k, A) for eigenvalues (B, k, 1), and 0 where that is rounding."""
    shifted = values + alphas
    largest = np.abs(values).max(axis=1, keepdims=True)
    safe = np.abs(shifted) > np.maximum(1e-14 * largest, np.finfo(np.float64).tiny)
    safe &= (alphas > NEGLIGIBLE * largest) | (np.abs(shifted) > NEGLIGIBLE * largest)
    return np.divide(1.0, shifted, out=np.zeros(shifted.shape), where=safe)


def solve_by_samples(
    pairs: RegisteredPairs, shape: tuple[int, ...], kernel: Kernel, alpha: float, residual: bool
) -> tuple[AnyArray, AnyArray]:
    """Dual coefficients of kernel ridge regression with an unknown to the sample, and the samples they belong to.

    Parameters
    ----------
    pairs : RegisteredPairs
    shape : tuple of int
        Of the maps, (H, W) or (H, W, C).
    kernel : Kernel
    alpha : float
        >= 0.
    residual : bool
        Take t - x as the target.

    Returns
    -------
    coefficients, samples : arrays of shape (*shape, S), float64
        S counts the channels too where they share a map.
    """
    size = int(np.prod(shape))
    coefficients, samples = np.empty((2, size, pairs.X.size // size))
    for whole in bands(pairs, shape, max(1, MATRICES // samples.shape[1])):
        band = whole.residual() if residual else whole
        x, t = (as_floats(v, np.float64).reshape(len(band.x), -1) for v in (band.x, band.t))
        weight = band.weight.repeat(band.x.shape[-1], axis=1)
        samples[band.entries] = x
        coefficients[band.entries] = solve_dual(kernel(x[..., np.newaxis], x[:, np.newaxis]), weight, t, alpha)
    return coefficients.reshape(*shape, -1), samples.reshape(*shape, -1)
