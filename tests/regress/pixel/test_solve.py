from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.errors import InputError
from pixelfes.regress.images import check_pairs
from pixelfes.regress.pixel.solve import solve_pixel_ridge
from pixelfes.regress.pixel.sums import PixelSums
from tests.regress.drawn_pairs import (
    Pairs,
    augmented_least_squares,
    bias_penalties,
    channel_modes,
    factor_at,
    penalties,
    pixel_samples,
    priors,
    quick,
    registered_pairs,
)


@quick
@given(registered_pairs(), penalties, channel_modes, priors, st.data())
def test_the_maps_solve_the_augmented_least_squares_problem(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, data: st.DataObject
) -> None:
    sums = PixelSums.zeros(check_pairs(*pairs).map_shape(channels)).add(*pairs)
    bias_penalty = data.draw(bias_penalties(pairs))
    weight, bias = solve_pixel_ridge(sums, alpha, prior, bias_penalty)
    for index, x, t, w in pixel_samples(pairs, channels):
        expected = augmented_least_squares(x, t, w, alpha, prior, factor=factor_at(bias_penalty, index))
        np.testing.assert_allclose((weight[index], bias[index]), expected, rtol=1e-9, atol=1e-9)


@quick
@given(registered_pairs(), penalties, channel_modes)
def test_prior_zero_equals_the_two_by_two_solve_of_the_paper(pairs: Pairs, alpha: float, channels: Any) -> None:
    X, T, _ = pairs
    sums = PixelSums.zeros(check_pairs(X, T).map_shape(channels)).add(X, T)
    weight, bias = solve_pixel_ridge(sums, alpha)
    for index, x, t, _ in pixel_samples((X, T, None), channels):
        matrix = [[x @ x + alpha, x.sum()], [x.sum(), len(x) + alpha]]
        expected = np.linalg.solve(matrix, [t @ x, t.sum()])
        np.testing.assert_allclose((weight[index], bias[index]), expected, rtol=0, atol=1e-10)


@quick
@given(st.integers(0, 2**32 - 1), priors)
def test_without_a_penalty_varying_pixels_get_the_least_squares_line(seed: int, prior: Any) -> None:
    rng = np.random.default_rng(seed)
    x, t = rng.random((2, 30, 2, 2))
    weight, bias = solve_pixel_ridge(PixelSums.zeros((2, 2)).add(x, t), 0.0, prior)
    for index in np.ndindex(2, 2):
        line = np.polyfit(x[:, *index], t[:, *index], 1)
        np.testing.assert_allclose((weight[index], bias[index]), line, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("level", [0.0, 0.1, 1 / 3, 0.7, 1.0])
@pytest.mark.parametrize(("prior", "slope"), [("zero", 0.0), ("identity", 1.0)])
def test_a_pixel_that_never_varies_keeps_the_priors_weight_at_alpha_zero(
    level: float, prior: Any, slope: float
) -> None:
    t = np.linspace(0.2, 0.9, 300).reshape(300, 1, 1)
    weight, bias = solve_pixel_ridge(PixelSums.zeros((1, 1)).add(np.full_like(t, level), t), 0.0, prior)
    assert weight[0, 0] == slope
    assert bias[0, 0] == pytest.approx(t.mean() - slope * level, abs=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 1e-300, 1e-12, 0.4, 1e300])
@pytest.mark.parametrize(("prior", "slope"), [("zero", 0.0), ("identity", 1.0)])
def test_a_pixel_never_seen_gets_the_prior(alpha: float, prior: Any, slope: float) -> None:
    weight, bias = solve_pixel_ridge(PixelSums.zeros((2, 3)), alpha, prior)
    assert (weight == slope).all()
    assert (bias == 0).all()


@quick
@given(
    registered_pairs(),
    st.sampled_from([0.0, 1e-320, 1e-30, 1e-15, 1e-9, 1e15, 1e300]),
    st.sampled_from([None, 1e-320, 1e-30, 1e-9, 1e9, 1e300]),
    channel_modes,
    priors,
)
def test_every_penalty_gives_finite_maps_without_a_warning(
    pairs: Pairs, alpha: float, bias_penalty: float | None, channels: Any, prior: Any
) -> None:
    sums = PixelSums.zeros(check_pairs(*pairs).map_shape(channels)).add(*pairs)
    assert np.isfinite(solve_pixel_ridge(sums, alpha, prior, bias_penalty)).all()


