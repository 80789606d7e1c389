"""The solve of masked regression: from sums to the maps of a window's weights and of the bias."""

from __future__ import annotations

import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.masked.sums import MaskedSums
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import (
    BiasPenalty,
    Prior,
    check_bias_penalty,
    check_penalty,
    check_prior,
    ridge_penalties,
)


def solve_masked_ridge(
    sums: MaskedSums, alpha: npt.ArrayLike, prior: Prior = "zero", bias_penalty: BiasPenalty = None
) -> tuple[AnyArray, AnyArray]:
    """Weights and bias of ridge regression on every pixel's window, from its sums.

    Minimises, for every pixel p by itself,
    ``1/2 ||Σ_d w_d x(p + d) + b - t(p)||^2 + alpha/2 (Σ_d (w_d - v_d)^2 + bias_penalty * b^2)``. The first norm has the
    sample weights of the sums, and d runs over the offsets of the window. v is 0, or with the prior "identity" 1 at
    d = 0.

    Parameters
    ----------
    sums : MaskedSums
    alpha : float, or array of shape (H, W) or that of the sums
        Penalty, finite and >= 0.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        As in `solve_pixel_ridge`.

    Returns
    -------
    weight : array of shape (r, r, *shape), float64
        ``weight[i, j, row, column]`` multiplies the input at (row + i - r // 2, column + j - r // 2). It is 0 if that
        lies outside the image. Finite; what neither the data nor the penalty determines keeps the prior.
    bias : array of the shape of the sums, float64

    Raises
    ------
    InputError
        If ``alpha``, ``prior`` or ``bias_penalty`` is not valid.

    References
    ----------
    Khan et al., "Masked Linear Regression for Learning Local Receptive Fields for Facial Expression Synthesis",
    International Journal of Computer Vision 128(5), 2020.
    """
    check_prior(prior)
    penalty, factor = check_penalty(alpha, sums.shape), check_bias_penalty(bias_penalty, sums.shape)
    k = len(sums.moment)
    pulls = [0.0] * k
    pulls[k // 2] = 1.0
    coefficients = solve_normal_equations(
        sums.matrix(), sums.moment, ridge_penalties(penalty, factor, k - 1), pulls if prior == "identity" else None
    )
    return coefficients[1:].reshape(sums.r, sums.r, *sums.shape), coefficients[0]
