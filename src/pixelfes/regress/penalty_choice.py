"""The choice of a penalty: the least error on a grid of them, which grows where its best lies at its end."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.parameters import check_alphas

FIRST_GRID = (-3.0, 3.0)
LAST_GRID = (-7.0, 7.0)
STEPS_PER_DECADE = 2
GROWTH = 2.0


def search_alpha(
    error_of: Callable[[AnyArray], AnyArray], alphas: npt.ArrayLike | None = None
) -> tuple[AnyArray, AnyArray]:
    """Errors over a grid of penalties whose least lies inside it.

    Without a grid, half decades from 1e-3 to 1e3 are tried, then two decades more at a time beyond an end where
    the least error lies, down to 1e-7 and up to 1e7. There the model is, in effect, without a penalty or the
    prior itself, so that a minimum at those ends is an answer. A grid of the caller's own is taken as it is;
    where its least error lies at an end of several values, other than 0, a warning says so.

    Parameters
    ----------
    error_of : callable
        From penalties of shape (A,) to their errors of shape (A,).
    alphas : None, or array of shape (A,)
        Penalties, finite and >= 0, in any order.

    Returns
    -------
    alphas, errors : arrays of shape (A,), float64
        Everything tried, by ascending penalty.

    Raises
    ------
    InputError
        Where alphas is something else.

    Warns
    -----
    UserWarning
        Where the least error lies at an end of the given grid.

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
            "a wider grid may hold a better one (alphas=None widens by itself)",
            UserWarning,
            stacklevel=4,
        )
    return grid, errors


def _search_growing(error_of: Callable[[AnyArray], AnyArray]) -> tuple[AnyArray, AnyArray]:
    low, high = FIRST_GRID
    alphas = _decades(low, high)
    errors = error_of(alphas)
    while True:
        best = int(errors.argmin())
        if best == 0 and low > LAST_GRID[0]:
            more = _decades(low - GROWTH, low)[:-1]
            low -= GROWTH
            alphas, errors = np.concatenate([more, alphas]), np.concatenate([error_of(more), errors])
        elif best == len(alphas) - 1 and high < LAST_GRID[1]:
            more = _decades(high, high + GROWTH)[1:]
            high += GROWTH
            alphas, errors = np.concatenate([alphas, more]), np.concatenate([errors, error_of(more)])
        else:
            return alphas, errors


def _decades(low: float, high: float) -> AnyArray:
    exponents = np.linspace(low, high, int(STEPS_PER_DECADE * (high - low)) + 1)
    return np.power(10.0, exponents)
