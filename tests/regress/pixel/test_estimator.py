from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError, PixelfesError
from pixelfes.regress import NotFittedError, PixelRidge
from pixelfes.regress.pixel.leave_one_out import pixel_leave_one_out_errors
from pixelfes.regress.pixel.sums import PixelSums
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
from tests.regress.errors import errors_under_own_sums

RNG = np.random.default_rng(0)
X = RNG.random((12, 6, 5, 3))
T = np.clip(0.6 * X + 0.2 + RNG.normal(0, 0.05, X.shape), 0, 1)


def assert_same_maps(one: PixelRidge, other: PixelRidge) -> None:
    np.testing.assert_allclose(one.weight_, other.weight_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.bias_, other.bias_, rtol=1e-9, atol=1e-9)
    assert one.n_pairs_ == other.n_pairs_


@quick
@given(registered_pairs(min_pairs=2), penalties, channel_modes, priors, st.data())
def test_any_split_into_shards_gives_the_fit_of_all_pairs(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, data: st.DataObject
) -> None:
    inputs, targets, weight = pairs
    order = data.draw(st.permutations(range(len(inputs))))
    cut = data.draw(st.integers(1, len(inputs) - 1))
    first, second = (
        (inputs[part], targets[part], None if weight is None else weight[part]) for part in (order[:cut], order[cut:])
    )

    bias_penalty = data.draw(bias_penalties(pairs))

    def new() -> PixelRidge:
        return PixelRidge(alpha, channels, prior, bias_penalty=bias_penalty)

    whole = new().fit(inputs, targets, weight)
    assert_same_maps(new().partial_fit(*first).partial_fit(*second), whole)
    assert_same_maps(new().fit(*second).partial_fit(*first), whole)
    assert_same_maps(new().fit(*second).merge(new().fit(*first)), whole)


@quick
@given(registered_pairs(), penalties, channel_modes, priors)
def test_whole_weights_equal_repeated_pairs(pairs: Pairs, alpha: float, channels: Any, prior: Any) -> None:
    inputs, targets, _ = pairs
    counts = np.arange(len(inputs)) + 1
    weighted = PixelRidge(alpha, channels, prior).fit(inputs, targets, counts)
    repeated = PixelRidge(alpha, channels, prior).fit(inputs.repeat(counts, axis=0), targets.repeat(counts, axis=0))
    np.testing.assert_allclose(weighted.weight_, repeated.weight_, atol=1e-9)
    np.testing.assert_allclose(weighted.bias_, repeated.bias_, atol=1e-9)


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_weights_per_pixel_equal_repeated_samples_of_that_pixel(channels: Any) -> None:
    counts = np.random.default_rng(1).integers(0, 4, (12, 6, 5))
    counts[:, 0, 0] = 0
    model = PixelRidge(0.4, channels, "identity").fit(X, T, counts)
    for row, column in np.ndindex(6, 5):
        repeats = counts[:, row, column]
        if not repeats.any():
            assert (model.weight_[row, column] == 1).all()
            continue
        cell = (slice(None), slice(row, row + 1), slice(column, column + 1))
        alone = PixelRidge(0.4, channels, "identity").fit(X[cell].repeat(repeats, 0), T[cell].repeat(repeats, 0))
        np.testing.assert_allclose(model.weight_[row, column], alone.weight_[0, 0], atol=1e-10)
        np.testing.assert_allclose(model.bias_[row, column], alone.bias_[0, 0], atol=1e-10)


