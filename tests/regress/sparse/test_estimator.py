from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress import REGRESSORS, LocalSparseRidge, NotFittedError, PixelRidge, SparseRidge
from tests.regress.drawn_pairs import (
    Pairs,
    bias_penalties,
    channel_modes,
    penalties,
    priors,
    quick,
    registered_pairs,
    unit,
)
from tests.regress.sparse.sparse_reference import brute_force_leave_one_out, refitted

RNG = np.random.default_rng(0)
X = RNG.random((16, 5, 6, 3))
T = 0.7 * np.roll(X, 2, axis=2) + 0.2 * np.roll(X, 1, axis=1) + RNG.normal(0, 0.05, X.shape)
WEIGHT = RNG.random((16, 5, 6))


def as_groups(model: SparseRidge) -> tuple[AnyArray, AnyArray]:
    return (
        (model.weight_, model.bias_) if model.weight_.ndim == 4 else (model.weight_[..., None], model.bias_[..., None])
    )


@quick
@given(registered_pairs(), penalties, channel_modes, priors, st.data())
def test_without_a_choice_it_equals_pixel_ridge(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, data: st.DataObject
) -> None:
    options = {"alpha": alpha, "channels": channels, "prior": prior, "bias_penalty": data.draw(bias_penalties(pairs))}
    sparse, pixel = SparseRidge(selection="own", **options).fit(*pairs), PixelRidge(**options).fit(*pairs)
    np.testing.assert_allclose(sparse.weight_[:, :, 0], pixel.weight_, atol=1e-10)
    np.testing.assert_allclose(sparse.bias_, pixel.bias_, atol=1e-10)
    np.testing.assert_allclose(sparse.predict(pairs[0]), pixel.predict(pairs[0]), atol=1e-6)
    assert sparse.n_parameters_ == pixel.n_parameters_


@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_without_a_choice_auto_takes_the_penalty_of_pixel_ridge(channels: Any, prior: Any) -> None:
    weight = RNG.random(X.shape[:3])
    sparse = SparseRidge(selection="own", channels=channels, prior=prior).fit(X, T, weight)
    pixel = PixelRidge(channels=channels, prior=prior).fit(X, T, weight)
    assert sparse.alpha_ == pixel.alpha_
    np.testing.assert_allclose(sparse.loo_errors_, pixel.loo_errors_, rtol=1e-10)
    np.testing.assert_allclose(sparse.weight_[:, :, 0], pixel.weight_, atol=1e-10)


@quick
@given(registered_pairs(), st.integers(1, 3), penalties, channel_modes, priors, st.data())
def test_with_its_pixels_given_it_equals_the_plain_solve(
    pairs: Pairs, n_pixels: int, alpha: float, channels: Any, prior: Any, data: st.DataObject
) -> None:
    n_pixels, factor = min(n_pixels, pairs[0].shape[1] * pairs[0].shape[2]), data.draw(bias_penalties(pairs))
    model = SparseRidge(n_pixels, alpha=alpha, channels=channels, prior=prior, bias_penalty=factor).fit(*pairs)
    weight, bias = refitted(pairs, model.indices_, alpha, channels, prior, factor)
    found_weight, found_bias = as_groups(model)
    n_groups = found_bias.shape[2]
    np.testing.assert_allclose(found_weight, weight[..., :n_groups], atol=1e-8)
    np.testing.assert_allclose(found_bias, bias[..., :n_groups], atol=1e-8)


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_auto_takes_the_penalty_of_least_error_for_the_pixels_chosen_at_the_papers_penalty(channels: Any) -> None:
    model = SparseRidge(2, channels=channels).fit(X, T)
    assert np.array_equal(model.indices_, SparseRidge(2, alpha=0.4, channels=channels).fit(X, T).indices_)
    at = np.searchsorted(model.alphas_, model.alpha_)
    expected = brute_force_leave_one_out((X, T, None), model.indices_, model.alpha_, channels, "zero")
    assert model.loo_errors_[at] == model.loo_errors_.min() == pytest.approx(expected, rel=1e-9)
    weight, bias = refitted((X, T, None), model.indices_, model.alpha_, channels, "zero")
    np.testing.assert_allclose(as_groups(model)[0], weight, atol=1e-9)
    np.testing.assert_allclose(as_groups(model)[1], bias, atol=1e-9)


