from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress import PixelKernelRidge
from pixelfes.regress.images import check_pairs
from pixelfes.regress.kernel import leave_one_out
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.kernel.leave_one_out import kernel_leave_one_out_errors
from pixelfes.regress.kernel.sums import KernelSettings, KernelSums
from tests.regress.drawn_pairs import Pairs, channel_modes, priors, registered_pairs
from tests.regress.kernel.kernel_reference import KERNELS, brute_force_leave_one_out, kernels


def loo(
    pairs: Pairs, alphas: list[float], params: dict[str, Any], channels: Any = "shared", prior: Any = "zero"
) -> AnyArray:
    checked = check_pairs(*pairs)
    kernel = Kernel(**{"name": params["kernel"], **{k: v for k, v in params.items() if k != "kernel"}})
    settings, shape = KernelSettings(kernel, "exact", None, 1e-8, prior), checked.map_shape(channels)
    if checked.X.dtype == np.uint8:
        sums = KernelSums(settings, shape).add_pairs(checked)
    else:
        sums = KernelSums.of_samples(settings, shape, checked)
    return kernel_leave_one_out_errors(checked, sums, alphas, kernel, prior)


RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (9, 3, 2, 3), dtype=np.uint8)
T = np.clip(np.sin(X / 90) ** 2 + RNG.normal(0, 0.1, X.shape), 0, 1)


@settings(max_examples=25)
@given(registered_pairs(min_pairs=2, max_pairs=4), kernels, channel_modes, priors)
def test_the_error_equals_that_of_refits_without_each_pair(
    pairs: Pairs, params: dict[str, Any], channels: Any, prior: Any
) -> None:
    alphas = [0.1, 3.0]
    errors = loo(pairs, alphas, params, channels, prior)
    expected = [brute_force_leave_one_out(pairs, params, alpha, channels, prior) for alpha in alphas]
    tolerance = 1e-4 if params["kernel"] == "sigmoid" else 1e-7
    np.testing.assert_allclose(errors, expected, rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("dtype", ["uint8", "float"])
def test_the_error_by_features_equals_that_of_refits_by_features(channels: Any, dtype: str) -> None:
    inputs, weight = X if dtype == "uint8" else X / 200, RNG.uniform(0, 2, X.shape[:3])
    new = PixelKernelRidge(gamma=3.0, solver="features", rank=4, channels=channels, alphas=[0.1, 1.0, 9.0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        model = new.fit(inputs, T, weight)
    for alpha, error in zip(model.alphas_, model.loo_errors_, strict=True):
        total = 0.0
        for i in range(len(inputs)):
            rest = np.arange(len(inputs)) != i
            left = PixelKernelRidge(alpha=alpha, gamma=3.0, solver="features", rank=4, channels=channels)
            left.fit(inputs[rest], T[rest], weight[rest])
            own = inputs[[i]] / 255 if dtype == "uint8" else inputs[[i]]
            total += float(np.sum(weight[i][..., None] * (left.predict(own)[0] - T[i]) ** 2))
        assert error == pytest.approx(total, rel=1e-7)


@pytest.mark.parametrize("params", [*KERNELS, {"kernel": "rbf", "gamma": 50.0}])
def test_batch_size_does_not_change_the_result(params: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for inputs in (X, X / 255):
        whole = loo((inputs, T, None), [0.1, 3.0], params)
        with monkeypatch.context() as patch:
            patch.setattr(leave_one_out, "_VALUES_AT_A_TIME", 40)
            np.testing.assert_allclose(loo((inputs, T, None), [0.1, 3.0], params), whole, rtol=1e-9)


@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("params", [*KERNELS, {"solver": "features"}, {"solver": "features", "gamma": 10.0}])
def test_errors_of_shards_add_up_to_those_of_all_pairs(params: dict[str, Any], prior: Any) -> None:
    weight = RNG.uniform(0, 2, X.shape[:3])
    whole = PixelKernelRidge(prior=prior, **params).fit(X, T, weight)
    parts = [(X[p], T[p], weight[p]) for p in (slice(0, 2), slice(2, 3), slice(3, 9))]
    model = PixelKernelRidge(alpha=1.0, prior=prior, **params)
    for part in parts:
        model.partial_fit(*part)

    def errors(alphas: AnyArray) -> AnyArray:
        total: AnyArray = np.sum([model.leave_one_out_errors(*part, alphas) for part in parts], axis=0)
        return total

    np.testing.assert_allclose(errors(whole.alphas_), whole.loo_errors_, rtol=1e-7)
    assert model.choose_alpha(errors).alpha_ == whole.alpha_
    np.testing.assert_allclose(model.predict(X), whole.predict(X), atol=1e-6)


def test_float_inputs_and_penalties_of_zero_cannot_be_left_out() -> None:
    model = PixelKernelRidge(alpha=1.0).fit(X, T)
    with pytest.raises(InputError, match="leave out pairs with uint8 inputs; found float64"):
        model.leave_one_out_errors(X / 255, T, None, [1.0])
    with pytest.raises(InputError, match="needs penalties > 0; found 0"):
        model.leave_one_out_errors(X, T, None, [0.0])


def test_a_pixel_of_zero_weight_has_no_error() -> None:
    for params in KERNELS:
        model = PixelKernelRidge(**params).fit(X, T, np.zeros(len(X)))
        assert (model.loo_errors_ == 0).all()
