"""The small solves: pure functions from sums or pairs to maps, which know nothing of estimators."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.errors import InputError
from pixelfes.regress.images import Array, Channels, RegisteredPairs, check_pairs
from pixelfes.regress.statistics import PixelSums

Prior: TypeAlias = Literal["zero", "identity"]

NEGLIGIBLE = 1e-10
"""A pixel whose x has a variance below this part of its mean square counts as never varying."""

BAND = 2**15
"""Values of an image that leave-one-out works on at a time: few enough to stay in the processor's cache."""


def solve_pixel_ridge(sums: PixelSums, alpha: npt.ArrayLike, prior: Prior = "zero") -> tuple[Array, Array]:
    """Weight and bias of the per-pixel ridge regression, from its five sums.

    Minimises, for every pixel p by itself, with the sample weights of the sums in the first norm,
    ``1/2 ||w x + b - t||^2 + alpha/2 (w^2 + b^2)``, or with the prior "identity"
    ``1/2 ||w x + b - t||^2 + alpha/2 ((w - 1)^2 + b^2)``, which is ridge regression on the residual t - x.

    Parameters
    ----------
    sums : PixelSums
        n, Σx, Σt, Σx², Σxt of every pixel, each of shape (H, W) or (H, W, C), float64.
    alpha : float, or array of shape (H, W) or that of the sums
        Penalty, finite and >= 0; the papers' lambda.
    prior : {"zero", "identity"}
        Where the penalty pulls (w, b): (0, 0) in the papers, or (1, 0).

    Returns
    -------
    weight, bias : arrays of the shape of the sums, float64
        Finite everywhere. At alpha = 0 a pixel that never varies keeps the prior's w and gets the mean residual
        as b; a pixel without samples (n = 0) keeps the prior's w and b, at any alpha.

    Raises
    ------
    InputError
        Where alpha or prior is something else.

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
    penalty = _check_penalty(alpha, sums.shape)
    if prior == "identity":
        step, bias = _solve(sums.residual(), penalty, NEGLIGIBLE * (sums.xx + penalty))
        return 1 + step, bias
    return _solve(sums, penalty, NEGLIGIBLE * (sums.xx + penalty))


def leave_one_out_error(
    X: npt.ArrayLike,
    T: npt.ArrayLike,
    weight: npt.ArrayLike | None,
    alphas: npt.ArrayLike,
    *,
    channels: Channels = "shared",
    prior: Prior = "zero",
) -> Array:
    """Leave-one-out error of `solve_pixel_ridge` for every penalty; exact, and without a refit.

    ``Σ_i Σ_p weight_ip Σ_c (w_p(-i) x_ipc + b_p(-i) - t_ipc)^2``, where w(-i) and b(-i) are solved from the sums
    of all pairs less those of pair i. One pair is left out at a time, with all its channels. The work is
    proportional to pairs x pixels x penalties, the memory to neither pairs nor penalties.

    Parameters
    ----------
    X, T : arrays of shape (N, H, W) or (N, H, W, C), N >= 2
        uint8 (divided by 255), or float in [0, 1].
    weight : None, or array of shape (N,) or (N, H, W)
        Finite and >= 0; weighs both the fit and the error.
    alphas : array of shape (A,)
        Penalties, finite and >= 0.
    channels : {"shared", "separate"}
        One (w, b) per pixel, or one per pixel and channel.
    prior : {"zero", "identity"}
        As in `solve_pixel_ridge`.

    Returns
    -------
    array of shape (A,), float64

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
    if len(pairs) < 2:
        raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
    height, *row_shape = pairs.X.shape[1:]
    step = max(1, BAND // int(np.prod(row_shape)))
    bands = [pairs.rows(start, start + step) for start in range(0, height, step)]
    errors: Array = np.sum([_leave_one_out(band, penalties, channels, prior) for band in bands], axis=0)
    return errors


def _leave_one_out(pairs: RegisteredPairs, alphas: Array, channels: Channels, prior: Prior) -> Array:
    shape = pairs.map_shape(channels)
    whole = PixelSums.zeros(shape).add_pairs(pairs)
    if prior == "identity":
        whole = whole.residual()
    errors = np.zeros(len(alphas))
    for x, target, sample_weight in pairs.samples(shape):
        t = target - x if prior == "identity" else target
        rest = whole - PixelSums.of_samples(x, t, sample_weight)
        for k, alpha in enumerate(alphas):
            # What is negligible is measured on the whole: the difference carries the whole's rounding.
            w, b = _solve(rest, alpha, NEGLIGIBLE * (whole.xx + alpha))
            error: Array = w * x
            error += b
            error -= t
            error *= error
            errors[k] += np.sum(sample_weight * error.sum(axis=0))
    return errors


def _solve(sums: PixelSums, alpha: Array, negligible: Array) -> tuple[Array, Array]:
    """Solve [xx + alpha, x; x, n + alpha] [w; b] = [xt; t] by elimination of b; w = 0 where that has no pivot."""
    count: Array = sums.n + alpha
    seen = count > 0
    mean: Array = np.divide(sums.x, count, out=np.zeros(sums.shape), where=seen)
    spread: Array = sums.xx + alpha
    spread -= sums.x * mean
    weight: Array = np.divide(sums.xt - mean * sums.t, spread, out=np.zeros(sums.shape), where=spread > negligible)
    bias: Array = np.divide(sums.t - weight * sums.x, count, out=np.zeros(sums.shape), where=seen)
    return weight, bias


def check_prior(prior: object) -> None:
    """Raise `InputError` unless it is a prior."""
    if prior not in ("zero", "identity"):
        raise InputError(f"prior must be 'zero' or 'identity'; found {prior!r}")


def check_channels(channels: object) -> None:
    """Raise `InputError` unless it says how channels are modelled."""
    if channels not in ("shared", "separate"):
        raise InputError(f"channels must be 'shared' or 'separate'; found {channels!r}")


def check_alpha(alpha: Any) -> None:
    """Raise `InputError` unless it is "auto" or one penalty."""
    is_number = isinstance(alpha, Real) and not isinstance(alpha, bool)
    if not (is_number and 0 <= float(alpha) < np.inf) and not (isinstance(alpha, str) and alpha == "auto"):
        raise InputError(f"alpha must be 'auto' or a finite number >= 0; found {alpha!r}")


def check_alphas(alphas: npt.ArrayLike) -> Array:
    """Return penalties as a float64 array of shape (A,), or raise `InputError`."""
    penalties = _numbers(alphas, "alphas")
    if penalties.ndim != 1 or penalties.size == 0:
        raise InputError(f"alphas must be a list of numbers; found shape {penalties.shape}")
    return penalties


def _check_penalty(alpha: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    penalty = _numbers(alpha, "alpha")
    if penalty.shape not in ((), shape[:2], shape):
        raise InputError(f"alpha must be a number or have the shape of the sums, {shape}; found {penalty.shape}")
    return penalty[..., np.newaxis] if 0 < penalty.ndim < len(shape) else penalty


def _numbers(values: npt.ArrayLike, name: str) -> Array:
    try:
        numbers = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} must be finite numbers >= 0; found {values!r}") from error
    if numbers.dtype.kind not in "iuf" or not np.all((numbers >= 0) & (numbers < np.inf)):
        raise InputError(f"{name} must be finite numbers >= 0; found {values!r}")
    return numbers.astype(np.float64)