@quick
@given(registered_pairs(), st.integers(1, 2), channel_modes)
def test_a_prediction_is_the_weighted_sum_of_the_fields(pairs: Pairs, n_pixels: int, channels: Any) -> None:
    inputs = pairs[0]
    height, width = inputs.shape[1:3]
    model = SparseRidge(min(n_pixels, height * width), alpha=1.0, channels=channels).fit(*pairs)
    predicted = model.predict(inputs)
    assert predicted.shape == inputs.shape
    assert predicted.dtype == (np.float64 if inputs.dtype == np.float64 else np.float32)
    flat = unit(inputs).reshape(len(inputs), height * width, -1)
    weight, bias = as_groups(model)
    expected = bias + (weight * flat[:, model.indices_]).sum(axis=3)
    tolerance = 1e-12 if inputs.dtype == np.float64 else 3e-6
    np.testing.assert_allclose(predicted.reshape(expected.shape), expected, atol=tolerance, rtol=tolerance)


def test_more_pixels_explain_the_pairs_better() -> None:
    scores = [SparseRidge(n, alpha=1e-3).fit(X, T).score(X, T) for n in (1, 2, 3, 5)]
    assert scores == sorted(scores)
    assert scores[1] > -0.004 > scores[0]


@pytest.mark.parametrize(("n_pixels", "count"), [(1, 32_768), (5, 98_304), (9, 163_840)])
def test_a_face_of_the_papers_size_needs_f_plus_one_parameters_per_pixel(n_pixels: int, count: int) -> None:
    maps = {"bias": np.zeros((128, 128)), "alpha": np.array(0.4), "weight": np.zeros((128, 128, n_pixels))}
    maps["indices"] = np.zeros((128, 128, n_pixels), np.int32)
    assert SparseRidge.from_state(maps, {"n_pixels": n_pixels}).n_parameters_ == count


def test_omp_and_lsrf_differ_only_in_their_locality() -> None:
    assert REGRESSORS["omp"] is SparseRidge
    assert REGRESSORS["lsrf"] is LocalSparseRidge
    omp, lsrf = SparseRidge(), LocalSparseRidge()
    assert omp.locality == 0 < lsrf.locality
    assert omp.get_params() | {"locality": lsrf.locality} == lsrf.get_params()
    assert len(set(REGRESSORS.values())) == len(REGRESSORS)
    local = LocalSparseRidge(2, alpha=0.1).fit(X, T)
    assert np.array_equal(local.indices_, SparseRidge(2, "greedy", lsrf.locality, 0.1).fit(X, T).indices_)


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_whole_weights_equal_repeated_pairs(channels: Any) -> None:
    counts = RNG.integers(0, 4, len(X))
    weighted = SparseRidge(2, alpha=0.3, channels=channels).fit(X, T, counts)
    repeated = SparseRidge(2, alpha=0.3, channels=channels).fit(X.repeat(counts, 0), T.repeat(counts, 0))
    assert np.array_equal(weighted.indices_, repeated.indices_)
    np.testing.assert_allclose(weighted.weight_, repeated.weight_, atol=1e-10)


def test_weights_per_pixel_belong_to_the_output_pixel() -> None:
    counts = RNG.integers(0, 4, X.shape[:3])
    model = SparseRidge(2, alpha=0.3).fit(X, T, counts)
    for row, column in [(0, 0), (2, 3), (4, 5)]:
        repeats = counts[:, row, column]
        alone = SparseRidge(2, alpha=0.3).fit(X.repeat(repeats, 0), T.repeat(repeats, 0))
        assert np.array_equal(model.indices_[row, column], alone.indices_[row, column])
        np.testing.assert_allclose(model.weight_[row, column], alone.weight_[row, column], atol=1e-10)
        np.testing.assert_allclose(model.bias_[row, column], alone.bias_[row, column], atol=1e-10)


