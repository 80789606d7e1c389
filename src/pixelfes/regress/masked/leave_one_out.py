"""Leave-one-out error of masked regression: from hat matrices, or from refits if the penalty is tiny."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import RegisteredPairs
from pixelfes.regress.leave_one_group_out import leave_one_group_out_errors
from pixelfes.regress.masked.sums import MaskedSums, stacked_samples
from pixelfes.regress.masked.windows import observed_values
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import (
    BiasPenalty,
    Prior,
    check_alphas,
    check_bias_penalty,
    check_prior,
    ridge_penalties,
)

_VALUES_PER_BAND = 2**21
"""Values that are held at a time, in each of a few arrays."""


def masked_leave_one_out_errors(
    pairs: RegisteredPairs,
    sums: MaskedSums,
    alphas: npt.ArrayLike,
    prior: Prior = "zero",
    bias_penalty: BiasPenalty = None,
) -> AnyArray:
    """Leave-one-out error of `solve_masked_ridge` for every penalty; exact.

    Computes ``Σ_i Σ_p weight_ip Σ_c (prediction of pair i by the solution without pair i - t_ipc)^2``. Each pair is left
    out with all its channels. A few rows of all images are processed at a time, through the hat matrix. Penalties so
    small that this would lose digits are solved again without each pair.

    Parameters
    ----------
    pairs : RegisteredPairs
        Their weights apply to the fit and to the error.
    sums : MaskedSums
        Over at least 2 pairs, these among them.
    alphas : array of shape (A,)
        Penalties, finite and >= 0.
    prior, bias_penalty
        As in `solve_masked_ridge`.

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.

    Raises
    ------
    InputError
        If ``alphas``, ``prior`` or ``bias_penalty`` is not valid.
    """
    check_prior(prior)
    penalties = check_alphas(alphas)
    factor = np.broadcast_to(check_bias_penalty(bias_penalty, sums.shape), sums.shape)
    height, *row_shape = sums.shape
    samples, width = pairs.X[0].size // int(np.prod(sums.shape)), int(np.prod(row_shape))
    each = samples * (2 * len(sums.moment) + len(penalties) * (samples + 3) // 2)
    step = int(np.clip(_VALUES_PER_BAND // (each * width), 1, len(pairs)))
    rows = max(1, _VALUES_PER_BAND // (each * width * step))
    errors = np.zeros(len(penalties))
    for start in range(0, height, rows):
        band = _RowBand(pairs, sums, slice(start, min(start + rows, height)), step, prior, factor)
        errors += band.errors(penalties)
    return errors


class _RowBand:
    """A few rows of all pairs, as P regressions on k unknowns over groups of S samples, ``step`` pairs at a time."""

    def __init__(
        self, pairs: RegisteredPairs, sums: MaskedSums, rows: slice, step: int, prior: Prior, factor: AnyArray
    ) -> None:
        above = min(sums.r // 2, rows.start)
        self._pairs = pairs.take_rows(rows.start - above, rows.stop + sums.r // 2)
        self._own = slice(above, above + rows.stop - rows.start)
        self._r, self._step, self._identity = sums.r, step, prior == "identity"
        self._map_shape = (self._pairs.X.shape[1], *sums.shape[1:])
        self._factor = factor[rows].ravel()
        self._gram = [[entry[rows].ravel() for entry in row] for row in sums.matrix()]
        self._moment = [moment[rows].ravel() for moment in sums.moment]
        if self._identity:
            middle = len(self._moment) // 2
            self._moment = [m - row[middle] for m, row in zip(self._moment, self._gram, strict=True)]

    def errors(self, alphas: AnyArray) -> AnyArray:
        """Return the summed squared errors for every penalty."""
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
        errors, valid = leave_one_group_out_errors(gram, moment, groups, alphas, bound)
        for a in np.flatnonzero(~valid):
            errors[a] = self._error_of_refits(alphas[a])
        return errors

    def _error_of_refits(self, alpha: float) -> float:
        k, total = len(self._moment), 0.0
        penalties = ridge_penalties(alpha, self._factor, k - 1)
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
        """Yield rows (k, n, S, P), and targets (n, S, P) less the prior's part, times the roots of their weights."""
        for x, t, weight in stacked_samples(self._pairs, self._map_shape, self._step):
            root = np.sqrt(weight)
            z = (root * observed_values(x, self._r))[:, :, self._own]
            y = (root * (t - x if self._identity else t))[:, self._own]
            samples = self._pairs.X[0].size // int(np.prod(self._map_shape))
            yield z.reshape(len(z), -1, samples, len(self._factor)), y.reshape(-1, samples, len(self._factor))

    def _brightest(self) -> float:
        x = self._pairs.X
        return 1.0 if x.dtype == np.uint8 else float(max(x.max(), -x.min()))
