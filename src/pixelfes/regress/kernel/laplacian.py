"""Kernel ridge regression with the Laplacian kernel on evenly spaced levels, whose matrix has a tridiagonal inverse."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.kernel.features import N_LEVELS
from pixelfes.regress.kernel.kernels import Kernel


def has_tridiagonal_inverse(kernel: Kernel) -> bool:
    """Whether `laplacian_values` and `laplacian_inverse` apply to this kernel, and are precise."""
    return kernel.name == "laplacian" and 1e-3 <= kernel.gamma <= 1e5


def laplacian_values(n: AnyArray, t: AnyArray, gamma: float, alpha: float) -> AnyArray:
    """Values at all levels of kernel ridge regression with the Laplacian kernel, whose inverse is tridiagonal.

    On evenly spaced levels K_ij = rho^|i - j|. With f = K a this is ``(alpha K^-1 + diag(n)) f = t``; t are sums of targets.

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
    for level in range(1, N_LEVELS):
        factor = beside / diagonal[level - 1]
        diagonal[level] -= factor * beside
        f[level] -= factor * f[level - 1]
    f[-1] /= diagonal[-1]
    for level in range(N_LEVELS - 2, -1, -1):
        f[level] -= beside * f[level + 1]
        f[level] /= diagonal[level]
    return f.T


def laplacian_inverse(n: AnyArray, gamma: float, alpha: float) -> tuple[AnyArray, AnyArray]:
    """Inverse of the matrix of `laplacian_values`, as two arrays that determine all its entries.

    Returns
    -------
    diagonal, logs : arrays of shape (P, 256), float64
        The entry at levels i <= j is ``diagonal_j exp(logs_j - logs_i)``.
    """
    matrix, beside = _tridiagonal(n, gamma, alpha)
    above, below = matrix.copy(), matrix.copy()
    for level in range(1, N_LEVELS):
        above[level] -= beside**2 / above[level - 1]
    for level in range(N_LEVELS - 2, -1, -1):
        below[level] -= beside**2 / below[level + 1]
    logs = np.zeros(matrix.shape)
    np.cumsum(np.log(-beside / above[:-1]), axis=0, out=logs[1:])
    return np.reciprocal(above + below - matrix).T, logs.T


def _tridiagonal(n: AnyArray, gamma: float, alpha: float) -> tuple[AnyArray, float]:
    """Return the diagonal (256, P), and the entry beside it, of alpha K^-1 + diag(n)."""
    rho = float(np.exp(-gamma / (N_LEVELS - 1)))
    unit = alpha / -float(np.expm1(-2 * gamma / (N_LEVELS - 1)))
    diagonal: AnyArray = n.T + unit * (1 + rho * rho)
    diagonal[[0, -1]] -= unit * rho * rho
    return diagonal, -unit * rho