def test_a_fit_is_the_same_every_time() -> None:
    one, other = (LocalSparseRidge(3).fit(X, T, WEIGHT).state_arrays() for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("images", [np.zeros((3, 4, 4), np.uint8), np.full((3, 4, 4), 255, np.uint8)])
@pytest.mark.parametrize("weight", [None, [0, 0, 0], np.eye(3)[0]])
@pytest.mark.parametrize("alpha", [0.0, "auto"])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_degenerate_data_give_finite_predictions(images: AnyArray, weight: Any, alpha: Any, prior: Any) -> None:
    for model in (SparseRidge(3, alpha=alpha, prior=prior), LocalSparseRidge(alpha=alpha, prior=prior)):
        assert np.isfinite(model.fit(images, images, weight).predict(images)).all()


def test_one_pair_and_no_penalty_give_finite_predictions() -> None:
    for n_pixels in (1, 4):
        model = SparseRidge(n_pixels, alpha=0.0).fit(X[:1], T[:1])
        np.testing.assert_array_less(abs(model.predict(X)), 100)


def test_images_beyond_photos_with_six_channels_and_pixel_weights_are_learnt() -> None:
    x = np.concatenate([X * 8, X[:, :, ::-1] * 8], axis=3).astype(np.float32)
    t = np.clip(np.concatenate([T * 30 - 8, T[:, :, ::-1] * 30 - 8], axis=3), -8, 16).astype(np.float32)
    weight = np.where(np.arange(30).reshape(5, 6) % 5, WEIGHT, 0).astype(np.float32)
    factor = np.where(np.arange(30).reshape(5, 6) % 4, 1e12, 1.0)
    model = LocalSparseRidge(3, prior="identity", bias_penalty=factor).fit(x, t, weight)
    assert model.weight_.shape == (5, 6, 3)
    assert model.score(x, t, weight) > PixelRidge(prior="identity", bias_penalty=factor).fit(x, t, weight).score(
        x, t, weight
    )
    assert model.local_affine(X[0])[1].shape == (5, 6, 3)


def test_local_affine_returns_the_maps_if_every_pixel_observes_itself() -> None:
    own, greedy = SparseRidge(selection="own", alpha=1.0).fit(X, T), SparseRidge(alpha=1.0).fit(X, T)
    weight, bias = own.local_affine(X[0])
    assert weight.shape == bias.shape == (5, 6, 3)
    assert np.array_equal(weight[..., 1], own.weight_[:, :, 0])
    assert np.array_equal(bias[..., 2], own.bias_)
    weight, bias = greedy.local_affine(X[0])
    assert (weight == 1).all()
    np.testing.assert_allclose(X[0] + bias, greedy.predict(X[:1])[0], atol=1e-12)


def test_further_shards_use_the_pixels_chosen_from_the_first() -> None:
    first, whole = SparseRidge(2, alpha=0.2).fit(X[:10], T[:10]), SparseRidge(2, alpha=0.2).fit(X, T)
    chosen = first.indices_.copy()
    first.partial_fit(X[10:], T[10:])
    assert np.array_equal(first.indices_, chosen)
    weight, bias = refitted((X, T, None), chosen, 0.2, "shared", "zero")
    np.testing.assert_allclose(first.weight_[..., None], weight[..., :1], atol=1e-9)
    np.testing.assert_allclose(first.bias_, bias[..., 0], atol=1e-9)
    assert first.n_pairs_ == whole.n_pairs_ == 16


def test_without_a_choice_shards_in_any_order_give_the_fit_of_all_pairs() -> None:
    def new() -> SparseRidge:
        return SparseRidge(selection="own", alpha=0.2, prior="identity")

    whole = new().fit(X, T)
    joined = new().partial_fit(X[9:], T[9:]).merge(new().fit(X[:4], T[:4])).partial_fit(X[4:9], T[4:9])
    np.testing.assert_allclose(joined.weight_, whole.weight_, atol=1e-10)
    np.testing.assert_allclose(joined.bias_, whole.bias_, atol=1e-10)


def test_partial_fit_and_merge_refuse_what_they_cannot_do() -> None:
    with pytest.raises(InputError, match=r"continues with the pixels that fit has chosen.*call fit on the first pairs"):
        LocalSparseRidge(alpha=1.0).partial_fit(X, T)
    with pytest.raises(InputError, match="partial_fit needs a number for alpha; found 'auto'"):
        SparseRidge().partial_fit(X, T)
    fitted = SparseRidge(2, alpha=1.0).fit(X, T)
    with pytest.raises(InputError, match="observe the same pixels"):
        fitted.merge(SparseRidge(2, alpha=1.0).fit(X, X))
    with pytest.raises(InputError, match="fields of 2 pixels; found n_pixels=3"):
        fitted.set_params(n_pixels=3).partial_fit(X, T)
    rebuilt = SparseRidge.from_state(fitted.state_arrays(), {"n_pixels": 2, "alpha": 1.0})
    with pytest.raises(InputError, match="a SparseRidge from stored arrays has no sums to go on with"):
        rebuilt.partial_fit(X, T)
    with pytest.raises(InputError, match="at least 2 pairs; found 1: give alpha a number"):
        SparseRidge().fit(X[:1], T[:1])


@pytest.mark.parametrize("kind", [SparseRidge, LocalSparseRidge])
@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_a_model_rebuilt_from_its_state_predicts_the_same(kind: type[SparseRidge], channels: Any) -> None:
    model = kind(3, channels=channels).fit(X, T)
    rebuilt = kind.from_state(model.state_arrays(), model.get_params())
    assert np.array_equal(rebuilt.predict(X), model.predict(X))
    assert rebuilt.n_parameters_ == model.n_parameters_
    assert pickle.loads(pickle.dumps(model)).score(X, T) == model.score(X, T)  # noqa: S301


STATE: dict[str, AnyArray] = {
    "indices": np.zeros((4, 3, 2), np.int32),
    "weight": np.ones((4, 3, 2)),
    "bias": np.ones((4, 3)),
    "alpha": np.array(0.4),
}


@pytest.mark.parametrize(
    ("change", "params", "message"),
    [
        ({"extra": np.ones(3)}, {}, "stored as the arrays weight, bias, alpha; found alpha, bias, extra, weight"),
        ({"indices": None}, {}, "array indices of SparseRidge must be int32; found NoneType"),
        ({"indices": np.zeros((4, 3, 2))}, {}, "array indices of SparseRidge must be int32; found float64"),
        ({"indices": np.full((4, 3, 2), 12, np.int32)}, {}, "must lie from 0 to 11; found 12 to 12"),
        ({"indices": np.full((4, 3, 2), -1, np.int32)}, {}, "found -1 to -1"),
        ({"indices": np.zeros((4, 3, 1), np.int32)}, {}, r"found \(4, 3, 2\) and \(4, 3, 1\)"),
        ({"weight": np.ones((4, 3, 2, 3))}, {}, r"with shared channels must be \(H, W, F\)"),
        ({"weight": np.ones((4, 3))}, {"channels": "separate"}, r"must be \(H, W, F\) or \(H, W, F, C\)"),
        ({"bias": np.ones((4, 3, 3))}, {}, "must hold that many weights for each bias"),
        ({"bias": np.full((4, 3), np.inf)}, {}, "array bias of SparseRidge must hold finite numbers"),
        ({"alpha": np.array(-1.0)}, {}, "array alpha of SparseRidge must be one number >= 0"),
        ({}, {"n_pixels": 3}, "with n_pixels=3 must hold that many weights"),
        ({}, {"selection": "own"}, "parameters of SparseRidge are not valid: selection='own' observes one pixel"),
        ({}, {"bias_penalty": np.ones((3, 4))}, "parameters of SparseRidge are not valid: bias_penalty"),
    ],
)
def test_an_invalid_state_is_refused_with_the_name_at_fault(
    change: dict[str, Any], params: dict[str, Any], message: str
) -> None:
    SparseRidge.from_state(STATE, {"n_pixels": 2})
    with pytest.raises(ModelError, match=message):
        SparseRidge.from_state(STATE | change, {"n_pixels": 2} | params)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_pixels": 0}, "n_pixels must be a whole number from 1 to 64; found 0"),
        ({"n_pixels": 2.0}, "n_pixels must be a whole number from 1 to 64; found 2.0"),
        ({"n_pixels": True}, "found True"),
        ({"n_pixels": 31}, "a 5 x 6 image has no 31 pixels to choose"),
        ({"selection": "random"}, "selection must be 'greedy' or 'own'; found 'random'"),
        ({"selection": ["own"]}, "selection must be 'greedy' or 'own'; found"),
        ({"selection": "own", "n_pixels": 5}, "selection='own' observes one pixel; found n_pixels=5"),
        ({"locality": -1}, "locality must be a finite number >= 0; found -1"),
        ({"locality": float("nan")}, "found nan"),
        ({"locality": 10**400}, "locality must be a finite number >= 0; found 1000"),
        ({"alpha": -1}, "alpha must be 'auto' or a finite number >= 0; found -1"),
        ({"channels": 3}, "channels must be"),
        ({"prior": 1}, "prior must be"),
        ({"bias_penalty": np.ones((6, 5))}, r"bias_penalty must be .* found shape \(6, 5\)"),
    ],
)
def test_an_invalid_parameter_is_stored_unchanged_and_refused_by_fit(params: dict[str, Any], message: str) -> None:
    model = LocalSparseRidge(**params)
    assert model.get_params() == LocalSparseRidge().get_params() | params
    with pytest.raises(InputError, match=message):
        model.fit(X, T)