@quick
@given(registered_pairs(), penalties, channel_modes, priors)
def test_a_prediction_is_weight_times_input_plus_bias(pairs: Pairs, alpha: float, channels: Any, prior: Any) -> None:
    inputs, targets, _ = pairs
    model = PixelRidge(alpha, channels, prior).fit(inputs, targets)
    weight, bias = (m if m.ndim == inputs.ndim - 1 else m[..., None] for m in (model.weight_, model.bias_))
    predicted = model.predict(inputs)
    assert predicted.shape == inputs.shape
    tolerance = 1e-12 if inputs.dtype == np.float64 else 2e-6
    np.testing.assert_allclose(predicted, weight * unit(inputs) + bias, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize(
    ("given_dtype", "found"),
    [(np.uint8, np.float32), (np.float16, np.float32), (np.float32, np.float32), (np.float64, np.float64)],
)
def test_only_double_precision_predicts_double_precision(given_dtype: type, found: type) -> None:
    predicted = PixelRidge(1.0).fit(X, T).predict(np.ones((2, 6, 5, 3), given_dtype))
    assert predicted.dtype == found


def test_predictions_are_not_clipped() -> None:
    dark, bright = np.linspace(0, 0.5, 20).reshape(20, 1, 1), np.linspace(0, 1, 20).reshape(20, 1, 1)
    assert PixelRidge(1e-6).fit(dark, bright).predict(np.ones((1, 1, 1))).max() == pytest.approx(2.0, abs=1e-3)


def test_predict_does_not_change_its_input() -> None:
    images = X.copy()
    PixelRidge(1.0).fit(X, T).predict(images)
    assert np.array_equal(images, X)


def test_a_face_of_the_papers_size_needs_32768_parameters() -> None:
    faces = np.zeros((2, 128, 128, 3), np.uint8)
    assert PixelRidge(0.4).fit(faces, faces).n_parameters_ == 32_768
    assert PixelRidge(0.4, channels="separate").fit(faces, faces).n_parameters_ == 3 * 32_768


def test_shared_maps_serve_grey_and_colour_images() -> None:
    model = PixelRidge(0.4).fit(X, T)
    assert model.weight_.shape == (6, 5)
    np.testing.assert_allclose(model.predict(X)[..., 1], model.predict(X[..., 1]), atol=1e-12)


def test_separate_maps_are_those_of_each_channel_alone() -> None:
    model = PixelRidge(0.4, channels="separate").fit(X, T)
    for c in range(3):
        alone = PixelRidge(0.4).fit(X[..., c], T[..., c])
        np.testing.assert_allclose(model.weight_[..., c], alone.weight_, rtol=1e-12)
        np.testing.assert_allclose(model.bias_[..., c], alone.bias_, rtol=1e-12)


@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("factor", [None, 5.0, np.linspace(0.1, 10, 30).reshape(6, 5)])
def test_auto_takes_the_penalty_of_least_leave_one_out_error(channels: Any, prior: Any, factor: Any) -> None:
    model = PixelRidge("auto", channels, prior, bias_penalty=factor).fit(X, T)
    pairs = (X, T, None)
    new_sums, options = PixelSums.zeros, (model.alphas_, prior, factor)
    errors = errors_under_own_sums(pixel_leave_one_out_errors, new_sums, pairs, channels, *options)
    np.testing.assert_allclose(model.loo_errors_, errors, rtol=1e-12)
    assert model.alpha_ == model.alphas_[errors.argmin()]
    assert 0 < errors.argmin() < len(errors) - 1
    assert_same_maps(model, PixelRidge(model.alpha_, channels, prior, bias_penalty=factor).fit(X, T))


def test_auto_uses_the_given_grid_and_warns_at_its_end() -> None:
    with pytest.warns(UserWarning, match="at the end of the grid 100 to 1000"):
        model = PixelRidge(alphas=[100.0, 1000.0]).fit(X, T)
    assert model.alpha_ == 100.0
    assert model.loo_errors_.shape == (2,)


def test_the_warning_about_a_grid_names_the_line_that_called_fit() -> None:
    with pytest.warns(UserWarning, match="at the end of the grid") as caught:
        PixelRidge(alphas=[100.0, 1000.0]).fit(X, T)
    assert caught[0].filename == __file__


def test_a_penalty_cannot_be_chosen_from_one_pair() -> None:
    with pytest.raises(InputError, match="at least 2 pairs; found 1: give alpha a number"):
        PixelRidge(1.0).fit(X[:1], T[:1]).choose_alpha(lambda alphas: alphas)


def test_a_fit_replaces_the_previous_one() -> None:
    model = PixelRidge().fit(X, T)
    model.set_params(alpha=2.0).fit(X[:5], T[:5])
    assert not hasattr(model, "loo_errors_")
    assert_same_maps(model, PixelRidge(2.0).fit(X[:5], T[:5]))


def test_partial_fit_with_a_number_drops_the_errors_of_auto() -> None:
    model = PixelRidge().fit(X[:5], T[:5]).set_params(alpha=2.0).partial_fit(X[5:], T[5:])
    assert not hasattr(model, "loo_errors_")
    assert_same_maps(model, PixelRidge(2.0).fit(X, T))


def test_a_failed_fit_keeps_the_previous_one() -> None:
    model = PixelRidge(1.0).fit(X, T)
    before = pickle.dumps(model.state_arrays())
    for learn in (model.fit, model.partial_fit):
        with pytest.raises(InputError):
            learn(X, T * 255)
    assert pickle.dumps(model.state_arrays()) == before
    assert model.n_pairs_ == 12


def test_a_bias_penalty_of_the_wrong_shape_is_refused_and_changes_nothing() -> None:
    other = PixelRidge(1.0).fit(X, T)
    model = PixelRidge(1.0).fit(X, T).set_params(bias_penalty=np.ones((5, 6)))
    calls: list[Callable[[], Any]] = [
        lambda: model.fit(X, T),
        lambda: model.partial_fit(X, T),
        lambda: model.merge(other),
    ]
    for learn in calls:
        with pytest.raises(InputError, match=r"shape \(6, 5\), the maps'; found shape \(5, 6\)"):
            learn()
    twice = PixelRidge(1.0).fit(X.repeat(2, axis=0), T.repeat(2, axis=0))
    assert_same_maps(model.set_params(bias_penalty=None).partial_fit(X, T), twice)


def test_merging_does_not_change_the_other_model() -> None:
    one, other = PixelRidge(1.0).fit(X[:5], T[:5]), PixelRidge(1.0).fit(X[5:], T[5:])
    one.merge(other).partial_fit(X, T)
    assert_same_maps(other, PixelRidge(1.0).fit(X[5:], T[5:]))
    assert other.sums_.n[0, 0] == 21


def test_a_merged_model_keeps_its_own_bias_penalty() -> None:
    factor = np.where(np.eye(6, 5) > 0, 100.0, 0.1)
    one, other = (
        PixelRidge(1.0, bias_penalty=factor).fit(X[:5], T[:5]),
        PixelRidge(1.0, bias_penalty=3).fit(X[5:], T[5:]),
    )
    assert_same_maps(one.merge(other), PixelRidge(1.0, bias_penalty=factor).fit(X, T))


@pytest.mark.parametrize("images", [np.zeros((3, 4, 4), np.uint8), np.full((3, 4, 4), 255, np.uint8)])
@pytest.mark.parametrize("weight", [None, [0, 0, 0]])
@pytest.mark.parametrize("alpha", [0.0, "auto"])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_degenerate_data_give_finite_predictions(images: AnyArray, weight: Any, alpha: Any, prior: Any) -> None:
    model = PixelRidge(alpha, prior=prior).fit(images, images, weight)
    assert np.isfinite(model.predict(images)).all()


def test_local_affine_returns_the_maps_in_the_shape_of_the_texture() -> None:
    shared, separate = PixelRidge(1.0).fit(X, T), PixelRidge(1.0, "separate").fit(X, T)
    weight, bias = shared.local_affine(X[0])
    assert weight.shape == bias.shape == (6, 5, 3)
    assert all(np.array_equal(weight[..., c], shared.weight_) for c in range(3))
    assert all(np.array_equal(bias[..., c], shared.bias_) for c in range(3))
    assert np.array_equal(separate.local_affine(X[0])[0], separate.weight_)
    assert not weight.flags.writeable


def test_a_pickled_model_can_learn_more() -> None:
    model = pickle.loads(pickle.dumps(PixelRidge(1.0).fit(X[:5], T[:5])))  # noqa: S301
    assert_same_maps(model.partial_fit(X[5:], T[5:]), PixelRidge(1.0).fit(X, T))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"alpha": "automatic"}, "alpha must be 'auto' or a finite number >= 0; found 'automatic'"),
        ({"alpha": -0.1}, "found -0.1"),
        ({"alpha": float("nan")}, "found nan"),
        ({"alpha": float("inf")}, "found inf"),
        ({"alpha": True}, "found True"),
        ({"alpha": None}, "found None"),
        ({"channels": 3}, "channels must be 'shared' or 'separate'; found 3"),
        ({"prior": "none"}, "prior must be 'zero' or 'identity'; found 'none'"),
        ({"alphas": [1.0, -1.0]}, "alphas must be finite numbers >= 0"),
        ({"alpha": 10**400}, "alpha must be 'auto' or a finite number >= 0; found 1000"),
        ({"bias_penalty": 0.0}, "bias_penalty must be None, or finite numbers > 0: .* found values from 0 to 0"),
        ({"bias_penalty": np.ones((5, 6))}, r"bias_penalty must be .* found shape \(5, 6\)"),
    ],
)
def test_an_invalid_parameter_is_stored_unchanged_and_refused_by_fit(params: dict[str, Any], message: str) -> None:
    model = PixelRidge(**params)
    with pytest.raises(InputError, match=message):
        model.fit(X, T)


