from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.penalty_choice import search_alpha


def valley_at(alpha: float) -> Callable[[AnyArray], AnyArray]:
    return lambda alphas: np.abs(np.log10(alphas) - np.log10(alpha))


@pytest.mark.parametrize("best", [1e-6, 1e-4, 1e-3, 0.1, 1e3, 1e5, 1e6])
def test_the_grid_grows_until_the_best_lies_inside(best: float) -> None:
    alphas, errors = search_alpha(valley_at(best))
    k = int(errors.argmin())
    assert alphas[k] == pytest.approx(best)
    assert 0 < k < len(alphas) - 1
    assert np.array_equal(errors, valley_at(best)(alphas))
    np.testing.assert_allclose(np.diff(np.log10(alphas)), 0.5)


@pytest.mark.parametrize(("best", "end"), [(1e-20, 1e-7), (1e20, 1e7)])
def test_the_grid_stops_growing_at_its_last_ends(best: float, end: float) -> None:
    alphas, errors = search_alpha(valley_at(best))
    assert alphas[errors.argmin()] == pytest.approx(end)


def test_a_given_grid_is_sorted_and_not_extended() -> None:
    alphas, errors = search_alpha(valley_at(1.0), [10.0, 0.1, 1.0, 1.0])
    assert alphas.tolist() == [0.1, 1.0, 10.0]
    assert errors.argmin() == 1


@pytest.mark.parametrize("best", [1e-5, 1e5])
def test_a_best_at_the_end_of_a_given_grid_gives_a_warning(best: float) -> None:
    with pytest.warns(UserWarning, match="at the end of the grid 0.1 to 10"):
        search_alpha(valley_at(best), [0.1, 1.0, 10.0])


def test_a_best_at_zero_or_a_single_value_gives_no_warning() -> None:
    assert search_alpha(lambda alphas: alphas, [0.0, 1.0])[0].tolist() == [0.0, 1.0]
    assert search_alpha(valley_at(1.0), [5.0])[0].tolist() == [5.0]


def test_a_negative_penalty_is_refused() -> None:
    with pytest.raises(InputError, match="alphas must be finite numbers >= 0"):
        search_alpha(valley_at(1.0), [-1.0, 1.0])