def test_an_unfitted_model_and_images_of_another_shape_are_refused() -> None:
    model = LocalSparseRidge(alpha=1.0)
    calls: list[Callable[[], Any]] = [
        lambda: model.predict(X),
        lambda: model.local_affine(X[0]),
        lambda: model.n_parameters_,
        model.state_arrays,
        lambda: model.merge(model),
    ]
    for call in calls:
        with pytest.raises(NotFittedError, match="this LocalSparseRidge is not fitted yet"):
            call()
    with pytest.raises(InputError, match=r"LocalSparseRidge was fitted with shared .*found images of shape \(6, 5\)"):
        model.fit(X, T).predict(np.zeros((2, 6, 5)))


def test_scikit_learn_clones_and_searches() -> None:
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV

    model = LocalSparseRidge(2, locality=3.0, alphas=[0.1, 1.0])
    assert clone(model).get_params() == model.get_params()
    grid = {"locality": [0.0, 3.0], "n_pixels": [1, 2]}
    search = GridSearchCV(SparseRidge(alpha=0.1), grid, cv=3, error_score="raise").fit(X, T, sample_weight=WEIGHT)
    assert search.best_params_["n_pixels"] == 2
    assert search.predict(X).shape == X.shape


def test_a_fit_needs_little_memory_beyond_its_pairs() -> None:
    x, t = RNG.integers(0, 256, (2, 24, 64, 64), np.uint8)
    SparseRidge(2, alpha=1.0).fit(x[:2], t[:2])
    tracemalloc.start()
    SparseRidge(2, alpha=1.0).fit(x, t)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # all correlations together would take 67 MB
