"""Leave-one-out errors of many ridge regressions at once, through their hat matrices: no refit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.regress.normal_equations import solve_normal_equations

WHOLE = 1e-11
"""A penalty below this part of a whole's sum of squares is lost in the rounding of its eigenvalues."""

GROUP = 1e-9
"""A penalty below this part of a group's sum of squares may leave a group that alone decides its own fit."""


def block_leave_one_out(
    gram: AnyArray, moment: AnyArray, groups: Iterable[tuple[AnyArray, AnyArray]], alphas: AnyArray, group_trace: float
) -> tuple[AnyArray, AnyArray]:
    """Squared errors of every group of samples under the ridge regression on all the others, for every penalty.

    For M regressions on k features each: ``1/2 ||Z c - y||^2 + alpha/2 ||c||^2``. With G = Z'Z, the rows Z_g of one
    group and its residuals e_g under the fit to all, those under the fit to the others are
    ``(I - Z_g (G + alpha I)^-1 Z_g')^-1 e_g``. One eigendecomposition of G serves all penalties.

    Parameters
    ----------
    gram, moment : arrays of shape (M, k, k) and (M, k), float64
        Z'Z and Z'y over all samples, with the weights in them.
    groups : iterable of (rows, targets), of shape (M, n, S, k) and (M, n, S), float64
        All samples, n groups of S at a time, each times the root of its weight.
    alphas : array of shape (A,)
        Penalties, >= 0.
    group_trace : float
        The greatest sum of squares of the rows of one group.

    Returns
    -------
    errors : array of shape (A,), float64
        Summed over regressions, groups and samples. NaN where ``valid`` is false.
    valid : array of shape (A,), bool
        False for penalties so small that rounding would decide: there only refits tell.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        trace = np.trace(gram, axis1=1, axis2=2).max()
        valid: AnyArray = (alphas > WHOLE * trace) & (alphas > GROUP * group_trace)
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
        turned = (rows.reshape(m, n * samples, k) @ vectors).reshape(rows.shape)
        fitted = (turned.reshape(m, n * samples, k) @ coefficients).reshape(m, n, samples, -1)
        residual = targets[..., np.newaxis] - fitted
        total += np.square(_left_out(turned, residual, inverse)).sum(axis=(0, 1, 2))
    errors[valid] = total
    return errors, valid


def _left_out(turned: AnyArray, residual: AnyArray, inverse: AnyArray) -> AnyArray:
    """Solve (I - H) errors = residual for every group: rows (M, n, S, k), residuals (M, n, S, A), inverse (M, k, A)."""
    samples = turned.shape[2]
    gap: list[list[AnyArray]] = [[inverse] * samples for _ in range(samples)]
    for s in range(samples):
        for other in range(s, samples):
            hat = (turned[:, :, s] * turned[:, :, other]) @ inverse
            gap[s][other] = (1 - hat) if s == other else -hat
    if samples == 1:
        alone: AnyArray = residual / gap[0][0][:, :, np.newaxis]
        return alone
    left_out = solve_normal_equations(gap, list(np.moveaxis(residual, 2, 0)), 0.0, scale=[0.0] * samples)
    return np.moveaxis(left_out, 0, 2)
