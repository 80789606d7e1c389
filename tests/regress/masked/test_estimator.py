from __future__ import annotations

import pickle
import tracemalloc
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress import MaskedRidge, NotFittedError, PixelRidge
from pixelfes.regress.masked.leave_one_out import masked_leave_one_out_errors
from pixelfes.regress.masked.sums import MaskedSums
from tests.regress.drawn_pairs import (
    Pairs,
    bias_penalties,
    channel_modes,
    factor_at,
    penalties,
    priors,
    quick,
    registered_pairs,
    unit,
)
from tests.regress.errors import errors_under_own_sums
from tests.regress.masked.window_reference import (
    pixel_windows,
    prior_of,
    window_least_squares,
)

windows = st.sampled_from([1, 3, 5])
RNG = np.random.default_rng(0)
X = RNG.random((14, 6, 5, 3))
T = np.clip(0.5 * X + 0.2 * np.roll(X, 1, axis=2) + 0.1 + RNG.normal(0, 0.05, X.shape), 0, 1)


def errors_of(pairs: Pairs, alphas: Any, channels: Any, prior: Any, r: int, bias_penalty: Any = None) -> AnyArray:
    return errors_under_own_sums(
        masked_leave_one_out_errors, partial(MaskedSums.zeros, r), pairs, channels, alphas, prior, bias_penalty
    )