@quick
@given(registered_pairs(), penalties, channel_modes, priors)
def test_a_bias_penalty_of_one_equals_none_bit_for_bit(pairs: Pairs, alpha: float, channels: Any, prior: Any) -> None:
    sums = PixelSums.zeros(check_pairs(*pairs).map_shape(channels)).add(*pairs)
    papers = solve_pixel_ridge(sums, alpha, prior)
    ones: list[Any] = [1, 1.0, np.float32(1), np.ones(sums.shape[:2])]
    for one in ones:
        assert np.array_equal(solve_pixel_ridge(sums, alpha, prior, one), papers)


def test_a_large_bias_penalty_makes_the_bias_zero() -> None:
    x, t = np.random.default_rng(2).random((2, 20, 3, 3))
    weight, bias = solve_pixel_ridge(PixelSums.zeros((3, 3)).add(x, t), 0.4, "zero", 1e12)
    np.testing.assert_allclose(weight, (x * t).sum(axis=0) / ((x * x).sum(axis=0) + 0.4), rtol=1e-9)
    np.testing.assert_allclose(bias, 0, atol=1e-9)


def test_a_large_penalty_gives_the_prior() -> None:
    x, t = np.random.default_rng(0).random((2, 20, 3, 3))
    sums = PixelSums.zeros((3, 3)).add(x, t)
    np.testing.assert_allclose(solve_pixel_ridge(sums, 1e12, "zero"), np.zeros((2, 3, 3)), atol=1e-9)
    weight, bias = solve_pixel_ridge(sums, 1e12, "identity")
    np.testing.assert_allclose(weight, 1, atol=1e-9)
    np.testing.assert_allclose(bias, 0, atol=1e-9)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_each_pixel_may_have_its_own_penalty(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    x, t = rng.random((2, 9, 2, 3, 3))
    sums = PixelSums.zeros(shape).add(x, t)
    alpha = rng.uniform(0.1, 10, (2, 3))
    weight, bias = solve_pixel_ridge(sums, alpha)
    for index in np.ndindex(2, 3):
        alone = solve_pixel_ridge(sums, float(alpha[index]))
        assert np.array_equal(weight[index], alone[0][index])
        assert np.array_equal(bias[index], alone[1][index])


@pytest.mark.parametrize(
    ("alpha", "prior", "message"),
    [
        (-1.0, "zero", "alpha must be finite numbers >= 0; found -1.0"),
        (np.nan, "zero", "alpha must be finite numbers >= 0; found nan"),
        (np.inf, "zero", "alpha must be finite numbers >= 0; found inf"),
        ("much", "zero", "alpha must be finite numbers >= 0; found 'much'"),
        (np.ones(4), "zero", r"shape of the sums, \(2, 3\); found \(4,\)"),
        (0.4, "one", "prior must be 'zero' or 'identity'; found 'one'"),
    ],
)
def test_an_invalid_penalty_or_prior_is_refused(alpha: Any, prior: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        solve_pixel_ridge(PixelSums.zeros((2, 3)), alpha, prior)


@pytest.mark.parametrize(
    ("bias_penalty", "message"),
    [
        (0, "values from 0 to 0"),
        (-2.0, "values from -2 to -2"),
        (np.where(np.eye(2, 3) > 0, 1.0, np.nan), "values from nan to nan"),
        (np.where(np.eye(2, 3) > 0, 1.0, np.inf), "values from 1 to inf"),
        (np.ones((3, 2)), r"found shape \(3, 2\)"),
        (np.ones((2, 3, 3)), r"found shape \(2, 3, 3\), dtype float64"),
        (np.ones((2, 3), bool), "dtype bool"),
        (True, "found True"),
        ("much", "found 'much'"),
        (10**400, "found 1000"),
        ([[1.0] * 3] * 2, r"found \[\[1.0, 1.0, 1.0\], "),
    ],
)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_an_invalid_bias_penalty_is_refused(bias_penalty: Any, message: str, shape: tuple[int, ...]) -> None:
    asked = r"bias_penalty must be None, or finite numbers > 0: one, or a NumPy array of shape \(2, 3\), the maps'"
    with pytest.raises(InputError, match=f"{asked}; .*{message}"):
        solve_pixel_ridge(PixelSums.zeros(shape), 0.4, "zero", bias_penalty)
