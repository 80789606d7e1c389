"""Checks of the regressors' parameters. Each message shows what was asked and what was found."""

from __future__ import annotations

import reprlib
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import Channels

Prior: TypeAlias = Literal["zero", "identity"]
BiasPenalty: TypeAlias = float | AnyArray | None


def check_ridge_parameters(
    alpha: float | Literal["auto"],
    channels: Channels,
    prior: Prior,
    alphas: npt.ArrayLike | None,
    bias_penalty: BiasPenalty = None,
) -> None:
    """Raise `InputError` if a parameter that the ridge regressors share is not valid."""
    check_channels(channels)
    check_prior(prior)
    check_alpha(alpha)
    if alphas is not None:
        check_alphas(alphas)
    check_bias_penalty(bias_penalty)


def check_prior(prior: object) -> None:
    """Raise `InputError` unless ``prior`` is "zero" or "identity"."""
    if prior not in ("zero", "identity"):
        raise InputError(f"prior must be 'zero' or 'identity'; found {prior!r}")


def check_channels(channels: object) -> None:
    """Raise `InputError` unless ``channels`` is "shared" or "separate"."""
    if channels not in ("shared", "separate"):
        raise InputError(f"channels must be 'shared' or 'separate'; found {channels!r}")


def check_alpha(alpha: Any) -> None:
    """Raise `InputError` unless ``alpha`` is "auto" or one finite number >= 0."""
    if not (is_number(alpha) and 0 <= alpha < np.inf) and not (isinstance(alpha, str) and alpha == "auto"):
        raise InputError(f"alpha must be 'auto' or a finite number >= 0; found {reprlib.repr(alpha)}")


def check_alphas(alphas: npt.ArrayLike) -> AnyArray:
    """Return penalties as a float64 array of shape (A,).

    Raises
    ------
    InputError
        If they are not a list of finite numbers >= 0.
    """
    penalties = _finite_array(alphas, "alphas")
    if penalties.ndim != 1 or penalties.size == 0:
        raise InputError(f"alphas must be a list of numbers; found shape {penalties.shape}")
    return penalties


def check_penalty(alpha: npt.ArrayLike, shape: tuple[int, ...]) -> AnyArray:
    """Return a penalty, or one per pixel, as a float64 array that broadcasts against maps of ``shape``.

    Raises
    ------
    InputError
        If it is not a finite number >= 0, or an array of these of shape (H, W) or ``shape``.
    """
    penalty = _finite_array(alpha, "alpha")
    if penalty.shape not in ((), shape[:2], shape):
        raise InputError(f"alpha must be a number or have the shape of the sums, {shape}; found {penalty.shape}")
    return penalty[..., np.newaxis] if 0 < penalty.ndim < len(shape) else penalty


def check_bias_penalty(bias_penalty: BiasPenalty, shape: tuple[int, ...] | None = None) -> AnyArray:
    """Return the factor on alpha for the bias as an array that broadcasts against the maps.

    Parameters
    ----------
    bias_penalty : None, float, or array of shape (H, W)
        Finite and > 0; None is 1. An array must be a NumPy array: lists, which a parameter file may hold, are refused.
    shape : None, or tuple of int
        Shape of the maps, (H, W) or (H, W, C). None accepts any height and width.

    Returns
    -------
    array of shape (), (H, W) or (H, W, 1), float64

    Raises
    ------
    InputError
        If the type, the shape or a value is not as above.

    Examples
    --------
    >>> check_bias_penalty(np.ones((4, 5)), (4, 5, 3)).shape
    (4, 5, 1)
    >>> check_bias_penalty(0.0)
    Traceback (most recent call last):
    pixelfes.errors.InputError: bias_penalty must be None, or finite numbers > 0: one, or a NumPy array of shape
    (H, W); found values from 0 to 0
    """
    if bias_penalty is None:
        return np.array(1.0)
    if found := _wrong_bias_penalty(bias_penalty, shape):
        size = "(H, W)" if shape is None else f"{shape[:2]}, the maps'"
        asked = f"bias_penalty must be None, or finite numbers > 0: one, or a NumPy array of shape {size}"
        raise InputError(f"{asked}; found {found}")
    factor = np.asarray(bias_penalty).astype(np.float64)
    return factor[..., np.newaxis] if shape is not None and 0 < factor.ndim < len(shape) else factor


def _wrong_bias_penalty(bias_penalty: float | AnyArray, shape: tuple[int, ...] | None) -> str | None:
    """Describe what is wrong with a factor on the bias; None if nothing is."""
    if not is_number(bias_penalty) and not isinstance(bias_penalty, np.ndarray):
        return reprlib.repr(bias_penalty)
    factor = np.asarray(bias_penalty)
    if factor.ndim not in (0, 2) or factor.dtype.kind not in "iuf":
        return f"shape {factor.shape}, dtype {factor.dtype}"
    if not np.all((factor > 0) & (factor < np.inf)):
        return f"values from {factor.min():.6g} to {factor.max():.6g}"
    if shape is not None and factor.shape not in ((), shape[:2]):
        return f"shape {factor.shape}"
    return None


def check_enough_pairs(n_pairs: int) -> None:
    """Raise `InputError` if there are too few pairs to leave one out."""
    if n_pairs < 2:
        raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")


def ridge_penalties(alpha: npt.ArrayLike, bias_factor: AnyArray, n_weights: int) -> list[AnyArray]:
    """Return the penalty of the bias, ``bias_factor * alpha``, followed by alpha for each of the weights.

    An infinite penalty on the bias is allowed: it makes the bias 0.
    """
    penalty = np.asarray(alpha)
    with np.errstate(over="ignore"):
        return [np.asarray(bias_factor * penalty), *[penalty] * n_weights]


def is_number(value: object) -> bool:
    """Whether a value is one number that NumPy can hold.

    Booleans are not numbers here. NumPy makes objects of integers beyond 64 bits, which JSON may hold.
    """
    return isinstance(value, Real) and not isinstance(value, bool) and np.asarray(value).dtype.kind in "iuf"


def is_whole_number(value: object) -> bool:
    """Whether a value is an integer, of Python or NumPy, and no boolean."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _finite_array(values: npt.ArrayLike, name: str) -> AnyArray:
    """Return finite numbers >= 0 as a float64 array, or raise `InputError` with their name."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} must be finite numbers >= 0; found {values!r}") from error
    if array.dtype.kind not in "iuf" or not np.all((array >= 0) & (array < np.inf)):
        raise InputError(f"{name} must be finite numbers >= 0; found {values!r}")
    return array.astype(np.float64)
