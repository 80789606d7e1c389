"""The solves of ridge regression on all pixels: pure functions from samples or Gram matrices to what predicts."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.full.sums import FullSums, Grams, Rows, with_bias
from pixelfes.regress.images import RegisteredPairs

NEGLIGIBLE = 1e-12
"""A penalty below this part of the sum of squares is rounding: it counts as this part."""

TINY = 1e-300

ROUNDING = 1e-16
"""Eigenvalues below this part of the greatest are rounding."""

SAME = 1e-6
"""Samples that differ by no more are the same: single precision may have rounded one of them."""


def solve_dual(rows: Rows, alpha: float, residual: bool) -> tuple[AnyArray, AnyArray]:
    """Ridge regression on all pixels and a bias, as a map of few dimensions, from fewer samples than pixels.

    Minimises ``1/2 ||sqrt(w) (Z C - Y)||^2 + alpha/2 ||C||^2`` over the (P + 1) x P matrix C, with z = (x, 1), and
    y = t, or t - x, which shrinks to the identity. C = Z' sqrt(w) (K + alpha I)^-1 sqrt(w) Y is never formed. With the
    eigenvectors U and the eigenvalues l of K = sqrt(w) Z Z' sqrt(w) it is B' A, where B = l^-1/2 U' sqrt(w) Z has
    orthonormal rows and A = l^1/2 (l + alpha)^-1 U' sqrt(w) Y: unlike samples and dual coefficients, the two may be
    rounded.

    Parameters
    ----------
    rows : Rows
    alpha : float
        Penalty, >= 0; see `NEGLIGIBLE`.
    residual : bool
        Whether y = t - x.

    Returns
    -------
    basis, coefficients : B and A, arrays of shape (M, n, P + 1) and (M, n, P), float64
        The last column of the basis belongs to the bias.
    """
    basis, coefficients = np.empty((*rows.inputs.shape[:2], rows.inputs.shape[2] + 1)), np.empty(rows.targets.shape)
    root = np.sqrt(rows.weight)[:, np.newaxis]
    for model in range(len(basis)):
        z = root * with_bias(rows.inputs[model])
        kernel = z @ z.T
        values, vectors = np.linalg.eigh(kernel)
        length = np.sqrt(np.maximum(values, ROUNDING * values[-1]) + TINY)[:, np.newaxis]
        penalised = np.maximum(values, 0)[:, np.newaxis] + _effective(alpha, kernel)
        np.matmul((vectors / length.T).T, z, out=basis[model])
        np.matmul((vectors * (length / penalised).T).T, root * _goal(rows, model, residual), out=coefficients[model])
    return basis, coefficients


def solve_primal(grams: Grams, alpha: float, residual: bool) -> AnyArray:
    """C itself of `solve_dual`, of shape (M, P + 1, P), float64, from the Gram matrices; its last row is the bias."""
    coefficients = np.empty(grams.moment.shape)
    for gram, moment, out in zip(grams.gram, grams.moment, coefficients, strict=True):
        penalised = gram.copy()
        penalised.flat[:: len(gram) + 1] += _effective(alpha, gram)
        out[...] = np.linalg.solve(penalised, moment - gram[:, :-1] if residual else moment)
    return coefficients


def full_leave_one_out(pairs: RegisteredPairs, sums: FullSums, alphas: AnyArray, residual: bool) -> AnyArray:
    """Leave-one-out error of ridge regression on all pixels for every penalty; exact, and without a refit.

    ``Σ_i w_i ||prediction of pair i by the solution without pair i - t_i||^2``, one pair with all its channels left
    out at a time. One eigendecomposition serves all penalties.

    Parameters
    ----------
    pairs : RegisteredPairs
    sums : FullSums
        Over at least 2 pairs, these among them.
    alphas : array of shape (A,)
        Penalties, >= 0; see `NEGLIGIBLE`.
    residual : bool
        As in `solve_dual`.

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.

    Raises
    ------
    InputError
        Where the statistics hold samples, and a pair is not among them.
    """
    if isinstance(sums.held, Rows):
        places = _places(pairs, sums, sums.held)
        errors = [_dual_errors(sums.held, model, places, alphas, residual) for model in range(sums.models)]
        total: AnyArray = np.sum(errors, axis=0)
        return total
    return _primal_errors(pairs, sums, sums.held, alphas, residual)


def _places(pairs: RegisteredPairs, sums: FullSums, held: Rows) -> AnyArray:
    """Where the samples of every pair are among those that are held, (N, S)."""
    samples = pairs.X[0].size // (sums.models * sums.pixels)
    if len(pairs) * samples == len(held):
        return np.arange(len(held)).reshape(len(pairs), samples)
    own = [rows.part(k, k + samples) for rows in sums.rows(pairs, np.float64) for k in range(0, len(rows), samples)]
    return np.array([np.arange(samples) + _first_place(rows, held) for rows in own])


def _first_place(own: Rows, held: Rows) -> int:
    few = slice(None, None, max(1, own.inputs.shape[2] // 64))
    alike = np.isclose(held.inputs[0, :, few], own.inputs[0, 0, few], atol=SAME).all(axis=1)
    for start in np.flatnonzero(alike):
        if own.is_close(held.part(start, start + len(own)), SAME):
            return int(start)
    raise InputError("a pair to be left out is not among those learnt from")


def _dual_errors(rows: Rows, model: int, places: AnyArray, alphas: AnyArray, residual: bool) -> AnyArray:
    """Errors by blocks of Q = (K + alpha I)^-1: those of pair i under the fit to the others are (Q_ii)^-1 (Q Y)_i.

    Their squares need of the targets only Y Y', so that no penalty costs more than products of n x n matrices.
    """
    root = np.sqrt(rows.weight)[:, np.newaxis]
    z, goal = root * with_bias(rows.inputs[model]), root * _goal(rows, model, residual)
    kernel = z @ z.T
    values, vectors = np.linalg.eigh(kernel)
    turned = vectors.T @ goal
    targets = turned @ turned.T
    blocks = vectors[places]
    errors = np.zeros(len(alphas))
    for a, alpha in enumerate(alphas):
        least = _effective(float(alpha), kernel)
        inverse = least / (np.maximum(values, 0) + least)  # Q times a number, which cancels
        scaled = blocks * inverse
        own = scaled @ blocks.transpose(0, 2, 1)
        squares = (scaled.reshape(-1, len(vectors)) @ targets).reshape(scaled.shape) @ scaled.transpose(0, 2, 1)
        back = np.linalg.solve(own, squares)
        errors[a] = np.trace(np.linalg.solve(own, back.transpose(0, 2, 1)), axis1=1, axis2=2).sum()
    return errors


def _primal_errors(pairs: RegisteredPairs, sums: FullSums, grams: Grams, alphas: AnyArray, residual: bool) -> AnyArray:
    """Errors by the hat matrix: those of pair i under the fit to the others are (I - H_ii)^-1 times its residuals."""
    errors = np.zeros(len(alphas))
    for model, (gram, moment) in enumerate(zip(grams.gram, grams.moment, strict=True)):
        values, vectors = np.linalg.eigh(gram)
        turned_moment = vectors.T @ (moment - gram[:, :-1] if residual else moment)
        for rows in sums.rows(pairs, np.float64):
            root = np.sqrt(rows.weight)[:, np.newaxis]
            turned = root * (with_bias(rows.inputs[model]) @ vectors)
            goal = root * _goal(rows, model, residual)
            samples = pairs.X[0].size // (sums.models * sums.pixels)
            blocks = turned.reshape(-1, samples, len(gram))
            for a, alpha in enumerate(alphas):
                inverse = 1 / (np.maximum(values, 0) + _effective(float(alpha), gram))
                left = (goal - (turned * inverse) @ turned_moment).reshape(len(blocks), samples, -1)
                gap = np.eye(samples) - (blocks * inverse) @ blocks.transpose(0, 2, 1)
                errors[a] += np.square(np.linalg.solve(gap, left)).sum()
    return errors


def _goal(rows: Rows, model: int, residual: bool) -> AnyArray:
    target: AnyArray = rows.targets[model].astype(np.float64)
    if residual:
        target -= rows.inputs[model]
    return target


def _effective(alpha: float, gram: AnyArray) -> float:
    return max(alpha, NEGLIGIBLE * float(np.trace(gram)), TINY)
