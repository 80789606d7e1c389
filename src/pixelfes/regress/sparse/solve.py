"""The solve of ridge regression on given receptive fields: from sums to the weights of a field and the bias."""

from __future__ import annotations

import numpy as np

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
from pixelfes.regress.sparse.sums import SparseSums


def solve_sparse_ridge(
    sums: SparseSums, alpha: float, prior: Prior = "zero", bias_penalty: BiasPenalty = None
) -> tuple[AnyArray, AnyArray]:
    """Weights and bias of ridge regression on every pixel's receptive field, from its sums.

    Minimises, for every pixel by itself,
    ``1/2 ||Σ_f w_f x_f + b - t||^2 + alpha/2 (Σ_f (w_f - v_f)^2 + bias_penalty * b^2)``. The first norm has the sample
    weights of the sums. v is 0, or with the prior "identity" 1 at the output pixel itself, if its field contains it.

    Parameters
    ----------
    sums : SparseSums
    alpha : float
        Penalty, finite and >= 0.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        As in `solve_pixel_ridge`.

    Returns
    -------
    weight : array of shape (H, W, F), or (H, W, F, C) for sums per channel, float64
    bias : array of the shape of the sums, float64
        Both finite; what neither the data nor the penalty determines keeps the prior.

    Raises
    ------
    InputError
        If ``alpha``, ``prior`` or ``bias_penalty`` is not valid.
    """
    check_prior(prior)
    penalty, factor = check_penalty(alpha, sums.shape), check_bias_penalty(bias_penalty, sums.shape)
    pulls = field_prior(sums.indices, 0, len(sums.shape), prior)
    bias, *weights = solve_part(sums, sums, penalty, factor, pulls)
    return np.stack(weights, axis=2), bias


def solve_part(
    sums: SparseSums, whole: SparseSums, alpha: AnyArray, bias_factor: AnyArray, pulls: list[AnyArray] | None
) -> AnyArray:
    """Bias and weights from sums that are a part of ``whole``; pivots are compared with those of the whole.

    Parameters
    ----------
    sums, whole : SparseSums
    alpha, bias_factor : arrays that broadcast against the maps
    pulls : None, or list of F + 1 arrays
        As `field_prior` returns them.

    Returns
    -------
    array of shape (F + 1, *shape), float64
    """
    k = len(sums.moment)
    penalties = ridge_penalties(alpha, bias_factor, k - 1)
    scale = [whole.gram[j, j] for j in range(k)]
    return solve_normal_equations(sums.gram, sums.moment, penalties, pulls, scale=scale)


def field_prior(indices: AnyArray, first_pixel: int, ndim: int, prior: Prior) -> list[AnyArray] | None:
    """Return the values that the penalty pulls the bias and the weights of each field to; None for 0.

    Parameters
    ----------
    indices : array of shape (rows, W, F)
    first_pixel : int
        Flat index of the first output pixel.
    ndim : int
        Number of axes of the maps.
    prior : {"zero", "identity"}
        With "identity" the weight of the output pixel itself is pulled to 1, if its field contains it.
    """
    if prior == "zero":
        return None
    rows, width, n_pixels = indices.shape
    own = first_pixel + np.arange(rows * width).reshape(rows, width)
    pulls = [(indices[..., f] == own).astype(np.float64) for f in range(n_pixels)]
    return [np.zeros(()), *(pull[..., np.newaxis] if ndim == 3 else pull for pull in pulls)]