def test_partial_fit_and_merge_refuse_auto() -> None:
    fitted = PixelRidge().fit(X, T)
    with pytest.raises(InputError, match=r"partial_fit needs a number for alpha; found 'auto'.* use fit"):
        PixelRidge().partial_fit(X, T)
    with pytest.raises(InputError, match="merge needs a number for alpha"):
        fitted.merge(fitted)
    with pytest.raises(InputError, match="at least 2 pairs; found 1: give alpha a number"):
        PixelRidge().fit(X[:1], T[:1])


def test_incompatible_models_do_not_merge() -> None:
    model = PixelRidge(1.0).fit(X, T)
    with pytest.raises(InputError, match="same channels; found 'shared' and 'separate'"):
        model.merge(PixelRidge(1.0, "separate").fit(X[..., 0], T[..., 0]))
    with pytest.raises(InputError, match=r"found \(6, 5\) and \(3, 5\)"):
        model.merge(PixelRidge(1.0).fit(X[:, :3], T[:, :3]))
    with pytest.raises(InputError, match=r"maps of shape \(6, 5\); found \(3, 5, 3\) images"):
        model.partial_fit(X[:, :3], T[:, :3])
    assert_same_maps(model, PixelRidge(1.0).fit(X, T))


@pytest.mark.parametrize(("channels", "shape"), [("shared", (2, 5, 6)), ("separate", (2, 6, 5)), ("shared", (2, 6, 4))])
def test_predict_refuses_images_of_another_shape(channels: Any, shape: tuple[int, ...]) -> None:
    model = PixelRidge(1.0, channels).fit(X, T)
    with pytest.raises(InputError, match=rf"fitted with {channels} channels .*found images of shape"):
        model.predict(np.zeros(shape))


