"""Leave-one-group-out errors of many ridge regressions at once, from their hat matrices: no refits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.normal_equations import solve_normal_equations

_LEAST_PART_OF_ALL = 1e-11
"""A penalty below this part of the sum of squares of all samples is lost in the rounding of the eigenvalues."""

_LEAST_PART_OF_GROUP = 1e-9
"""Below this part of a group's sum of squares, a penalty may let a group determine its own fit alone."""


def leave_one_group_out_errors(
    gram: AnyArray, moment: AnyArray, groups: Iterable[tuple[AnyArray, AnyArray]], alphas: AnyArray, group_trace: float
) -> tuple[AnyArray, AnyArray]:
    """Squared errors of every group of samples under the ridge regression on all other groups, for every penalty.

    Each of M regressions on k features minimises ``1/2 ||Z c - y||^2 + alpha/2 ||c||^2``. Let G = Z'Z, let Z_g be the
    rows of one group, and e_g its residuals under the fit to all samples. Its residuals under the fit to the others
    are ``(I - Z_g (G + alpha I)^-1 Z_g')^-1 e_g``. One eigendecomposition of G serves all penalties.

    Parameters
    ----------
    gram, moment : arrays of shape (M, k, k) and (M, k), float64
        Z'Z and Z'y over all samples, weights included.
    groups : iterable of (rows, targets), of shape (M, n, S, k) and (M, n, S), float64
        All samples, n groups of S samples at a time, each times the square root of its weight.
    alphas : array of shape (A,)
        Penalties, >= 0.
    group_trace : float
        The greatest sum of squares of the rows of one group.

    Returns
    -------
    errors : array of shape (A,), float64
        Summed over regressions, groups and samples. NaN where ``valid`` is false.
    valid : array of shape (A,), bool
        False for penalties so small that rounding would decide. These need refits.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        trace = np.trace(gram, axis1=1, axis2=2).max()
        valid: AnyArray = (alphas > _LEAST_PART_OF_ALL * trace) & (alphas > _LEAST_PART_OF_GROUP * group_trace)
    errors = np.full(len(alphas), np.nan)
    if not valid.any():
        return errors, valid
    chosen = alphas[valid]
    values, vectors = np.linalg.eigh(gram)
    inverse = 1 / (np.maximum(values, 0)[..., np.newaxis] + chosen)
    coefficients = (moment[:, np.newaxis] @ vectors)[:, 0, :, np.newaxis] * inverse
    total = np.zeros(len(chosen))
    for rows, targets in groups:
        m, n, samples, k = rows.shape
        rotated = (rows.reshape(m, n * samples, k) @ vectors).reshape(rows.shape)
        fitted = (rotated.reshape(m, n * samples, k) @ coefficients).reshape(m, n, samples, -1)
        residual = targets[..., np.newaxis] - fitted
        total += np.square(_residuals_without_group(rotated, residual, inverse)).sum(axis=(0, 1, 2))
    errors[valid] = total
    return errors, valid


def _residuals_without_group(rotated: AnyArray, residual: AnyArray, inverse: AnyArray) -> AnyArray:
    """Solve (I - H) e = residual for every group, where H is its block of the hat matrix.

    Parameters
    ----------
    rotated : array of shape (M, n, S, k)
        Rows of the groups, in the basis of the eigenvectors.
    residual : array of shape (M, n, S, A)
    inverse : array of shape (M, k, A)
        One over eigenvalue plus penalty.
    """
    samples = rotated.shape[2]
    gap: list[list[AnyArray]] = [[inverse] * samples for _ in range(samples)]
    for s in range(samples):
        for other in range(s, samples):
            hat_entry = (rotated[:, :, s] * rotated[:, :, other]) @ inverse
            gap[s][other] = (1 - hat_entry) if s == other else -hat_entry
    if samples == 1:
        alone: AnyArray = residual / gap[0][0][:, :, np.newaxis]
        return alone
    left_out = solve_normal_equations(gap, list(np.moveaxis(residual, 2, 0)), 0.0, scale=[0.0] * samples)
    return np.moveaxis(left_out, 0, 2)