def assert_same_maps(one: MaskedRidge, other: MaskedRidge) -> None:
    np.testing.assert_allclose(one.weight_, other.weight_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(one.bias_, other.bias_, rtol=1e-8, atol=1e-8)
    assert one.n_pairs_ == other.n_pairs_


@quick
@given(registered_pairs(), penalties, channel_modes, priors, windows, st.data())
def test_every_pixel_solves_its_own_least_squares_problem(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, r: int, data: st.DataObject
) -> None:
    bias_penalty = data.draw(bias_penalties(pairs))
    model = MaskedRidge(r, alpha, channels, prior, bias_penalty=bias_penalty).fit(*pairs)
    exist = np.zeros(model.weight_.shape, bool)
    for index, offsets, rows, t, w in pixel_windows(pairs, channels, r):
        bias, *weights = window_least_squares(
            rows.reshape(-1, rows.shape[2]),
            t.ravel(),
            w.ravel(),
            alpha,
            prior_of(offsets, r, prior),
            factor_at(bias_penalty, index),
        )
        np.testing.assert_allclose(model.bias_[index], bias, rtol=1e-7, atol=1e-7)
        for offset, weight in zip(offsets, weights, strict=True):
            np.testing.assert_allclose(model.weight_[*offset, *index], weight, rtol=1e-7, atol=1e-7)
            exist[*offset, *index] = True
    assert (model.weight_[~exist] == 0).all()
    assert model.n_parameters_ == exist.sum() + model.bias_.size


@pytest.mark.parametrize(("alpha", "factor"), [(0.0, 1e300), (1e-17, 1.0), (1e-7, 1e-320), (1e300, 1e300), (0, 1e-320)])
@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("images", [np.zeros((3, 4, 4)), np.full((3, 4, 4), 255, np.uint8), X[:3, :4, :4, 0]])
@pytest.mark.parametrize("weight", [None, [0, 0, 0], [0.3, 0, 0]])
def test_degenerate_data_give_finite_results(
    alpha: float, factor: float, prior: Any, images: AnyArray, weight: Any
) -> None:
    model = MaskedRidge(3, alpha, prior=prior, bias_penalty=factor).fit(images, images, weight)
    assert np.isfinite(model.predict(images)).all()
    assert np.isfinite(errors_of((images, images, np.array(weight or [1, 1, 1])), [alpha], "shared", prior, 3, factor))


def test_one_pair_and_auto_on_constant_pairs_give_finite_predictions() -> None:
    assert np.isfinite(MaskedRidge(alpha=0.0).fit(X[:1], T[:1]).predict(X)).all()
    assert np.isfinite(MaskedRidge().fit(np.ones((3, 4, 4)), np.ones((3, 4, 4))).predict(X[:, :4, :4])).all()


@quick
@given(registered_pairs(), penalties, channel_modes, priors)
def test_a_window_of_one_equals_pixel_ridge(pairs: Pairs, alpha: float, channels: Any, prior: Any) -> None:
    window = MaskedRidge(1, alpha, channels, prior).fit(*pairs)
    pixel = PixelRidge(alpha, channels, prior).fit(*pairs)
    np.testing.assert_allclose(window.weight_[0, 0], pixel.weight_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(window.bias_, pixel.bias_, rtol=1e-9, atol=1e-9)
    assert window.n_parameters_ == pixel.n_parameters_


@quick
@given(registered_pairs(), penalties, channel_modes, priors, windows)
def test_a_prediction_is_the_bias_and_the_weighted_window(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, r: int
) -> None:
    model = MaskedRidge(r, alpha, channels, prior).fit(*pairs)
    predicted = model.predict(pairs[0])
    x = unit(pairs[0])
    expected = np.zeros(x.shape)
    for index, offsets, rows, _, _ in pixel_windows(pairs, channels, r):
        weights = np.array([model.bias_[index], *(model.weight_[*offset, *index] for offset in offsets)])
        expected[:, *index] += (rows @ weights).reshape(expected[:, *index].shape)
    tolerance = 1e-12 if x.dtype == np.float64 and pairs[0].dtype != np.uint8 else 1e-5
    assert predicted.shape == x.shape
    np.testing.assert_allclose(predicted, expected, atol=tolerance, rtol=tolerance)


@quick
@given(registered_pairs(min_pairs=2), penalties, channel_modes, priors, windows, st.data())
def test_any_split_into_shards_gives_the_fit_of_all_pairs(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, r: int, data: st.DataObject
) -> None:
    inputs, targets, weight = pairs
    order = data.draw(st.permutations(range(len(inputs))))
    cut = data.draw(st.integers(1, len(inputs) - 1))
    first, second = (
        (inputs[part], targets[part], None if weight is None else weight[part]) for part in (order[:cut], order[cut:])
    )

    def new() -> MaskedRidge:
        return MaskedRidge(r, alpha, channels, prior)

    whole = new().fit(inputs, targets, weight)
    assert_same_maps(new().partial_fit(*first).partial_fit(*second), whole)
    assert_same_maps(new().fit(*second).merge(new().fit(*first)), whole)


def test_a_face_of_the_papers_size_needs_162308_parameters() -> None:
    faces = np.zeros((2, 128, 128, 3), np.uint8)
    assert MaskedRidge(alpha=0.4).fit(faces, faces).n_parameters_ == 162_308


def test_a_fit_needs_no_memory_for_windows_of_all_pairs() -> None:
    images = RNG.integers(0, 256, (1000, 32, 32), dtype=np.uint8)
    tracemalloc.start()
    MaskedRidge(alpha=0.4).fit(images, images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.size * 8


@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_auto_takes_the_penalty_of_least_leave_one_out_error(channels: Any, prior: Any) -> None:
    model = MaskedRidge(3, "auto", channels, prior).fit(X, T)
    errors = errors_of((X, T, None), model.alphas_, channels, prior, 3)
    np.testing.assert_allclose(model.loo_errors_, errors, rtol=1e-9)
    assert model.alpha_ == model.alphas_[errors.argmin()]
    assert_same_maps(model, MaskedRidge(3, model.alpha_, channels, prior).fit(X, T))


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_errors_of_shards_add_up_to_those_of_all_pairs(channels: Any) -> None:
    weight = np.random.default_rng(8).random((14, 6, 5))
    model = MaskedRidge(3, 1.0, channels, "identity").fit(X, T, weight)
    parts = [slice(0, 1), slice(1, 9), slice(9, None)]
    errors = [model.leave_one_out_errors(X[p], T[p], weight[p], [0.0, 0.1, 10.0]) for p in parts]
    expected = errors_of((X, T, weight), [0.0, 0.1, 10.0], channels, "identity", 3)
    np.testing.assert_allclose(sum(errors), expected, rtol=1e-8)


def test_local_affine_serves_three_channels_after_a_fit_with_six() -> None:
    inputs, targets = (np.concatenate([a, a[:, :, ::-1]], axis=3).astype(np.float32) for a in (X, T))
    model = MaskedRidge().fit(inputs, targets, RNG.random((14, 6, 5)).astype(np.float32))
    weight, bias = model.local_affine(X[0])
    assert weight.shape == bias.shape == (6, 5, 3)
    np.testing.assert_allclose(weight * X[0] + bias, model.predict(X[:1])[0], atol=1e-12)
    np.testing.assert_allclose(weight[..., 0], model.weight_.sum(axis=(0, 1)))


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_a_rebuilt_model_predicts_the_same_and_cannot_learn_more(channels: Any) -> None:
    model = MaskedRidge(3, 0.4, channels).fit(X, T)
    rebuilt = MaskedRidge.from_state(model.state_arrays(), model.get_params())
    assert np.array_equal(rebuilt.predict(X), model.predict(X))
    assert rebuilt.n_parameters_ == model.n_parameters_
    with pytest.raises(InputError, match="a MaskedRidge from stored arrays has no sums"):
        rebuilt.partial_fit(X, T)


MAPS = {"weight": np.ones((3, 3, 4, 5)), "bias": np.ones((4, 5)), "alpha": np.array(0.4)}


@pytest.mark.parametrize(
    ("arrays", "params", "message"),
    [
        ({"bias": MAPS["bias"]}, {}, "stored as the arrays weight, bias, alpha; found bias"),
        (MAPS, {"r": 5}, r"array weight 5 x 5 of that; found \(4, 5\) and \(3, 3, 4, 5\)"),
        ({**MAPS, "bias": np.ones((4, 5, 3))}, {}, r"must be \(H, W\)"),
        ({**MAPS, "alpha": np.ones(2)}, {}, "array alpha of MaskedRidge must be one number"),
        (MAPS, {"r": 2}, "not valid: r must be an odd whole number from 1 to 15; found 2"),
        (MAPS, {"bias_penalty": np.ones((3, 4))}, r"not valid: .* found shape \(3, 4\)"),
    ],
)
def test_an_invalid_state_is_refused_with_the_name_at_fault(
    arrays: dict[str, Any], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        MaskedRidge.from_state(arrays, params)


@pytest.mark.parametrize("r", [0, 2, -1, 17, 3.0, True, "3", None])
def test_an_invalid_window_is_refused(r: Any) -> None:
    with pytest.raises(InputError, match="r must be an odd whole number from 1 to 15; found"):
        MaskedRidge(r).fit(X, T)


def test_incompatible_models_do_not_merge() -> None:
    model = MaskedRidge(3, 1.0).fit(X, T)
    with pytest.raises(InputError, match=r"found 3 x 3 on \(6, 5\) and 5 x 5 on \(6, 5\)"):
        model.merge(MaskedRidge(5, 1.0).fit(X, T))
    with pytest.raises(InputError, match="models of one class; found MaskedRidge and PixelRidge"):
        model.merge(PixelRidge(1.0).fit(X, T))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="learnt on 3 x 3 windows cannot go on with r=5"):
        model.set_params(r=5).partial_fit(X, T)
    assert_same_maps(model, MaskedRidge(3, 1.0).fit(X, T))
    with pytest.raises(InputError, match="found images of shape"):
        model.predict(X[:, :4])
    with pytest.raises(NotFittedError):
        MaskedRidge().predict(X)


def test_it_works_with_scikit_learn_and_pickle() -> None:
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(MaskedRidge(), {"alpha": [0.1, 1.0], "r": [1, 3]}, cv=3, error_score="raise").fit(X, T)
    assert search.best_params_["r"] == 3
    model = clone(MaskedRidge(5, 0.7)).fit(X[:5], T[:5])
    learnt_on = pickle.loads(pickle.dumps(model)).partial_fit(X[5:], T[5:])  # noqa: S301
    assert_same_maps(learnt_on, MaskedRidge(5, 0.7).fit(X, T))
