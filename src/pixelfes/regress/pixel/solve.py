"""The 2 x 2 solve of per-pixel ridge regression: from five sums to a weight and a bias."""

from __future__ import annotations

import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import (
    BiasPenalty,
    Prior,
    check_bias_penalty,
    check_penalty,
    check_prior,
    ridge_penalties,
)
from pixelfes.regress.pixel.sums import PixelSums


def solve_pixel_ridge(
    sums: PixelSums, alpha: npt.ArrayLike, prior: Prior = "zero", bias_penalty: BiasPenalty = None
) -> tuple[AnyArray, AnyArray]:
    """Weight and bias of per-pixel ridge regression, from its five sums.

    Minimises, for every pixel by itself, ``1/2 ||w x + b - t||^2 + alpha/2 ((w - w0)^2 + bias_penalty * b^2)``. The
    first norm has the sample weights of the sums. The prior sets w0 to 0 or 1.

    Parameters
    ----------
    sums : PixelSums
        n, Σx, Σt, Σx², Σxt of every pixel, each of shape (H, W) or (H, W, C), float64.
    alpha : float, or array of shape (H, W) or that of the sums
        Penalty, finite and >= 0; the papers' lambda.
    prior : {"zero", "identity"}
        The penalty pulls (w, b) to (0, 0) as in the papers, or to (1, 0).
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, finite and > 0. None is 1, as in the papers. It has no effect at alpha = 0.

    Returns
    -------
    weight, bias : arrays of the shape of the sums, float64
        Finite. At alpha = 0 a pixel that never varies keeps w0 and gets the mean residual as bias. A pixel without
        samples (n = 0) keeps w0 and b = 0 at any alpha.

    Raises
    ------
    InputError
        If ``alpha``, ``prior`` or ``bias_penalty`` is not valid.

    References
    ----------
    Akram and Khan, "Pixel-based Facial Expression Synthesis", ICPR 2020, eq. 2.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0, 0.5, 20).reshape(20, 1, 1)
    >>> weight, bias = solve_pixel_ridge(PixelSums.zeros((1, 1)).add(x, 1.5 * x + 0.2), alpha=0.0)
    >>> weight.round(6), bias.round(6)
    (array([[1.5]]), array([[0.2]]))
    """
    check_prior(prior)
    penalty, factor = check_penalty(alpha, sums.shape), check_bias_penalty(bias_penalty, sums.shape)
    return solve_part(sums, sums, penalty, factor, prior)


def solve_part(
    sums: PixelSums, whole: PixelSums, alpha: AnyArray, bias_factor: AnyArray, prior: Prior = "zero"
) -> tuple[AnyArray, AnyArray]:
    """Weight and bias from sums that are a part of ``whole``; pivots are compared with those of the whole.

    The bias is eliminated first.
    """
    gram = ((sums.n, sums.x), (sums.x, sums.xx))
    pulls = (0.0, 1.0) if prior == "identity" else None
    penalties = ridge_penalties(alpha, bias_factor, 1)
    bias, weight = solve_normal_equations(gram, (sums.t, sums.xt), penalties, pulls, scale=(whole.n, whole.xx))
    return weight, bias
