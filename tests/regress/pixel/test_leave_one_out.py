from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.pixel import leave_one_out
from pixelfes.regress.pixel.leave_one_out import pixel_leave_one_out_errors
from pixelfes.regress.pixel.solve import solve_pixel_ridge
from pixelfes.regress.pixel.sums import PixelSums
from tests.regress.drawn_pairs import (
    Pairs,
    bias_penalties,
    brute_force_leave_one_out,
    channel_modes,
    priors,
    registered_pairs,
)
from tests.regress.errors import errors_under_own_sums


def errors_of(
    pairs: Pairs, alphas: Any, channels: Any = "shared", prior: Any = "zero", bias_penalty: Any = None
) -> AnyArray:
    options = (alphas, prior, bias_penalty)
    return errors_under_own_sums(pixel_leave_one_out_errors, PixelSums.zeros, pairs, channels, *options)


@settings(max_examples=60)
@given(registered_pairs(min_pairs=2, max_pairs=4), channel_modes, priors, st.data())
def test_the_error_equals_that_of_refits_without_each_pair(
    pairs: Pairs, channels: Any, prior: Any, data: st.DataObject
) -> None:
    alphas, bias_penalty = [1e-2, 0.4, 30.0], data.draw(bias_penalties(pairs))
    errors = errors_of(pairs, alphas, channels, prior, bias_penalty)
    expected = [brute_force_leave_one_out(pairs, alpha, channels, prior, bias_penalty) for alpha in alphas]
    np.testing.assert_allclose(errors, expected, rtol=1e-8, atol=1e-12)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), channel_modes, priors)
def test_without_a_penalty_the_error_equals_that_of_least_squares_refits(seed: int, channels: Any, prior: Any) -> None:
    rng = np.random.default_rng(seed)
    X, T = rng.random((2, 12, 2, 1, 3))
    weight = rng.uniform(0.5, 2, (12, 2, 1))
    error = errors_of((X, T, weight), [0.0], channels, prior)
    expected = brute_force_leave_one_out((X, T, weight), 0.0, channels, "zero")
    np.testing.assert_allclose(error, [expected], rtol=1e-7)


@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_a_pixel_that_varies_only_in_the_pair_left_out_counts_as_never_varying(prior: Any) -> None:
    levels = np.concatenate([[0.0, 1 / 255, 0.1, 0.7], np.geomspace(1e-5, 1e-2, 60)]).reshape(8, 8)
    X = np.tile(levels, (5, 1, 1))
    X[2] = 1.0
    T = np.linspace(0.3, 0.8, 5 * 64).reshape(5, 8, 8)
    expected = 0.0
    for i in range(5):
        rest = np.arange(5) != i
        w, b = solve_pixel_ridge(PixelSums.zeros((8, 8)).add(X[rest], T[rest]), 0.0, prior)
        expected += float(((w * X[i] + b - T[i]) ** 2).sum())
    assert errors_of((X, T, None), [0.0], prior=prior) == pytest.approx([expected], rel=1e-9)


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_band_size_does_not_change_the_error(monkeypatch: pytest.MonkeyPatch, channels: Any) -> None:
    X, T = np.random.default_rng(2).random((2, 6, 7, 4, 3))
    weight = np.random.default_rng(3).random((6, 7, 4))
    factor = np.random.default_rng(5).uniform(0.1, 10, (7, 4))

    def error() -> AnyArray:
        return errors_of((X, T, weight), [0.1, 1.0], channels, "zero", factor)

    whole = error()
    monkeypatch.setattr(leave_one_out, "_VALUES_PER_BAND", 24)
    np.testing.assert_allclose(error(), whole, rtol=1e-12)


@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize(("alpha", "factor"), [(0.0, 1e300), (1e-17, 1.0), (1e-7, 1e-300), (1e300, 1e300)])
def test_a_pixel_seen_only_in_the_pair_left_out_counts_as_never_seen(prior: Any, alpha: float, factor: float) -> None:
    X, T = np.random.default_rng(6).random((2, 3, 4, 4))
    error = errors_of((X, T, np.array([0.3, 0, 0])), [alpha], "shared", prior, factor)
    expected = 0.3 * np.sum((X[0] * (prior == "identity") - T[0]) ** 2)
    np.testing.assert_allclose(error, [expected], rtol=1e-9)


def test_a_bias_penalty_of_one_equals_none_bit_for_bit() -> None:
    X, T = np.random.default_rng(7).random((2, 6, 3, 4))
    errors = [errors_of((X, T, None), [0.1, 1.0], bias_penalty=c) for c in (None, 1, np.ones((3, 4)))]
    assert np.array_equal(errors[0], errors[1])
    assert np.array_equal(errors[0], errors[2])


def test_memory_grows_with_neither_pairs_nor_penalties() -> None:
    X = np.random.default_rng(4).integers(0, 256, (60, 32, 32), dtype=np.uint8)
    tracemalloc.start()
    errors_of((X, X, None), np.geomspace(0.01, 100, 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * 32 * 32 * 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alphas": [0.1, -1.0]}, "alphas must be finite numbers >= 0"),
        ({"alphas": []}, "alphas must be .*found"),
        ({"alphas": 0.4}, r"alphas must be a list of numbers; found shape \(\)"),
        ({"bias_penalty": np.ones((2, 3))}, r"bias_penalty must be .* shape \(2, 2\), the maps'; found shape \(2, 3\)"),
        ({"prior": None}, "prior must be 'zero' or 'identity'; found None"),
    ],
)
def test_invalid_options_are_refused(arguments: dict[str, Any], message: str) -> None:
    images = np.ones((3, 2, 2))
    with pytest.raises(InputError, match=message):
        errors_of((images, images, None), **{"alphas": [1.0], **arguments})
