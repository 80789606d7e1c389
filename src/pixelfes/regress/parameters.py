"""The parameters of the ridge regressors, checked: every message shows what was asked and what was found."""

from __future__ import annotations

import reprlib
from numbers import Real
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
    bias_penalty: BiasPenalty,
) -> None:
    """Raise `InputError` where one of the parameters of a `PixelRidge` is not what it should be."""
    check_channels(channels)
    check_prior(prior)
    check_alpha(alpha)
    if alphas is not None:
        check_alphas(alphas)
    check_bias_penalty(bias_penalty)


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
    if not (_is_number(alpha) and 0 <= alpha < np.inf) and not (isinstance(alpha, str) and alpha == "auto"):
        raise InputError(f"alpha must be 'auto' or a finite number >= 0; found {reprlib.repr(alpha)}")


def check_window(r: Any) -> None:
    """Raise `InputError` unless it is the side of a window."""
    if not (isinstance(r, int | np.integer) and not isinstance(r, bool) and 1 <= r <= 15 and r % 2 == 1):
        raise InputError(f"r must be an odd whole number from 1 to 15; found {reprlib.repr(r)}")


def check_alphas(alphas: npt.ArrayLike) -> AnyArray:
    """Return penalties as a float64 array of shape (A,), or raise `InputError`."""
    penalties = _numbers(alphas, "alphas")
    if penalties.ndim != 1 or penalties.size == 0:
        raise InputError(f"alphas must be a list of numbers; found shape {penalties.shape}")
    return penalties


def check_penalty(alpha: npt.ArrayLike, shape: tuple[int, ...]) -> AnyArray:
    """Return a penalty, or one per pixel, as a float64 array that broadcasts against maps of ``shape``."""
    penalty = _numbers(alpha, "alpha")
    if penalty.shape not in ((), shape[:2], shape):
        raise InputError(f"alpha must be a number or have the shape of the sums, {shape}; found {penalty.shape}")
    return penalty[..., np.newaxis] if 0 < penalty.ndim < len(shape) else penalty


def check_bias_penalty(bias_penalty: BiasPenalty, shape: tuple[int, ...] | None = None) -> AnyArray:
    """Return the factor on alpha for the bias as an array that broadcasts against the maps.

    Parameters
    ----------
    bias_penalty : None, float, or array of shape (H, W)
        Finite and > 0; None is 1. An array is one of NumPy: lists, as a file of parameters may hold, are not taken.
    shape : None, or tuple of int
        Shape of the maps, (H, W) or (H, W, C); None leaves the height and width open.

    Returns
    -------
    array of shape (), (H, W) or (H, W, 1), float64

    Raises
    ------
    InputError
        Where it is something else.

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
    size = "(H, W)" if shape is None else f"{shape[:2]}, the maps'"
    asked = f"bias_penalty must be None, or finite numbers > 0: one, or a NumPy array of shape {size}"
    if not _is_number(bias_penalty) and not isinstance(bias_penalty, np.ndarray):
        raise InputError(f"{asked}; found {reprlib.repr(bias_penalty)}")
    factor = np.asarray(bias_penalty)
    if factor.ndim not in (0, 2) or factor.dtype.kind not in "iuf":
        raise InputError(f"{asked}; found shape {factor.shape}, dtype {factor.dtype}")
    if not np.all((factor > 0) & (factor < np.inf)):
        raise InputError(f"{asked}; found values from {factor.min():.6g} to {factor.max():.6g}")
    if shape is not None and factor.ndim and factor.shape != shape[:2]:
        raise InputError(f"{asked}; found shape {factor.shape}")
    factor = factor.astype(np.float64)
    return factor[..., np.newaxis] if shape is not None and 0 < factor.ndim < len(shape) else factor


def _is_number(value: object) -> bool:
    # NumPy makes objects, not numbers, of integers too large for it, which JSON may hold.
    return isinstance(value, Real) and not isinstance(value, bool) and np.asarray(value).dtype.kind in "iuf"


def _numbers(values: npt.ArrayLike, name: str) -> AnyArray:
    try:
        numbers = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} must be finite numbers >= 0; found {values!r}") from error
    if numbers.dtype.kind not in "iuf" or not np.all((numbers >= 0) & (numbers < np.inf)):
        raise InputError(f"{name} must be finite numbers >= 0; found {values!r}")
    return numbers.astype(np.float64)