def test_an_unfitted_model_refuses_everything_a_fit_provides() -> None:
    model = PixelRidge(1.0)
    calls: list[Callable[[], Any]] = [
        lambda: model.predict(X),
        lambda: model.score(X, T),
        lambda: model.local_affine(X[0]),
        lambda: model.n_parameters_,
        model.state_arrays,
        lambda: model.merge(model),
    ]
    for call in calls:
        with pytest.raises(NotFittedError, match="this PixelRidge is not fitted yet"):
            call()
    assert issubclass(NotFittedError, (PixelfesError, ValueError))
    assert issubclass(NotFittedError, AttributeError)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("params", [{}, {"alpha": 0.5, "channels": "separate", "prior": "identity"}])
def test_a_model_rebuilt_from_its_state_predicts_the_same(params: dict[str, Any], dtype: Any) -> None:
    model = PixelRidge(**params).fit(X, T)
    arrays = {name: array.astype(dtype) for name, array in model.state_arrays().items()}
    rebuilt = PixelRidge.from_state(arrays, model.get_params())
    np.testing.assert_allclose(rebuilt.predict(X), model.predict(X), rtol=10 * float(np.finfo(dtype).eps))
    assert rebuilt.get_params() == model.get_params()
    assert rebuilt.n_parameters_ == model.n_parameters_
    assert rebuilt.alpha_ == pytest.approx(model.alpha_)


