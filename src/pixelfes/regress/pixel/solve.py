"""The small solves: pure functions from sums or pairs to maps, which know nothing of estimators."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import Channels, RegisteredPairs, check_pairs
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import (
    BiasPenalty,
    Prior,
    check_alphas,
    check_bias_penalty,
    check_channels,
    check_penalty,
    check_prior,
)
from pixelfes.regress.pixel.sums import PixelSums

BAND = 2**15
"""Values of an image that leave-one-out works on at a time: few enough to stay in the processor's cache."""


def solve_pixel_ridge(
    sums: PixelSums, alpha: npt.ArrayLike, prior: Prior = "zero", bias_penalty: BiasPenalty = None
) -> tuple[AnyArray, AnyArray]:
    """Weight and bias of the per-pixel ridge regression, from its five sums.

    Minimises, for every pixel p by itself, with the sample weights of the sums in the first norm,
    ``1/2 ||w x + b - t||^2 + alpha/2 (w^2 + bias_penalty * b^2)``, or with the prior "identity"
    ``1/2 ||w x + b - t||^2 + alpha/2 ((w - 1)^2 + bias_penalty * b^2)``, which is the former on the residual t - x.

    Parameters
    ----------
    sums : PixelSums
        n, Σx, Σt, Σx², Σxt of every pixel, each of shape (H, W) or (H, W, C), float64.
    alpha : float, or array of shape (H, W) or that of the sums
        Penalty, finite and >= 0; the papers' lambda.
    prior : {"zero", "identity"}
        Where the penalty pulls (w, b): (0, 0) in the papers, or (1, 0).
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias alone, finite and > 0. None is 1, as in the papers; at alpha = 0 it is nothing.

    Returns
    -------
    weight, bias : arrays of the shape of the sums, float64
        Finite everywhere. At alpha = 0 a pixel that never varies keeps the prior's w and gets the mean residual
        as b; a pixel without samples (n = 0) keeps the prior's w and b, at any alpha.

    Raises
    ------
    InputError
        Where alpha, prior or bias_penalty is something else.

    References
    ----------
    Akram and Khan, "Pixel-based Facial Expression Synthesis", ICPR 2020, eq. 2.

    Examples
    --------
    >>> x = np.linspace(0, 0.5, 20).reshape(20, 1, 1)
    >>> weight, bias = solve_pixel_ridge(PixelSums.zeros((1, 1)).add(x, 1.5 * x + 0.2), alpha=0.0)
    >>> weight.round(6), bias.round(6)
    (array([[1.5]]), array([[0.2]]))
    """
    check_prior(prior)
    penalty, factor = check_penalty(alpha, sums.shape), check_bias_penalty(bias_penalty, sums.shape)
    return _solve(sums, sums, penalty, factor, (0.0, 1.0) if prior == "identity" else None)


def leave_one_out_error(
    X: npt.ArrayLike,
    T: npt.ArrayLike,
    weight: npt.ArrayLike | None,
    alphas: npt.ArrayLike,
    *,
    channels: Channels = "shared",
    prior: Prior = "zero",
    bias_penalty: BiasPenalty = None,
    whole: PixelSums | None = None,
) -> AnyArray:
    """Leave-one-out error of `solve_pixel_ridge` for every penalty; exact, and without a refit.

    ``Σ_i Σ_p weight_ip Σ_c (w_p(-i) x_ipc + b_p(-i) - t_ipc)^2``, where w(-i) and b(-i) are solved from the sums
    of all pairs less those of pair i. One pair is left out at a time, with all its channels. The work is
    proportional to pairs x pixels x penalties, the memory to neither pairs nor penalties.

    Parameters
    ----------
    X, T : arrays of shape (N, H, W) or (N, H, W, C), N >= 2 unless they are part of a whole
        uint8 (divided by 255), or float, photos in [0, 1].
    weight : None, or array of shape (N,) or (N, H, W)
        Finite and >= 0; weighs both the fit and the error.
    alphas : array of shape (A,)
        Penalties, finite and >= 0.
    channels : {"shared", "separate"}
        One (w, b) per pixel, or one per pixel and channel.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        As in `solve_pixel_ridge`.
    whole : None, or PixelSums
        Over at least 2 pairs, these among them; None is over these.

    Returns
    -------
    array of shape (A,), float64
        Summed over these pairs.

    Raises
    ------
    InputError
        Where an argument is something else.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((30, 8, 8))
    >>> t = 0.5 * x + 0.25 + rng.uniform(-0.2, 0.2, x.shape)
    >>> leave_one_out_error(x, t, None, [0.01, 1.0, 100.0]).round(1)
    array([ 26.7,  28.2, 306.7])
    """
    check_channels(channels)
    check_prior(prior)
    penalties = check_alphas(alphas)
    pairs = check_pairs(X, T, weight)
    if whole is None:
        if len(pairs) < 2:
            raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
        whole = PixelSums.zeros(pairs.map_shape(channels)).add_pairs(pairs)
    if prior == "identity":
        whole = whole.residual()
    factor = check_bias_penalty(bias_penalty, pairs.map_shape(channels))
    height, *row_shape = pairs.X.shape[1:]
    step = max(1, BAND // int(np.prod(row_shape)))
    errors = np.zeros(len(penalties))
    for start in range(0, height, step):
        factor_rows = factor[start : start + step] if factor.ndim else factor
        band, of_all = pairs.rows(start, start + step), whole.rows(start, start + step)
        errors += _leave_one_out(band, of_all, penalties, factor_rows, prior)
    return errors


def _leave_one_out(
    pairs: RegisteredPairs, whole: PixelSums, alphas: AnyArray, factor: AnyArray, prior: Prior
) -> AnyArray:
    errors = np.zeros(len(alphas))
    for x, target, sample_weight in pairs.samples(whole.shape):
        t = target - x if prior == "identity" else target
        rest = whole - PixelSums.of_samples(x, t, sample_weight)
        for k, alpha in enumerate(alphas):
            w, b = _solve(rest, whole, alpha, factor)
            error: AnyArray = w * x
            error += b
            error -= t
            error *= error
            errors[k] += np.sum(sample_weight * error.sum(axis=0))
    return errors


def _solve(
    sums: PixelSums, whole: PixelSums, alpha: AnyArray, factor: AnyArray, prior: tuple[float, float] | None = None
) -> tuple[AnyArray, AnyArray]:
    """Weight and bias, the bias eliminated first; what is negligible is measured on the whole."""
    with np.errstate(over="ignore"):  # an infinite penalty on the bias gives the bias 0
        penalty = (factor * alpha, alpha)
    gram = ((sums.n, sums.x), (sums.x, sums.xx))
    bias, weight = solve_normal_equations(gram, (sums.t, sums.xt), penalty, prior, scale=(whole.n, whole.xx))
    return weight, bias
