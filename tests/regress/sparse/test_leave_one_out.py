from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.regress import SparseRidge
from pixelfes.regress.images import check_pairs
from pixelfes.regress.sparse.leave_one_out import sparse_leave_one_out_errors
from pixelfes.regress.sparse.sums import SparseSums
from tests.regress.drawn_pairs import (
    Pairs,
    bias_penalties,
    channel_modes,
    priors,
    registered_pairs,
)
from tests.regress.sparse.sparse_reference import brute_force_leave_one_out

RNG = np.random.default_rng(0)
X = RNG.random((16, 5, 6, 3))
T = 0.7 * np.roll(X, 2, axis=2) + 0.2 * np.roll(X, 1, axis=1) + RNG.normal(0, 0.05, X.shape)
WEIGHT = RNG.random((16, 5, 6))


@settings(max_examples=40)
@given(registered_pairs(min_pairs=2, max_pairs=4), st.integers(1, 3), channel_modes, priors, st.data())
def test_the_error_equals_that_of_refits_with_the_same_pixels(
    pairs: Pairs, n_pixels: int, channels: Any, prior: Any, data: st.DataObject
) -> None:
    alphas, factor = [0.1, 0.4, 30.0], data.draw(bias_penalties(pairs))
    height, width = pairs[0].shape[1:3]
    checked = check_pairs(*pairs)
    indices = np.stack(
        [RNG.permutation(height * width)[: min(n_pixels, height * width)] for _ in range(height * width)]
    ).reshape(height, width, -1)
    sums = SparseSums.zeros(indices, checked.map_shape(channels)).add_pairs(checked)
    errors = sparse_leave_one_out_errors(checked, sums, alphas, prior, factor)
    expected = [brute_force_leave_one_out(pairs, indices, alpha, channels, prior, factor) for alpha in alphas]
    np.testing.assert_allclose(errors, expected, rtol=1e-7, atol=1e-10)


def test_band_size_does_not_change_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    factor = RNG.uniform(0.1, 10, (5, 6))

    def errors() -> AnyArray:
        return SparseRidge(3, prior="identity", bias_penalty=factor).fit(X, T, WEIGHT).loo_errors_

    whole = errors()
    monkeypatch.setattr("pixelfes.regress.sparse.leave_one_out._VALUES_PER_BAND", 13)
    np.testing.assert_allclose(errors(), whole, rtol=1e-12)


@pytest.mark.parametrize(("alpha", "factor"), [(0.0, 1e300), (1e-17, 1.0), (1e300, 1e300), (0.4, 1e12)])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_extreme_penalties_leave_the_leave_one_out_error_finite(alpha: float, factor: float, prior: Any) -> None:
    for x, t in ((X, T), (X[..., 0], T[..., 0])):
        model = SparseRidge(4, alphas=[alpha], prior=prior, bias_penalty=factor).fit(x, t, WEIGHT)
        assert np.isfinite(model.loo_errors_).all()
        assert np.isfinite(model.predict(x)).all()


@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("n_pixels", [1, 4])
def test_errors_of_shards_add_up_to_those_of_all_pairs(channels: Any, n_pixels: int) -> None:
    model = SparseRidge(n_pixels, channels=channels, prior="identity").fit(X, T, WEIGHT)
    shards = (slice(0, 1), slice(1, 9), slice(9, None))
    errors = [model.leave_one_out_errors(X[s], T[s], WEIGHT[s], model.alphas_) for s in shards]
    np.testing.assert_allclose(np.sum(errors, axis=0), model.loo_errors_, rtol=1e-9)
