"""The choice of a penalty: the least error on a grid, which grows if its best value lies at an end."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.parameters import check_alphas

# Exponents of 10.
_FIRST_GRID = (-3.0, 3.0)
_LAST_GRID = (-7.0, 7.0)
_GROWTH = 2.0
_STEPS_PER_DECADE = 2


def search_alpha(
    error_of: Callable[[AnyArray], AnyArray], alphas: npt.ArrayLike | None = None
) -> tuple[AnyArray, AnyArray]:
    """Return the errors over a grid of penalties that brackets the least error.

    Without ``alphas``, the grid has half decades from 1e-3 to 1e3. While the least error lies at an end, two decades
    are added there, down to 1e-7 and up to 1e7. A minimum at those last ends is an answer: the model then has, in
    effect, no penalty, or is the prior itself. Given ``alphas`` are used unchanged; a warning says if the least error
    lies at an end of them. One value, or an end at 0, gives no warning.

    Parameters
    ----------
    error_of : callable
        From penalties of shape (A,) to their errors of shape (A,).
    alphas : None, or array of shape (A,)
        Penalties, finite and >= 0, in any order.

    Returns
    -------
    alphas, errors : arrays of shape (A,), float64
        All penalties tried, ascending, and their errors.

    Raises
    ------
    InputError
        If ``alphas`` is not a list of finite numbers >= 0.

    Warns
    -----
    UserWarning
        If the least error lies at an end of the given grid.

    Examples
    --------
    >>> alphas, errors = search_alpha(lambda a: (np.log10(a) - 4) ** 2)
    >>> float(alphas[errors.argmin()]), float(alphas.max())
    (10000.0, 100000.0)
    """
    if alphas is None:
        return _search_growing(error_of)
    grid = np.unique(check_alphas(alphas))
    errors = error_of(grid)
    best = int(errors.argmin())
    if len(grid) > 1 and (best == len(grid) - 1 or (best == 0 and grid[0] > 0)):
        warnings.warn(
            f"the best penalty, {grid[best]:g}, is at the end of the grid {grid[0]:g} to {grid[-1]:g}; "
            "a wider grid may hold a better one (alphas=None widens the grid by itself)",
            UserWarning,
            stacklevel=4,  # the caller of fit or choose_alpha
        )
    return grid, errors


def _search_growing(error_of: Callable[[AnyArray], AnyArray]) -> tuple[AnyArray, AnyArray]:
    low, high = _FIRST_GRID
    alphas = _decades(low, high)
    errors = error_of(alphas)
    while True:
        best = int(errors.argmin())
        if best == 0 and low > _LAST_GRID[0]:
            more = _decades(low - _GROWTH, low)[:-1]
            low -= _GROWTH
            alphas, errors = np.concatenate([more, alphas]), np.concatenate([error_of(more), errors])
        elif best == len(alphas) - 1 and high < _LAST_GRID[1]:
            more = _decades(high, high + _GROWTH)[1:]
            high += _GROWTH
            alphas, errors = np.concatenate([alphas, more]), np.concatenate([errors, error_of(more)])
        else:
            return alphas, errors


def _decades(low: float, high: float) -> AnyArray:
    exponents = np.linspace(low, high, int(_STEPS_PER_DECADE * (high - low)) + 1)
    return np.power(10.0, exponents)
