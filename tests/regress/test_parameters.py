from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.errors import InputError
from pixelfes.regress.parameters import (
    check_alphas,
    check_enough_pairs,
    check_penalty,
    is_number,
    is_whole_number,
    ridge_penalties,
)


@pytest.mark.parametrize("value", [0, 1.5, np.float32(2), np.int8(-3), float("nan")])
def test_numbers_of_python_and_numpy_are_numbers(value: Any) -> None:
    assert is_number(value)


@pytest.mark.parametrize("value", [True, "1", None, [1.0], 10**400, 1j])
def test_booleans_text_and_integers_beyond_64_bits_are_no_numbers(value: Any) -> None:
    assert not is_number(value)


def test_whole_numbers_are_integers_and_no_booleans() -> None:
    assert [is_whole_number(value) for value in (3, np.int64(3), 3.0, True, "3", None)] == [True, True, *[False] * 4]


def test_the_penalty_of_the_bias_may_overflow_to_infinity() -> None:
    bias, *weights = ridge_penalties(1e300, np.array([1.0, 1e300]), 2)
    assert bias.tolist() == [1e300, np.inf]
    assert [float(weight) for weight in weights] == [1e300, 1e300]


def test_penalties_are_a_list_of_numbers() -> None:
    assert check_alphas([1, 2.5]).dtype == np.float64
    for alphas, found in (
        ([], "found shape"),
        (3.0, "found shape"),
        ([-1.0], "finite numbers >= 0"),
        (["a"], "finite"),
    ):
        with pytest.raises(InputError, match=f"alphas must be .*{found}"):
            check_alphas(alphas)


def test_a_penalty_per_pixel_broadcasts_over_channels() -> None:
    assert check_penalty(np.ones((4, 5)), (4, 5, 3)).shape == (4, 5, 1)
    assert check_penalty(np.ones((4, 5, 3)), (4, 5, 3)).shape == (4, 5, 3)
    assert check_penalty(0.5, (4, 5)).shape == ()


def test_leaving_one_out_needs_two_pairs() -> None:
    check_enough_pairs(2)
    with pytest.raises(InputError, match="leave-one-out needs at least 2 pairs; found 1: give alpha a number"):
        check_enough_pairs(1)
