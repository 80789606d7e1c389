"""The solves of masked regression: pure functions from sums or pairs to the maps of a window's weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import RegisteredPairs
from pixelfes.regress.leave_one_out import block_leave_one_out
from pixelfes.regress.masked.sums import WindowSums, observed, stacks
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import (
    BiasPenalty,
    Prior,
    check_bias_penalty,
    check_penalty,
    check_prior,
)

BAND = 2**21
"""Numbers that leave-one-out holds at a time, in each of a few arrays."""


def solve_masked_ridge(
    sums: WindowSums, alpha: npt.ArrayLike, prior: Prior = "zero", bias_penalty: BiasPenalty = None
) -> tuple[AnyArray, AnyArray]:
    """Weights and bias of ridge regression on every pixel's window, from its sums.

    Minimises, for every pixel p by itself, with the sample weights of the sums in the first norm and d over the
    offsets of the window, ``1/2 ||Σ_d w_d x(p + d) + b - t(p)||^2 + alpha/2 (Σ_d (w_d - v_d)^2 + bias_penalty * b^2)``
    where v is 0, or with the prior "identity" 1 at d = 0.

    Parameters
    ----------
    sums : WindowSums
    alpha : float, or array of shape (H, W) or that of the sums
        Penalty, finite and >= 0.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        As in `solve_pixel_ridge`.

    Returns
    -------
    weight : array of shape (r, r, *shape), float64
        ``weight[i, j, row, column]`` belongs to the input at (row + i - r // 2, column + j - r // 2): 0 where that is
        outside of the image. Finite; what neither the data nor the penalty determines keeps the prior.
    bias : array of the shape of the sums, float64

    References
    ----------
    Khan et al., "Masked Linear Regression for Learning Local Receptive Fields for Facial Expression Synthesis",
    International Journal of Computer Vision 128(5), 2020.
    """
    check_prior(prior)
    penalty, factor = check_penalty(alpha, sums.shape), check_bias_penalty(bias_penalty, sums.shape)
    k = len(sums.moment)
    centre = [0.0] * k
    centre[k // 2] = 1.0
    coefficients = solve_normal_equations(
        sums.upper(), sums.moment, _penalties(penalty, factor, k), centre if prior == "identity" else None
    )
    return coefficients[1:].reshape(sums.r, sums.r, *sums.shape), coefficients[0]


def masked_leave_one_out(
    pairs: RegisteredPairs,
    sums: WindowSums,
    alphas: AnyArray,
    prior: Prior = "zero",
    bias_penalty: BiasPenalty = None,
) -> AnyArray:
    """Leave-one-out error of `solve_masked_ridge` for every penalty; exact.

    ``Σ_i Σ_p weight_ip Σ_c (prediction of pair i by the solution without pair i - t_ipc)^2``. One pair is left out at
    a time, with all its channels. It works on a few rows of all images at a time, through the hat matrix; penalties
    so small that this would lose digits are solved again without each pair.

    Parameters
    ----------
    pairs : RegisteredPairs
    sums : WindowSums
        Over at least 2 pairs, these among them.
    alphas : array of shape (A,), float64
        Finite and >= 0.
    prior, bias_penalty
        As in `solve_masked_ridge`.

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.
    """
    check_prior(prior)
    factor = np.broadcast_to(check_bias_penalty(bias_penalty, sums.shape), sums.shape)
    height, *row_shape = sums.shape
    samples, width = pairs.X[0].size // int(np.prod(sums.shape)), int(np.prod(row_shape))
    each = samples * (2 * len(sums.moment) + len(alphas) * (samples + 3) // 2)
    step = int(np.clip(BAND // (each * width), 1, len(pairs)))
    rows = max(1, BAND // (each * width * step))
    errors = np.zeros(len(alphas))
    for start in range(0, height, rows):
        band = _Band(pairs, sums, slice(start, min(start + rows, height)), step, prior, factor)
        errors += band.errors(alphas)
    return errors


class _Band:
    """A few rows of all pairs, as P regressions on k unknowns over groups of S samples."""

    def __init__(
        self, pairs: RegisteredPairs, sums: WindowSums, rows: slice, step: int, prior: Prior, factor: AnyArray
    ) -> None:
        above = min(sums.r // 2, rows.start)
        self._pairs = pairs.rows(rows.start - above, rows.stop + sums.r // 2)
        self._own = slice(above, above + rows.stop - rows.start)
        self._r, self._step, self._identity = sums.r, step, prior == "identity"
        self._map_shape = (self._pairs.X.shape[1], *sums.shape[1:])
        self._factor = factor[rows].ravel()
        k, upper = len(sums.moment), sums.upper()
        self._gram = [[upper[i][j][rows].ravel() for j in range(k)] for i in range(k)]
        self._moment = [moment[rows].ravel() for moment in sums.moment]
        if self._identity:
            self._moment = [m - row[k // 2] for m, row in zip(self._moment, self._gram, strict=True)]

    def errors(self, alphas: AnyArray) -> AnyArray:
        """Sum the squared errors for every penalty."""
        k = len(self._moment)
        bound = float(self._pairs.weight.max()) * self._pairs.X[0].size / np.prod(self._map_shape)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            scale = np.stack([1 / np.sqrt(self._factor), *np.ones((k - 1, len(self._factor)))], axis=-1)
            gram = np.stack([np.stack(row, axis=-1) for row in self._gram], axis=-2)
            gram = gram * scale[:, np.newaxis] * scale[:, :, np.newaxis]
            moment = np.stack(self._moment, axis=-1) * scale
            bound *= float(np.square(scale.max())) + (k - 1) * self._brightest() ** 2
        groups = (
            (np.moveaxis(z, (3, 0), (0, 3)) * scale[:, np.newaxis, np.newaxis], np.moveaxis(y, 2, 0))
            for z, y in self._groups()
        )
        errors, valid = block_leave_one_out(gram, moment, groups, alphas, bound)
        for a in np.flatnonzero(~valid):
            errors[a] = self._error_of_refits(alphas[a])
        return errors

    def _error_of_refits(self, alpha: float) -> float:
        k, total = len(self._moment), 0.0
        penalties = _penalties(np.array(alpha), self._factor, k)
        whole = [self._gram[j][j] for j in range(k)]
        for z, y in self._groups():
            for rows, targets in zip(np.moveaxis(z, 1, 0), y, strict=True):
                gram = [
                    [self._gram[i][j] - (rows[i] * rows[j]).sum(axis=0) if j >= i else whole[i] for j in range(k)]
                    for i in range(k)
                ]
                moment = [m - (row * targets).sum(axis=0) for m, row in zip(self._moment, rows, strict=True)]
                coefficients = solve_normal_equations(gram, moment, penalties, scale=whole)
                total += float(np.square(targets - np.einsum("ksp,kp->sp", rows, coefficients)).sum())
        return total

    def _groups(self) -> Iterator[tuple[AnyArray, AnyArray]]:
        """Yield rows (k, n, S, P) and targets (n, S, P), less the prior's part, each times the root of its weight."""
        for x, t, weight in stacks(self._pairs, self._map_shape, self._step):
            root = np.sqrt(weight)
            z = (root * observed(x, self._r))[:, :, self._own]
            y = (root * (t - x if self._identity else t))[:, self._own]
            samples = self._pairs.X[0].size // int(np.prod(self._map_shape))
            yield z.reshape(len(z), -1, samples, len(self._factor)), y.reshape(-1, samples, len(self._factor))

    def _brightest(self) -> float:
        x = self._pairs.X
        return 1.0 if x.dtype == np.uint8 else float(max(x.max(), -x.min()))


def _penalties(penalty: AnyArray, factor: AnyArray, k: int) -> list[AnyArray]:
    with np.errstate(over="ignore"):  # an infinite penalty on the bias gives the bias 0
        return [factor * penalty] + [penalty] * (k - 1)
