from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.regress.masked import leave_one_out
from pixelfes.regress.masked.leave_one_out import masked_leave_one_out_errors
from pixelfes.regress.masked.sums import MaskedSums
from tests.regress.drawn_pairs import (
    Pairs,
    bias_penalties,
    channel_modes,
    priors,
    quick,
    registered_pairs,
)
from tests.regress.errors import errors_under_own_sums
from tests.regress.masked.window_reference import (
    brute_force_masked_leave_one_out,
)

windows = st.sampled_from([1, 3, 5])
RNG = np.random.default_rng(0)
X = RNG.random((14, 6, 5, 3))
T = np.clip(0.5 * X + 0.2 * np.roll(X, 1, axis=2) + 0.1 + RNG.normal(0, 0.05, X.shape), 0, 1)


def errors_of(pairs: Pairs, alphas: Any, channels: Any, prior: Any, r: int, bias_penalty: Any = None) -> AnyArray:
    return errors_under_own_sums(
        masked_leave_one_out_errors, partial(MaskedSums.zeros, r), pairs, channels, alphas, prior, bias_penalty
    )


@quick
@given(registered_pairs(min_pairs=2), st.sampled_from([1e-2, 0.4, 30.0]), channel_modes, priors, windows, st.data())
def test_the_error_equals_that_of_refits_without_each_pair(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, r: int, data: st.DataObject
) -> None:
    bias_penalty = data.draw(bias_penalties(pairs))
    errors = errors_of(pairs, [alpha], channels, prior, r, bias_penalty)
    expected = brute_force_masked_leave_one_out(pairs, alpha, channels, prior, r, bias_penalty)
    np.testing.assert_allclose(errors, expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_without_a_penalty_the_error_equals_that_of_least_squares_refits(channels: Any, prior: Any) -> None:
    few = (X[:, :3, :3], T[:, :3, :3], RNG.uniform(0.5, 2, (14, 3, 3)))
    expected = [brute_force_masked_leave_one_out(few, alpha, channels, prior, 3, None) for alpha in (0.0, 1e-3)]
    np.testing.assert_allclose(errors_of(few, [0.0, 1e-3], channels, prior, 3), expected, rtol=1e-6)


def test_the_hat_matrix_and_refits_agree_at_small_penalties(monkeypatch: pytest.MonkeyPatch) -> None:
    alphas = [1e-6, 1e-4, 1e-2, 1.0]
    found = errors_of((X, T, None), alphas, "shared", "identity", 3)
    monkeypatch.setattr("pixelfes.regress.leave_one_group_out._LEAST_PART_OF_GROUP", np.inf)
    np.testing.assert_allclose(errors_of((X, T, None), alphas, "shared", "identity", 3), found, rtol=1e-7)


@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("band", [1, 20_000, 10**7])
def test_band_size_does_not_change_the_error(monkeypatch: pytest.MonkeyPatch, channels: Any, band: int) -> None:
    weight = np.random.default_rng(3).random((14, 6, 5))
    factor = np.random.default_rng(5).uniform(0.1, 10, (6, 5))
    whole = errors_of((X, T, weight), [0.0, 0.1, 1.0], channels, "identity", 3, factor)
    monkeypatch.setattr(leave_one_out, "_VALUES_PER_BAND", band)
    again = errors_of((X, T, weight), [0.0, 0.1, 1.0], channels, "identity", 3, factor)
    np.testing.assert_allclose(again, whole, rtol=1e-9)
