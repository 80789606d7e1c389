"""Confidence intervals by the percentile bootstrap: people are drawn again with replacement, and never split.

References
----------
Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.errors import InputError

DRAWS = 4000
LEVEL = 0.95
_DRAWN_AT_ONCE = 500


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes
    ----------
    estimate, low, high : float
    n_people : int
        People that were drawn from; with one, the interval has no width and says nothing.
    """

    estimate: float
    low: float
    high: float
    n_people: int


def bootstrap_mean(
    values: npt.ArrayLike,
    people: Sequence[Hashable] | None = None,
    *,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Return the mean of values with its interval; a share is the mean of zeros and ones.

    Parameters
    ----------
    values : (N,)
        Finite numbers or truth values.
    people : N names, optional
        The person of each value; by default every value is another person's.
    level : float
        Share of intervals that are to cover the truth, 0 to 1.
    draws, seed : int
        How often people are drawn again, and from which seed: the same gives the same interval.

    Raises
    ------
    InputError
        If there are no values, a value is not finite, or an argument is wrong.

    Examples
    --------
    >>> bootstrap_mean([True, True, False, True]).estimate
    0.75
    """
    array = _checked(values)
    if not 0 < level < 1 or draws < 1:
        raise InputError(f"level must lie between 0 and 1, and draws be at least 1; found {level!r} and {draws!r}")
    if people is not None and len(people) != len(array):
        raise InputError(f"there must be a person for each value; found {len(people)} for {len(array)}")
    sums, counts = _by_person(array, people)
    means = _drawn_means(sums, counts, draws, seed)
    low, high = np.percentile(means, [50 * (1 - level), 50 * (1 + level)])
    return Interval(float(array.mean()), float(low), float(high), len(sums))


def bootstrap_difference(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    people: Sequence[Hashable] | None = None,
    *,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Return the mean of ``first - second`` with its interval: paired, value by value; see `bootstrap_mean`."""
    a, b = _checked(first), _checked(second)
    if len(a) != len(b):
        raise InputError(f"paired values must be as many on both sides; found {len(a)} and {len(b)}")
    return bootstrap_mean(a - b, people, level=level, draws=draws, seed=seed)


def _checked(values: npt.ArrayLike) -> Array:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise InputError(f"values must be one or more finite numbers in a row; found an array of shape {array.shape}")
    return array


def _by_person(values: Array, people: Sequence[Hashable] | None) -> tuple[Array, Array]:
    """Return the sum and the count of every person's values."""
    if people is None:
        return values, np.ones(len(values))
    index = {name: n for n, name in enumerate(dict.fromkeys(people))}
    places = np.array([index[name] for name in people])
    return np.bincount(places, values).astype(np.float64), np.bincount(places).astype(np.float64)


def drawn_again(n: int, draws: int = DRAWS, seed: int = 0) -> Iterator[npt.NDArray[np.int64]]:
    """Yield people drawn again with replacement, (at most 500, n) indices at a time, in all ``draws`` rows.

    Examples
    --------
    >>> [drawn.shape for drawn in drawn_again(3, draws=700)]
    [(500, 3), (200, 3)]
    """
    random = np.random.default_rng(seed)
    for start in range(0, draws, _DRAWN_AT_ONCE):
        yield random.integers(n, size=(min(_DRAWN_AT_ONCE, draws - start), n))


def _drawn_means(sums: Array, counts: Array, draws: int, seed: int) -> Array:
    """Return the means of people drawn again, (draws,), in portions that fit into little memory."""
    return np.concatenate([sums[drawn].sum(1) / counts[drawn].sum(1) for drawn in drawn_again(len(sums), draws, seed)])
