"""The arrays of a stored `PixelKernelRidge`, trusted in nothing."""

from __future__ import annotations

from collections.abc import Mapping

from pixelfes.arrays import AnyArray
from pixelfes.errors import ModelError
from pixelfes.regress.base import check_state
from pixelfes.regress.images import Channels
from pixelfes.regress.kernel.sums import BEYOND_PHOTOS, Solver

_OWNER = "PixelKernelRidge"


def checked_state(arrays: Mapping[str, AnyArray], solver: Solver, channels: Channels) -> dict[str, AnyArray]:
    """Return stored arrays as float64 copies, or raise `ModelError` naming the one that is wrong.

    Parameters
    ----------
    arrays : mapping from name to array
        coefficients (H, W, k) or (H, W, C, k), and alpha, of shape (); with features upper, of shape (), and otherwise
        perhaps samples, of the shape of the coefficients.
    solver : {"auto", "exact", "features"}
    channels : {"shared", "separate"}

    Returns
    -------
    dict from name to array
    """
    extra: tuple[str, ...] = ("samples",) if "samples" in arrays else ()
    if solver == "features" or (solver == "auto" and "upper" in arrays):
        extra = ("upper",)
    state = check_state(arrays, ("coefficients", "alpha", *extra), _OWNER)
    coefficients, alpha = state["coefficients"], state["alpha"]
    if alpha.shape != () or alpha < 0:
        raise ModelError(f"array alpha of {_OWNER} must be one number >= 0; found {arrays['alpha']!r}")
    if coefficients.ndim not in ((3,) if channels == "shared" else (3, 4)):
        asked = "(H, W, k)" if channels == "shared" else "(H, W, k) or (H, W, C, k)"
        raise ModelError(f"array coefficients of {_OWNER} must be {asked}; found {coefficients.shape}")
    if "upper" in state and (state["upper"].shape != () or state["upper"] not in (1, BEYOND_PHOTOS)):
        raise ModelError(f"array upper of {_OWNER} must be 1 or {BEYOND_PHOTOS:g}; found {arrays['upper']!r}")
    if "samples" in state and state["samples"].shape != coefficients.shape:
        raise ModelError(
            f"arrays coefficients and samples of {_OWNER} must be of one shape; "
            f"found {coefficients.shape} and {state['samples'].shape}"
        )
    return state
