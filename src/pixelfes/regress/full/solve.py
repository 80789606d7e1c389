"""The solves of ridge regression on all pixels: from samples in dual form, or from Gram matrices in primal form."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.full.sums import GramMatrices, Samples, with_bias
from pixelfes.regress.images import as_floats
from pixelfes.regress.parameters import Prior

LEAST_PENALTY = 1e-12
"""A penalty below this part of the sum of squares is lost in rounding, and is raised to it."""

_ROUNDING = 1e-16
"""Eigenvalues below this part of the greatest are rounding."""

_TINY = 1e-300


def solve_dual(samples: Samples, alpha: float, prior: Prior = "zero") -> tuple[AnyArray, AnyArray]:
    """Ridge regression on all pixels and a bias, as a map of low rank, from fewer samples than pixels.

    Minimises ``1/2 ||sqrt(w) (Z C - Y)||^2 + alpha/2 ||C||^2`` over the (P + 1) x P matrix C, with z = (x, 1). y is t, or
    t - x with the prior "identity". C = Z' sqrt(w) (K + alpha I)^-1 sqrt(w) Y is never formed. With the eigenvectors U and
    the eigenvalues l of K = sqrt(w) Z Z' sqrt(w), it is B' A. B = l^-1/2 U' sqrt(w) Z has orthonormal rows, and
    A = l^1/2 (l + alpha)^-1 U' sqrt(w) Y. Unlike samples and dual coefficients, A and B tolerate rounding.

    Parameters
    ----------
    samples : Samples
    alpha : float
        Penalty, >= 0; see `LEAST_PENALTY`.
    prior : {"zero", "identity"}

    Returns
    -------
    basis, coefficients : B and A, arrays of shape (M, n, P + 1) and (M, n, P), float64
        The last column of the basis belongs to the bias.
    """
    models, n, pixels = samples.inputs.shape
    basis, coefficients = np.empty((models, n, pixels + 1)), np.empty(samples.targets.shape)
    root = np.sqrt(samples.weight)[:, np.newaxis]
    for model in range(models):
        z = root * with_bias(samples.inputs[model])
        kernel = z @ z.T
        values, vectors = np.linalg.eigh(kernel)
        length = np.sqrt(np.maximum(values, _ROUNDING * values[-1]) + _TINY)[:, np.newaxis]
        penalised = np.maximum(values, 0)[:, np.newaxis] + effective_penalty(alpha, kernel)
        np.matmul((vectors / length.T).T, z, out=basis[model])
        goal = root * targets_of(samples, model, prior)
        np.matmul((vectors * (length / penalised).T).T, goal, out=coefficients[model])
    return basis, coefficients


def solve_primal(grams: GramMatrices, alpha: float, prior: Prior = "zero") -> AnyArray:
    """Matrix C that `solve_dual` minimises over, from Gram matrices.

    Parameters
    ----------
    grams : GramMatrices
    alpha : float
        Penalty, >= 0; see `LEAST_PENALTY`.
    prior : {"zero", "identity"}

    Returns
    -------
    array of shape (M, P + 1, P), float64
        The last row is the bias.
    """
    coefficients = np.empty(grams.moment.shape)
    for gram, moment, out in zip(grams.gram, grams.moment, coefficients, strict=True):
        penalised = gram.copy()
        penalised.flat[:: len(gram) + 1] += effective_penalty(alpha, gram)
        out[...] = np.linalg.solve(penalised, moment_of_targets(gram, moment, prior))
    return coefficients


def targets_of(samples: Samples, model: int, prior: Prior) -> AnyArray:
    """Return the targets y of one regression, (n, P), float64: t, or t - x with the prior "identity"."""
    target = as_floats(samples.targets[model], np.float64)
    if prior == "identity":
        target -= as_floats(samples.inputs[model], np.float64)
    return target


def moment_of_targets(gram: AnyArray, moment: AnyArray, prior: Prior) -> AnyArray:
    """Return Σw z y' of one regression, for y as in `targets_of`."""
    return moment - gram[:, :-1] if prior == "identity" else moment


def effective_penalty(alpha: float, gram: AnyArray) -> float:
    """Return the penalty, raised to what rounding leaves of a Gram matrix."""
    return max(alpha, LEAST_PENALTY * float(np.trace(gram)), _TINY)