@pytest.mark.parametrize("stored", [{}, {"bias_penalty": None}, {"bias_penalty": 30}])
def test_predictions_do_not_need_the_bias_penalty(stored: dict[str, Any]) -> None:
    model = PixelRidge(0.4, bias_penalty=RNG.uniform(1, 100, (6, 5))).fit(X, T)
    rebuilt = PixelRidge.from_state(model.state_arrays(), {"alpha": 0.4, **stored})
    assert np.array_equal(rebuilt.predict(X), model.predict(X))


MAPS = {"weight": np.ones((4, 4)), "bias": np.ones((4, 4)), "alpha": np.array(0.4)}


@pytest.mark.parametrize(
    ("arrays", "params", "message"),
    [
        ({"weight": MAPS["weight"]}, {}, "stored as the arrays weight, bias, alpha; found weight"),
        ({**MAPS, "extra": MAPS["bias"]}, {}, "found alpha, bias, extra, weight"),
        ({**MAPS, "bias": np.ones((4, 5))}, {}, r"must both be \(H, W\); found \(4, 4\) and \(4, 5\)"),
        ({**MAPS, "weight": np.ones((4, 4, 3)), "bias": np.ones((4, 4, 3))}, {}, r"found \(4, 4, 3\)"),
        ({**MAPS, "weight": np.ones(4), "bias": np.ones(4)}, {"channels": "separate"}, r"must both be \(H, W, C\)"),
        ({**MAPS, "weight": np.ones((4, 4), int)}, {}, "array weight .* float64; found int64"),
        ({**MAPS, "bias": [[1.0]]}, {}, "array bias .* found list"),
        ({**MAPS, "bias": np.full((4, 4), np.nan)}, {}, "array bias .* finite"),
        ({**MAPS, "weight": np.ones((0, 4))}, {}, r"array weight .* found shape \(0, 4\)"),
        ({**MAPS, "alpha": np.array(-1.0)}, {}, "array alpha .* one number >= 0"),
        ({**MAPS, "alpha": np.ones(2)}, {}, "array alpha .* one number >= 0"),
        (MAPS, {"gamma": 1}, "PixelRidge has no parameter gamma; it has alpha, alphas, bias_penalty, channels, prior"),
        (
            MAPS,
            {"bias_penalty": [[2.0] * 4] * 4},
            r"parameters of PixelRidge are not valid: bias_penalty .* found \[\[",
        ),
        (MAPS, {"bias_penalty": 0}, "parameters of PixelRidge are not valid: bias_penalty .* found values from 0"),
        (MAPS, {"bias_penalty": np.ones((3, 4))}, r"parameters of PixelRidge are not valid: .* found shape \(3, 4\)"),
        (MAPS, {"alpha": 10**400}, "parameters of PixelRidge are not valid: alpha must be .* found 1000"),
        (MAPS, {"prior": "one"}, "parameters of PixelRidge are not valid: prior must be"),
    ],
)
def test_an_invalid_state_is_refused_with_the_name_at_fault(
    arrays: dict[str, Any], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        PixelRidge.from_state(arrays, params)


def test_a_rebuilt_model_refuses_to_learn_more() -> None:
    rebuilt = PixelRidge.from_state(MAPS, {"alpha": 0.4})
    with pytest.raises(InputError, match="no sums to go on with"):
        rebuilt.partial_fit(X[:, :4, :4], T[:, :4, :4])
