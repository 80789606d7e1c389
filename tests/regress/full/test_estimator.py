from __future__ import annotations

import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress import NotFittedError, Ridge
from pixelfes.regress.full import sums as full_sums
from pixelfes.regress.full.leave_one_out import full_leave_one_out_errors
from pixelfes.regress.full.sums import FullSums, GramMatrices, Samples
from tests.regress.drawn_pairs import Pairs, channel_modes, penalties, priors, quick, registered_pairs, unit
from tests.regress.errors import errors_under_own_sums
from tests.regress.full.matrix_reference import plain_ridge, samples_of

RNG = np.random.default_rng(0)
FEW = (RNG.random((6, 6, 5, 3)), RNG.random((6, 6, 5, 3)))
MANY = (RNG.random((30, 3, 2, 3)), RNG.random((30, 3, 2, 3)))


def errors_of(pairs: Pairs, alphas: list[float], channels: Any, prior: Any) -> AnyArray:
    return errors_under_own_sums(full_leave_one_out_errors, FullSums, pairs, channels, alphas, prior)


def assert_same_function(one: Ridge, other: Ridge, tolerance: float = 1e-8) -> None:
    for a, b in zip(one.dense_weights(np.float64), other.dense_weights(np.float64), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    assert one.n_pairs_ == other.n_pairs_


@quick
@given(registered_pairs(), penalties, channel_modes, priors)
def test_the_matrix_solves_the_normal_equations_of_every_pixel(
    pairs: Pairs, alpha: float, channels: Any, prior: Any
) -> None:
    model = Ridge(alpha, channels, prior).fit(*pairs)
    weight, bias = model.dense_weights(np.float64)
    pixels = weight.shape[0]
    groups = samples_of(pairs, channels)
    for c, (rows, t, w) in enumerate(groups):
        expected = plain_ridge(rows, t, w, alpha, prior)
        np.testing.assert_allclose(weight.reshape(pixels, pixels, -1)[..., c], expected[:-1], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(bias.reshape(pixels, -1)[:, c], expected[-1], rtol=1e-8, atol=1e-9)
    assert model.n_parameters_ == len(groups) * pixels * (pixels + 1)


@quick
@given(registered_pairs(), penalties, channel_modes, priors)
def test_a_prediction_equals_that_of_the_dense_matrix(pairs: Pairs, alpha: float, channels: Any, prior: Any) -> None:
    model = Ridge(alpha, channels, prior).fit(*pairs)
    weight, bias = model.dense_weights(np.float64)
    x = unit(pairs[0])
    flat = x.reshape(len(x), weight.shape[0], -1)
    by_channel = weight.reshape(weight.shape[0], weight.shape[0], -1)
    expected = np.einsum("nic,ijc->njc", flat, np.broadcast_to(by_channel, (*by_channel.shape[:2], flat.shape[2])))
    expected += bias.reshape(1, weight.shape[0], -1)
    predicted = model.predict(pairs[0])
    assert predicted.shape == x.shape
    tolerance = 1e-9 if pairs[0].dtype == np.float64 else 1e-5
    np.testing.assert_allclose(predicted, expected.reshape(x.shape), atol=tolerance, rtol=tolerance)


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

    def new() -> Ridge:
        return Ridge(alpha, channels, prior)

    whole = new().fit(inputs, targets, weight)
    assert_same_function(new().partial_fit(*first).partial_fit(*second), whole)
    assert_same_function(new().fit(*second).merge(new().fit(*first)), whole)


@pytest.mark.parametrize("parts", [(3, 40), (40, 3), (30, 30), (3, 4)])
def test_few_and_many_samples_merge(parts: tuple[int, int]) -> None:
    images = RNG.random((2, sum(parts), 4, 4))
    first, second = (Ridge(0.1).fit(*images[:, part]) for part in (slice(parts[0]), slice(parts[0], None)))
    kept = pickle.dumps(second.state_arrays())
    merged = first.merge(second)
    assert_same_function(merged, Ridge(0.1).fit(*images))
    assert isinstance(merged.sums_.statistics, GramMatrices if sum(parts) >= 16 else Samples)
    assert pickle.dumps(second.state_arrays()) == kept


def test_bytes_are_kept_as_they_are_and_mixed_with_others_without_loss() -> None:
    levels = RNG.integers(0, 256, (2, 9, 5, 4), dtype=np.uint8)
    exact = Ridge(1e-4).fit(*levels / 255.0)
    of_bytes = Ridge(1e-4).fit(*levels)
    assert isinstance(of_bytes.sums_.statistics, Samples)
    assert of_bytes.sums_.statistics.inputs.dtype == np.uint8
    assert_same_function(of_bytes, exact, 1e-9)
    assert_same_function(Ridge(1e-4).fit(*levels[:, :4]).merge(Ridge(1e-4).fit(*levels[:, 4:] / 255.0)), exact, 1e-9)


@pytest.mark.parametrize("pairs", [FEW, MANY])
@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_errors_of_shards_add_up_to_those_of_all_pairs(pairs: Any, channels: Any) -> None:
    X, T = pairs[0].astype(np.float32), (255 * pairs[1]).astype(np.uint8)
    X[1] = X[2]  # the same photo with two targets
    weight = RNG.random(len(X))
    model = Ridge(0.1, channels).fit(X, T, weight)
    shards = [[4], [1, 3], [2, 0], list(range(5, len(X)))]
    errors = [model.leave_one_out_errors(X[s], T[s], weight[s], [0.1, 10.0]) for s in shards]
    np.testing.assert_allclose(sum(errors), errors_of((X, T, weight), [0.1, 10.0], channels, "zero"), rtol=1e-9)


def test_pixel_weights_count_as_their_mean() -> None:
    weight = RNG.random((6, 6, 5))
    assert_same_function(Ridge(0.1).fit(*FEW, weight), Ridge(0.1).fit(*FEW, weight.mean(axis=(1, 2))))


@quick
@given(registered_pairs(), st.sampled_from([0.0, 1e-300, 1e-15, 1e300]), channel_modes, priors)
def test_every_penalty_gives_finite_predictions(pairs: Pairs, alpha: float, channels: Any, prior: Any) -> None:
    model = Ridge(alpha, channels, prior).fit(*pairs)
    assert np.isfinite(model.predict(pairs[0])).all()
    if len(pairs[0]) > 1:
        assert np.isfinite(errors_of(pairs, [alpha], channels, prior)).all()


def test_without_a_penalty_few_pairs_are_reproduced() -> None:
    np.testing.assert_allclose(Ridge(0.0).fit(*FEW).predict(FEW[0]), FEW[1], atol=1e-6)


@pytest.mark.parametrize("images", [np.zeros((3, 4, 4)), np.ones((20, 2, 2)), np.full((2, 3, 3), 255, np.uint8)])
@pytest.mark.parametrize("weight", [0.0, 1.0])
@pytest.mark.parametrize("alpha", [0.0, "auto"])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_degenerate_data_give_finite_predictions(images: AnyArray, weight: float, alpha: Any, prior: Any) -> None:
    model = Ridge(alpha, prior=prior).fit(images, images, np.full(len(images), weight))
    assert np.isfinite(model.predict(images)).all()


def test_a_face_of_the_papers_size_is_fitted_without_its_matrix() -> None:
    faces = RNG.random((4, 128, 128), dtype=np.float32)
    tracemalloc.start()
    model = Ridge(0.4).fit(faces, faces)
    model.predict(faces)
    Ridge().fit(faces, faces)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.n_parameters_ == 16384 * 16385
    assert peak < 20e6


@pytest.mark.parametrize("pairs", [FEW, MANY])
@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_auto_takes_the_penalty_of_least_leave_one_out_error(pairs: Any, channels: Any) -> None:
    model = Ridge("auto", channels, "identity").fit(*pairs)
    errors = errors_of((*pairs, None), list(model.alphas_), channels, "identity")
    np.testing.assert_allclose(model.loo_errors_, errors, rtol=1e-9)
    assert model.alpha_ == model.alphas_[errors.argmin()]


def test_local_affine_serves_three_channels_after_a_fit_with_six() -> None:
    inputs, targets = (np.concatenate([a, a[:, :, ::-1]], axis=3).astype(np.float32) for a in FEW)
    model = Ridge().fit(inputs, targets, RNG.random((6, 6, 5)).astype(np.float32))
    weight, bias = model.local_affine(FEW[0][0])
    assert weight.shape == bias.shape == (6, 5, 3)
    np.testing.assert_allclose(weight * FEW[0][0] + bias, model.predict(FEW[0][:1])[0], atol=1e-12)


def test_statistics_beyond_the_allowed_memory_are_refused_and_nothing_is_learnt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = RNG.random((20, 4, 4))
    model = Ridge(0.1).fit(images[:8], images[:8])
    monkeypatch.setattr(full_sums, "_MOST_BYTES", 4000)
    with pytest.raises(InputError, match=r"all 16 pixels, of 20 samples or more, needs 4.18e-06 GiB"):
        model.partial_fit(images[8:], images[8:])
    with pytest.raises(InputError, match="take smaller images, or MaskedRidge"):
        Ridge(0.1).fit(images[:15], images[:15]).merge(model)
    assert len(model.sums_.statistics.weight) == 8  # type: ignore[union-attr]


@pytest.mark.parametrize("pairs", [FEW, MANY])
@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_a_rebuilt_model_predicts_the_same_and_cannot_learn_more(pairs: Any, channels: Any, prior: Any) -> None:
    model = Ridge(0.4, channels, prior).fit(*pairs)
    rebuilt = Ridge.from_state(model.state_arrays(), model.get_params())
    np.testing.assert_allclose(rebuilt.predict(pairs[0]), model.predict(pairs[0]), rtol=1e-12)
    assert rebuilt.n_parameters_ == model.n_parameters_
    with pytest.raises(InputError, match="a Ridge from stored arrays has no sums"):
        rebuilt.partial_fit(*pairs)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float16, 4e-3), (np.float32, 1e-6)])
