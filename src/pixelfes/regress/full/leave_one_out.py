"""Leave-one-out error of ridge regression on all pixels: one eigendecomposition serves all penalties."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.full.solve import effective_penalty, moment_of_targets, targets_of
from pixelfes.regress.full.sums import FullSums, GramMatrices, Samples, with_bias
from pixelfes.regress.images import RegisteredPairs, as_floats
from pixelfes.regress.parameters import Prior, check_alphas, check_prior

_SAME = 1e-6
"""Samples that differ by no more count as the same: single precision may have rounded one of them."""


def full_leave_one_out_errors(
    pairs: RegisteredPairs, sums: FullSums, alphas: npt.ArrayLike, prior: Prior = "zero"
) -> AnyArray:
    """Leave-one-out error of `solve_dual` and `solve_primal` for every penalty; exact, and without a refit.

    Computes ``Σ_i w_i ||prediction of pair i by the solution without pair i - t_i||^2``. Each pair is left out with all its
    channels.

    Parameters
    ----------
    pairs : RegisteredPairs
    sums : FullSums
        Over at least 2 pairs, these among them.
    alphas : array of shape (A,)
        Penalties, finite and >= 0; see `LEAST_PENALTY`.
    prior : {"zero", "identity"}

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.

    Raises
    ------
    InputError
        If ``alphas`` or ``prior`` is not valid, or if the statistics are samples and a pair is not among them.
    """
    check_prior(prior)
    penalties = check_alphas(alphas)
    if isinstance(sums.statistics, GramMatrices):
        return _primal_errors(pairs, sums, sums.statistics, penalties, prior)
    positions = _sample_positions(pairs, sums, sums.statistics)
    errors = [_dual_errors(sums.statistics, model, positions, penalties, prior) for model in range(sums.models)]
    total: AnyArray = np.sum(errors, axis=0)
    return total


def _sample_positions(pairs: RegisteredPairs, sums: FullSums, known: Samples) -> AnyArray:
    """Return the positions of the samples of every pair among the known ones, (N, S)."""
    count = pairs.X[0].size // (sums.models * sums.pixels)
    if len(pairs) * count == len(known):
        return np.arange(len(known)).reshape(len(pairs), count)
    of_pairs = [
        samples.take(k, k + count)
        for samples in sums.samples_of(pairs, np.float64)
        for k in range(0, len(samples), count)
    ]
    return np.array([np.arange(count) + _first_position(own, known) for own in of_pairs])


def _first_position(own: Samples, known: Samples) -> int:
    some_pixels = slice(None, None, max(1, own.inputs.shape[2] // 64))
    inputs = as_floats(known.inputs[0, :, some_pixels], np.float64)
    alike = np.isclose(inputs, own.inputs[0, 0, some_pixels], atol=_SAME).all(axis=1)
    for start in np.flatnonzero(alike).tolist():
        if own.is_close(known.take(start, start + len(own)), _SAME):
            return int(start)
    raise InputError("a pair to be left out is not among those learnt from")


def _dual_errors(samples: Samples, model: int, positions: AnyArray, alphas: AnyArray, prior: Prior) -> AnyArray:
    """Return the errors of one regression, from blocks of Q = (K + alpha I)^-1.

    The residuals of pair i under the fit to the others are (Q_ii)^-1 (Q Y)_i. Their squares need only Y Y' of the
    targets, so a penalty costs no more than products of n x n matrices.
    """
    root = np.sqrt(samples.weight)[:, np.newaxis]
    z, goal = root * with_bias(samples.inputs[model]), root * targets_of(samples, model, prior)
    kernel = z @ z.T
    values, vectors = np.linalg.eigh(kernel)
    rotated = vectors.T @ goal
    targets = rotated @ rotated.T
    blocks = vectors[positions]
    errors = np.zeros(len(alphas))
    for a, alpha in enumerate(alphas):
        penalty = effective_penalty(float(alpha), kernel)
        inverse = penalty / (np.maximum(values, 0) + penalty)  # Q times a number, which cancels
        scaled = blocks * inverse
        own = scaled @ blocks.transpose(0, 2, 1)
        squares = (scaled.reshape(-1, len(vectors)) @ targets).reshape(scaled.shape) @ scaled.transpose(0, 2, 1)
        back = np.linalg.solve(own, squares)
        errors[a] = np.trace(np.linalg.solve(own, back.transpose(0, 2, 1)), axis1=1, axis2=2).sum()
    return errors


def _primal_errors(
    pairs: RegisteredPairs, sums: FullSums, grams: GramMatrices, alphas: AnyArray, prior: Prior
) -> AnyArray:
    """Return the errors from the hat matrix H.

    The residuals of pair i under the fit to the others are (I - H_ii)^-1 times those under the fit to all.
    """
    errors = np.zeros(len(alphas))
    for model, (gram, moment) in enumerate(zip(grams.gram, grams.moment, strict=True)):
        values, vectors = np.linalg.eigh(gram)
        rotated_moment = vectors.T @ moment_of_targets(gram, moment, prior)
        for samples in sums.samples_of(pairs, np.float64):
            root = np.sqrt(samples.weight)[:, np.newaxis]
            rotated = root * (with_bias(samples.inputs[model]) @ vectors)
            goal = root * targets_of(samples, model, prior)
            count = pairs.X[0].size // (sums.models * sums.pixels)
            blocks = rotated.reshape(-1, count, len(gram))
            for a, alpha in enumerate(alphas):
                inverse = 1 / (np.maximum(values, 0) + effective_penalty(float(alpha), gram))
                left = (goal - (rotated * inverse) @ rotated_moment).reshape(len(blocks), count, -1)
                gap = np.eye(count) - (blocks * inverse) @ blocks.transpose(0, 2, 1)
                errors[a] += np.square(np.linalg.solve(gap, left)).sum()
    return errors
