"""Leave-one-out error of per-pixel ridge regression: the sums without each pair, solved again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import RegisteredPairs
from pixelfes.regress.parameters import BiasPenalty, Prior, check_alphas, check_bias_penalty, check_prior
from pixelfes.regress.pixel.solve import solve_part
from pixelfes.regress.pixel.sums import PixelSums

_VALUES_PER_BAND = 2**15
"""Values of an image that are processed at a time: few enough to stay in the processor's cache."""


def pixel_leave_one_out_errors(
    pairs: RegisteredPairs,
    sums: PixelSums,
    alphas: npt.ArrayLike,
    prior: Prior = "zero",
    bias_penalty: BiasPenalty = None,
) -> AnyArray:
    """Leave-one-out error of `solve_pixel_ridge` for every penalty; exact.

    Computes ``Σ_i Σ_p weight_ip Σ_c (w_p(-i) x_ipc + b_p(-i) - t_ipc)^2``. Here w(-i) and b(-i) are solved from the sums of
    all pairs less those of pair i. Each pair is left out with all its channels. Time is proportional to pairs x pixels x
    penalties; memory grows with neither pairs nor penalties.

    Parameters
    ----------
    pairs : RegisteredPairs
        Their weights apply to the fit and to the error.
    sums : PixelSums
        Over at least 2 pairs, these among them.
    alphas : array of shape (A,)
        Penalties, finite and >= 0.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        As in `solve_pixel_ridge`.

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.

    Raises
    ------
    InputError
        If ``alphas``, ``prior`` or ``bias_penalty`` is not valid.

    Examples
    --------
    >>> from pixelfes.regress.images import check_pairs
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((30, 8, 8))
    >>> pairs = check_pairs(x, 0.5 * x + 0.25 + rng.uniform(-0.2, 0.2, x.shape))
    >>> pixel_leave_one_out_errors(pairs, PixelSums.zeros((8, 8)).add_pairs(pairs), [0.01, 1.0, 100.0]).round(1)
    array([ 26.7,  28.2, 306.7])
    """
    check_prior(prior)
    penalties, factor = check_alphas(alphas), check_bias_penalty(bias_penalty, sums.shape)
    whole = sums.residual() if prior == "identity" else sums
    height, *row_shape = pairs.X.shape[1:]
    step = max(1, _VALUES_PER_BAND // int(np.prod(row_shape)))
    errors = np.zeros(len(penalties))
    for start in range(0, height, step):
        stop = start + step
        band_factor = factor[start:stop] if factor.ndim else factor
        errors += _errors_of_band(
            pairs.take_rows(start, stop), whole.take_rows(start, stop), penalties, prior, band_factor
        )
    return errors


def _errors_of_band(
    pairs: RegisteredPairs, whole: PixelSums, alphas: AnyArray, prior: Prior, bias_factor: AnyArray
) -> AnyArray:
    errors = np.zeros(len(alphas))
    for x, target, sample_weight in pairs.samples(whole.shape):
        t = target - x if prior == "identity" else target
        rest = whole - PixelSums.of_samples(x, t, sample_weight)
        for k, alpha in enumerate(alphas):
            w, b = solve_part(rest, whole, alpha, bias_factor)
            error: AnyArray = w * x
            error += b
            error -= t
            error *= error
            errors[k] += np.sum(sample_weight * error.sum(axis=0))
    return errors