@pytest.mark.parametrize("alpha", [1e-3, 0.4, 100.0])
@pytest.mark.parametrize("prior", ["zero", "identity"])
def test_a_rounded_model_predicts_almost_the_same(dtype: Any, tolerance: float, alpha: float, prior: Any) -> None:
    rng = np.random.default_rng(4)
    X = np.clip(0.5 + 0.2 * rng.normal(size=(20, 1, 1)) + 0.1 * rng.normal(size=(20, 16, 16)), 0, 1)
    T = np.clip(0.8 * X + 0.05 * rng.normal(size=X.shape), 0, 1)
    model = Ridge(alpha, prior=prior).fit(X[:15], T[:15])
    arrays = {name: array.astype(dtype) for name, array in model.state_arrays().items()}
    rebuilt = Ridge.from_state(arrays, model.get_params())
    np.testing.assert_allclose(rebuilt.predict(X), model.predict(X), atol=tolerance)


DUAL = {
    "basis": np.ones((2, 4, 5)),
    "constant": np.ones(2),
    "coefficients": np.ones((2, 4, 5)),
    "alpha": np.array(0.4),
}
PRIMAL = {"weight": np.ones((20, 4, 5)), "bias": np.ones((4, 5)), "alpha": np.array(0.4)}


@pytest.mark.parametrize(
    ("arrays", "params", "message"),
    [
        ({"basis": DUAL["basis"]}, {}, "stored as the arrays basis, constant, coefficients, alpha; found basis"),
        ({**DUAL, "coefficients": np.ones((3, 4, 5))}, {}, r"found \(2, 4, 5\), \(2,\), \(3, 4, 5\)"),
        (
            {**DUAL, "basis": np.ones((2, 4, 4))},
            {},
            "basis, constant, coefficients of Ridge with shared channels do not",
        ),
        ({**DUAL, "constant": np.ones((2, 3))}, {"channels": "separate"}, "with separate channels do not fit together"),
        ({**DUAL, "basis": np.array(1.0)}, {}, "do not fit together"),
        ({**DUAL, "coefficients": np.array(1.0)}, {}, "do not fit together"),
        ({**DUAL, "alpha": np.array(-1.0)}, {}, "alpha of Ridge must be one number"),
        ({**PRIMAL, "weight": np.ones((19, 4, 5))}, {}, "weight, bias of Ridge with shared channels do not fit"),
        ({**PRIMAL, "weight": np.ones((20, 4, 5, 3)), "bias": np.ones((4, 5, 3))}, {}, "with shared channels"),
        ({**PRIMAL, "weight": np.array(1.0)}, {}, "do not fit together"),
        ({**PRIMAL, "bias": np.array(1.0)}, {}, "do not fit together"),
        (DUAL, {"prior": "one"}, "not valid: prior must be"),
    ],
)
def test_an_invalid_state_is_refused_with_the_name_at_fault(
    arrays: dict[str, Any], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        Ridge.from_state(arrays, params)


def test_incompatible_models_and_images_are_refused() -> None:
    model = Ridge(1.0).fit(*FEW)
    with pytest.raises(InputError, match=r"shape can be joined; found \(6, 5\) and \(3, 2\)"):
        model.merge(Ridge(1.0).fit(*MANY))
    with pytest.raises(InputError, match="found images of shape"):
        model.predict(MANY[0])
    with pytest.raises(InputError, match="at least 2 pairs; found 1"):
        Ridge().fit(FEW[0][:1], FEW[1][:1])
    with pytest.raises(NotFittedError):
        Ridge().dense_weights()


def test_it_works_with_scikit_learn_and_pickle() -> None:
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3, error_score="raise").fit(*FEW)
    assert search.predict(FEW[0]).shape == FEW[0].shape
    model = clone(Ridge(0.7)).fit(FEW[0][:4], FEW[1][:4])
    learnt_on = pickle.loads(pickle.dumps(model)).partial_fit(FEW[0][4:], FEW[1][4:])  # noqa: S301
    assert_same_function(learnt_on, Ridge(0.7).fit(*FEW))
