from __future__ import annotations

import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.errors import InputError, ModelError
from pixelfes.regress import NotFittedError, PixelKernelRidge
from tests.regress.drawn_pairs import Pairs, channel_modes, priors, registered_pairs, unit
from tests.regress.kernel.kernel_reference import (
    KERNELS,
    kernels,
    penalties,
    reference_prediction,
)

quick = settings(max_examples=30)
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (30, 4, 3, 3), dtype=np.uint8)
T = np.clip(np.sin(X / 90) ** 2 + RNG.normal(0, 0.05, X.shape), 0, 1)
SMALL = (X[:, :2, :2], T[:, :2, :2], None)
SOLVERS: list[dict[str, Any]] = [
    {"solver": "exact"},
    {"solver": "features"},
    {"solver": "features", "gamma": 10.0, "prior": "identity"},
]


@quick
@given(registered_pairs(), kernels, penalties, channel_modes, priors)
def test_exact_equals_scikit_learns_kernel_ridge_at_every_pixel(
    pairs: Pairs, params: dict[str, Any], alpha: float, channels: Any, prior: Any
) -> None:
    model = PixelKernelRidge(alpha=alpha, solver="exact", channels=channels, prior=prior, **params).fit(*pairs)
    grey = np.linspace(0, 1, 7).reshape(7, *[1] * (pairs[0].ndim - 1)) * np.ones(pairs[0].shape[1:])
    for images in (unit(pairs[0]).astype(np.float64), grey):
        expected = reference_prediction(pairs, images, params, alpha, channels, prior)
        tolerance = 1e-6 if params["kernel"] == "sigmoid" else 1e-9
        np.testing.assert_allclose(model.predict(images), expected, rtol=tolerance, atol=tolerance)


@quick
@given(st.integers(0, 2**32 - 1), kernels, penalties, channel_modes)
def test_grouping_by_level_changes_nothing(seed: int, params: dict[str, Any], alpha: float, channels: Any) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.integers(100, 130, (20, 1, 2, 3), dtype=np.uint8)
    targets, weight = rng.random(inputs.shape), rng.uniform(0, 2, inputs.shape[:3])
    new = PixelKernelRidge(alpha=alpha, solver="exact", channels=channels, **params)
    grouped = new.fit(inputs, targets, weight).predict(inputs / 255)
    dual = new.fit(inputs / 255, targets, weight).predict(inputs / 255)
    np.testing.assert_allclose(grouped, dual, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("gamma", [1.0, 3.0, 10.0])
def test_features_match_the_exact_solution(gamma: float) -> None:
    inputs = RNG.integers(0, 256, (400, 4, 4), dtype=np.uint8)
    targets = RNG.random(inputs.shape)
    exact = PixelKernelRidge(alpha=1.0, gamma=gamma).fit(inputs, targets)
    features = PixelKernelRidge(alpha=1.0, gamma=gamma, solver="features").fit(inputs, targets)
    assert features.n_parameters_ <= 12 * 16
    np.testing.assert_allclose(features.predict(inputs / 255), exact.predict(inputs / 255), atol=1e-6)


@quick
@given(registered_pairs(), penalties, channel_modes, priors, st.sampled_from([1.0, 10.0]))
def test_fine_features_match_the_exact_solution_for_photos(
    pairs: Pairs, alpha: float, channels: Any, prior: Any, gamma: float
) -> None:
    inputs, targets, weight = pairs
    photos = inputs if inputs.dtype == np.uint8 else np.clip(inputs, 0, 1)
    exact = PixelKernelRidge("rbf", alpha, gamma, solver="exact", channels=channels, prior=prior).fit(
        photos, targets, weight
    )
    features = PixelKernelRidge(
        "rbf", alpha, gamma, solver="features", tolerance=1e-13, channels=channels, prior=prior
    ).fit(photos, targets, weight)
    np.testing.assert_allclose(features.predict(unit(photos)), exact.predict(unit(photos)), atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_features_of_floats_equal_those_of_their_levels(scale: float) -> None:
    inputs = X.astype(np.float32) / np.float32(255)
    one = PixelKernelRidge(alpha=0.1, gamma=5.0, solver="features").fit(inputs, T)
    other = PixelKernelRidge(alpha=0.1, gamma=5.0, solver="features").fit(X, T)
    np.testing.assert_allclose(one.coefficients_, other.coefficients_, atol=1e-4)
    np.testing.assert_allclose(one.predict(X * scale / 255.0), other.predict(X * scale / 255.0), atol=1e-5)


@quick
@given(registered_pairs(min_pairs=2), kernels, penalties, channel_modes, priors, st.data())
def test_any_split_into_shards_gives_the_fit_of_all_pairs(
    pairs: Pairs, params: dict[str, Any], alpha: float, channels: Any, prior: Any, data: st.DataObject
) -> None:
    inputs, targets, weight = pairs
    smooth = params["kernel"] in ("linear", "polynomial", "rbf") and params.get("gamma") != 2000
    solver: Any = data.draw(st.sampled_from(["exact", "features"] if smooth else ["exact"]))
    if inputs.dtype != np.uint8:
        inputs = (np.clip(inputs, 0, 1) * 255).astype(np.uint8) if solver == "exact" else np.clip(inputs, 0, 1)
    order = data.draw(st.permutations(range(len(inputs))))
    cut = data.draw(st.integers(1, len(inputs) - 1))
    first, second = (
        (inputs[part], targets[part], None if weight is None else weight[part]) for part in (order[:cut], order[cut:])
    )

    def new() -> PixelKernelRidge:
        return PixelKernelRidge(alpha=alpha, channels=channels, prior=prior, solver=solver, **params)

    whole = new().fit(inputs, targets, weight)
    for model in (
        new().partial_fit(*first).partial_fit(*second),
        new().fit(*second).partial_fit(*first),
        new().fit(*second).merge(new().fit(*first)),
    ):
        np.testing.assert_allclose(model.predict(unit(inputs)), whole.predict(unit(inputs)), rtol=1e-8, atol=1e-8)
        assert model.n_pairs_ == whole.n_pairs_


@pytest.mark.parametrize("params", SOLVERS)
def test_streaming_pair_by_pair_equals_one_fit_of_many(params: dict[str, Any]) -> None:
    inputs = RNG.integers(0, 256, (60, 3, 3), dtype=np.uint8)
    targets = RNG.random(inputs.shape)
    whole, stream = (PixelKernelRidge(alpha=0.5, **params) for _ in range(2))
    whole.fit(inputs, targets)
    for n in range(len(inputs)):
        stream.partial_fit(inputs[n : n + 1], targets[n : n + 1])
    np.testing.assert_allclose(stream.predict(inputs / 255), whole.predict(inputs / 255), atol=1e-8)


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("params", [*SOLVERS, *KERNELS])
def test_whole_weights_equal_repeated_pairs(params: dict[str, Any], dtype: str) -> None:
    counts = RNG.integers(0, 4, len(X))
    inputs = X if dtype == "uint8" else X * 1.5 / 255
    weighted = PixelKernelRidge(alpha=0.4, **params).fit(inputs, T, counts)
    repeated = PixelKernelRidge(alpha=0.4, **params).fit(inputs.repeat(counts, axis=0), T.repeat(counts, axis=0))
    tolerance = 1e-6 if params.get("kernel") == "sigmoid" else 1e-9
    np.testing.assert_allclose(
        weighted.predict(inputs * 1.0 / inputs.max()), repeated.predict(inputs * 1.0 / inputs.max()), atol=tolerance
    )


@pytest.mark.parametrize("params", [*SOLVERS, *KERNELS])
def test_batch_size_does_not_change_the_result(params: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from pixelfes.regress.kernel import predict, solve, sums

    for inputs in (X, X / 255):
        whole = PixelKernelRidge(alpha=0.4, **params).fit(inputs, T)
        expected = whole.predict(X / 255)
        with monkeypatch.context() as patch:
            patch.setattr(sums, "_SAMPLES_AT_A_TIME", 100)
            patch.setattr(solve, "_MATRIX_ENTRIES_AT_A_TIME", 2 * 256**2)
            patch.setattr(predict, "_VALUES_AT_A_TIME", 500)
            cut = PixelKernelRidge(alpha=0.4, **params).fit(inputs, T)
            np.testing.assert_allclose(cut.predict(X / 255), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("params", [*SOLVERS, *KERNELS])
@pytest.mark.parametrize("alpha", [0.0, 1e-300, 1e-12, 0.4, 1e300])
def test_degenerate_pixels_give_finite_predictions(params: dict[str, Any], alpha: float) -> None:
    tiny, goal = X[:5, :2, :1], T[:5, :2, :1]
    for pairs in (tiny[:1], tiny[[0, 0, 1]], np.full((5, 2, 1, 3), 77, np.uint8)):
        for inputs in (pairs, pairs / 255, pairs / 60.0):
            for weight in (None, np.zeros(len(pairs)), np.arange(len(pairs))):
                model = PixelKernelRidge(alpha=alpha, **params).fit(inputs, goal[: len(pairs)], weight)
                assert np.isfinite(model.coefficients_).all()
                for images in (tiny, tiny / 60.0):
                    assert np.isfinite(model.predict(images)).all()


@pytest.mark.parametrize("params", [{}, {"gamma": 2000.0}, {"kernel": "laplacian"}, {"solver": "features"}])
def test_without_a_penalty_few_levels_are_reproduced(params: dict[str, Any]) -> None:
    levels = np.array([20, 130, 250], np.uint8)
    inputs = levels[RNG.integers(0, 3, (20, 2, 2))]
    targets = (inputs / 255.0) ** 2
    model = PixelKernelRidge(alpha=0.0, **params).fit(inputs, targets)
    np.testing.assert_allclose(model.predict(inputs), targets, atol=1e-4)


def test_look_up_and_evaluation_agree_for_8_bit_images() -> None:
    for params in SOLVERS:
        model = PixelKernelRidge(alpha=0.3, **params).fit(X, T)
        looked_up = model.predict(X)
        assert looked_up.dtype == np.float32
        np.testing.assert_allclose(looked_up, model.predict(X / 255), atol=1e-6)
        assert model.predict((X / 255).astype(np.float16)).dtype == np.float32


def test_shared_maps_serve_grey_and_colour_images() -> None:
    model = PixelKernelRidge(alpha=0.3).fit(X, T)
    for images in (X, X / 255):
        np.testing.assert_allclose(model.predict(images)[..., 1], model.predict(images[..., 1]), atol=1e-12)


def test_a_face_of_the_papers_size_needs_the_documented_parameters() -> None:
    faces = np.zeros((2, 128, 128), np.uint8)
    faces[1] = RNG.integers(1, 256, (128, 128))
    new = PixelKernelRidge(alpha=1.0, solver="exact")
    assert new.fit(faces / 255, faces).n_parameters_ == 2 * 16_384  # N per pixel: 655 x 10^4 at N = 400
    assert new.fit(faces, faces).n_parameters_ == 2 * 16_384  # two levels per pixel
    features = PixelKernelRidge(alpha=1.0, gamma=10.0, solver="features", rank=12)
    assert features.fit(faces, faces).n_parameters_ == 12 * 16_384 <= 20e4


def test_an_exact_fit_of_floats_has_one_coefficient_per_sample() -> None:
    inputs = RNG.random((400, 2, 2))
    exact: dict[str, Any] = {"alpha": 1.0, "solver": "exact"}
    assert PixelKernelRidge(**exact).fit(inputs, inputs).n_parameters_ == 4 * 400
    assert PixelKernelRidge(**exact).fit(X / 255, T).n_parameters_ == 12 * 90
    assert PixelKernelRidge(channels="separate", **exact).fit(X / 255, T).n_parameters_ == 36 * 30


@pytest.mark.parametrize(
    ("params", "by_features"), [({}, True), ({"gamma": 2000.0}, False), ({"kernel": "laplacian"}, False)]
)
def test_auto_uses_features_for_floats_of_smooth_kernels(params: dict[str, Any], by_features: bool) -> None:
    model = PixelKernelRidge(alpha=1.0, **params)
    assert not hasattr(model.fit(X, T), "upper_")
    assert hasattr(model.fit(X / 255, T), "upper_") == by_features
    assert hasattr(model, "samples_") != by_features


def test_local_affine_adds_the_change_and_clips_to_the_known_range() -> None:
    texture = (X[0] / 255).astype(np.float32)
    for params in SOLVERS:
        model = PixelKernelRidge(alpha=0.3, **params).fit(X, T)
        weight, bias = model.local_affine(texture)
        assert (weight == 1).all()
        np.testing.assert_allclose(texture + bias, model.predict(texture[np.newaxis])[0], atol=1e-6)
        glint = model.local_affine(np.full((4, 3, 3), 8.0))[1]
        np.testing.assert_array_equal(glint, model.local_affine(np.full((4, 3, 3), 1.0))[1])
    beyond = PixelKernelRidge(alpha=0.3, solver="features").fit(X / 200, T)
    assert beyond.upper_ == 2
    dual = PixelKernelRidge(alpha=0.3, solver="exact").fit(X / 200, T)
    top = (X / 200).max(axis=(0, 3))[..., None] * np.ones(3)
    np.testing.assert_allclose(dual.local_affine(np.full((4, 3, 3), 8.0))[1], dual.local_affine(top)[1])


def test_images_that_exceed_one_are_learnt() -> None:
    inputs = RNG.uniform(0, 1.8, (60, 5, 5, 6)).astype(np.float32)
    inputs[:3, 0, 0] = 8
    targets = np.where(inputs < 2, 0.5 + 0.6 * inputs**2, -4).astype(np.float32)
    model = PixelKernelRidge(prior="identity").fit(inputs, targets, RNG.random((60, 5, 5)))
    assert model.upper_ == 2
    places = np.full((1, 5, 5, 3), 1.3)
    np.testing.assert_allclose(model.predict(places), 0.5 + 0.6 * 1.3**2, atol=1e-2)


def test_memory_does_not_grow_with_the_pairs() -> None:
    model, peaks = PixelKernelRidge(alpha=1.0), []
    for n in (16, 64):
        images = RNG.integers(0, 256, (n, 32, 32), dtype=np.uint8)
        model.partial_fit(images, images)
        tracemalloc.start()
        for part in np.split(images, n // 8):
            model.partial_fit(part, part)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_fitted_model_does_not_change_with_its_parameters() -> None:
    model = PixelKernelRidge(alpha=0.3, gamma=5.0, solver="features").fit(X, T)
    before = model.predict(X / 255)
    model.set_params(gamma=1.0, prior="identity", kernel="linear")
    assert np.array_equal(model.predict(X / 255), before)
    model.partial_fit(X, T)
    again = PixelKernelRidge(alpha=0.3, gamma=5.0, solver="features").fit(X, T, np.full(len(X), 2))
    np.testing.assert_allclose(model.predict(X / 255), again.predict(X / 255), atol=1e-9)


def test_a_model_survives_pickling() -> None:
    for params in SOLVERS:
        model = PixelKernelRidge(alpha=0.3, **params).fit(X, T)
        copy = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert np.array_equal(copy.predict(X / 255), model.predict(X / 255))
        copy.partial_fit(X, T)


def test_grid_search_finds_gamma() -> None:
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV

    grid = {"gamma": [1e-3, 10.0], "solver": ["exact", "features"]}
    search = GridSearchCV(PixelKernelRidge(alpha=1e-2), grid, cv=3, error_score="raise").fit(X, T)
    assert search.best_params_["gamma"] == 10
    copy = clone(search.best_estimator_)
    assert copy.get_params() == search.best_estimator_.get_params()
    assert not hasattr(copy, "coefficients_")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"kernel": "cosine"}, "kernel must be one of linear, polynomial, rbf, laplacian, sigmoid; found 'cosine'"),
        ({"kernel": ["rbf"]}, "kernel must be one of"),
        ({"gamma": -1.0}, "gamma must be a finite number >= 0; found -1"),
        ({"gamma": np.inf}, "gamma must be a finite number >= 0; found inf"),
        ({"degree": "3"}, "degree must be a finite number >= 0; found '3'"),
        ({"coef0": np.nan}, "coef0 must be a finite number; found nan"),
        ({"alpha": -1}, "alpha must be"),
        ({"alphas": [-1.0]}, "alphas must be"),
        ({"solver": "dual"}, "solver must be 'auto', 'exact' or 'features'; found 'dual'"),
        ({"rank": 0}, "rank must be None, or a whole number from 1 to 256; found 0"),
        ({"rank": 2.5}, "rank must be"),
        ({"rank": True}, "rank must be"),
        ({"tolerance": 0.0}, "tolerance must be a number from 1e-13 to 1; found 0"),
        ({"tolerance": None}, "tolerance must be"),
        ({"channels": "all"}, "channels must be"),
        ({"prior": "one"}, "prior must be"),
        ({"kernel": "laplacian", "solver": "features"}, "laplacian kernel needs 256 features .* give a rank"),
        ({"kernel": "sigmoid", "solver": "features"}, "sigmoid kernel is not positive semi-definite .* solver='exact'"),
        ({"kernel": "polynomial", "degree": 0.5, "coef0": -1}, "polynomial kernel with .* is not a number"),
        ({"kernel": "polynomial", "degree": 1e4, "gamma": 2}, "polynomial kernel with .* is not a number"),
        ({"alpha": "auto", "alphas": [0.0, 1.0]}, "needs penalties > 0; found 0"),
    ],
)
def test_parameters_that_are_not_valid_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PixelKernelRidge(**{"alpha": 1.0, **params}).fit(X, T)


def test_incompatible_pairs_and_models_are_refused() -> None:
    new, features = PixelKernelRidge(alpha=1.0, solver="exact"), PixelKernelRidge(alpha=1.0, solver="features")
    with pytest.raises(NotFittedError):
        new.predict(X)
    with pytest.raises(InputError, match="take uint8 inputs, which have levels; found float64: use solver='features'"):
        new.partial_fit(X / 255, T)
    with pytest.raises(InputError, match="partial_fit needs a number for alpha"):
        PixelKernelRidge().partial_fit(X, T)
    model = PixelKernelRidge(alpha=1.0).fit(X, T)
    with pytest.raises(InputError, match=r"maps of shape \(4, 3\); found \(2, 2, 3\) images"):
        model.partial_fit(*SMALL)
    with pytest.raises(InputError, match="sums of one shape can be joined"):
        model.merge(PixelKernelRidge(alpha=1.0).fit(*SMALL))
    with pytest.raises(InputError, match="sums of one kind can be joined; found LevelSums and FeatureSums"):
        model.merge(features.fit(X, T))
    with pytest.raises(InputError, match=r"levels to 1.*levels to 2"):
        features.merge(PixelKernelRidge(alpha=1.0, solver="features").fit(X / 200, T))
    with pytest.raises(InputError, match="has no sums to go on with: use solver='features'"):
        model.merge(PixelKernelRidge(alpha=1.0, solver="exact").fit(X / 255, T))
    with pytest.raises(InputError, match="fitted with maps of shape"):
        model.predict(X[:, :2])
    with pytest.raises(InputError, match="at least 2 pairs; found 1"):
        PixelKernelRidge().fit(X[:1], T[:1])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"solver": "exact"},
        {"channels": "separate", "kernel": "laplacian", "prior": "identity"},
        {"solver": "features", "rank": 7, "gamma": 10.0},
        {"solver": "features", "channels": "separate"},
    ],
)
@pytest.mark.parametrize("inputs", [X, X / 200])
def test_a_model_rebuilt_from_its_state_predicts_the_same(params: dict[str, Any], dtype: Any, inputs: Any) -> None:
    model = PixelKernelRidge(alpha=0.5, **params).fit(inputs, T)
    arrays = {name: array.astype(dtype) for name, array in model.state_arrays().items()}
    rebuilt = PixelKernelRidge.from_state(arrays, model.get_params())
    atol = 30 * float(np.finfo(dtype).eps)
    for images in (X, X / 255):
        np.testing.assert_allclose(rebuilt.predict(images), model.predict(images), atol=max(atol, 1e-6))
    assert rebuilt.n_parameters_ == model.n_parameters_
    assert rebuilt.alpha_ == pytest.approx(model.alpha_)
    with pytest.raises(InputError, match="no sums to go on with"):
        rebuilt.partial_fit(X, T)


LEVELS = {"coefficients": np.ones((4, 4, 256)), "alpha": np.array(0.4)}


FEATURES = {"coefficients": np.ones((4, 4, 6)), "alpha": np.array(0.4), "upper": np.array(1.0)}


SAMPLES = {"coefficients": np.ones((4, 4, 9)), "alpha": np.array(0.4), "samples": np.ones((4, 4, 9))}


@pytest.mark.parametrize(
    ("arrays", "params", "message"),
    [
        ({"alpha": LEVELS["alpha"]}, {}, "stored as the arrays coefficients, alpha; found alpha"),
        (LEVELS, {"solver": "features"}, "stored as the arrays coefficients, alpha, upper; found"),
        ({**LEVELS, "coefficients": np.ones((4, 4, 255))}, {}, "must have 256 per pixel; found 255"),
        ({**LEVELS, "coefficients": np.ones((4, 256))}, {}, r"must be \(H, W, k\); found \(4, 256\)"),
        ({**LEVELS, "coefficients": np.ones((4, 4, 3, 256))}, {}, r"must be \(H, W, k\); found"),
        ({**LEVELS, "coefficients": np.full((4, 4, 256), np.inf)}, {}, "array coefficients .* finite"),
        ({**LEVELS, "alpha": np.array(-1.0)}, {}, "array alpha .* one number >= 0"),
        ({**FEATURES, "upper": np.array(3.0)}, {"solver": "features"}, "array upper .* must be 1 or 2"),
        ({**FEATURES, "upper": np.ones(2)}, {"solver": "features"}, "array upper"),
        (FEATURES, {"solver": "features", "gamma": 10.0}, "must have 12 per pixel; found 6"),
        (FEATURES, {"solver": "features", "kernel": "laplacian"}, "not valid: the laplacian kernel needs 256"),
        ({**SAMPLES, "samples": np.ones((4, 4, 8))}, {}, r"must be of one shape; found \(4, 4, 9\) and"),
        (LEVELS, {"kernel": 3}, "not valid: kernel must be"),
        (LEVELS, {"sigma": 3}, "has no parameter sigma"),
        (LEVELS, {"gamma": 10**400}, "not valid: gamma must be"),
        (LEVELS, {"degree": "x"}, "not valid: degree must be"),
    ],
)
def test_an_invalid_state_is_refused_with_the_name_at_fault(arrays: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        PixelKernelRidge.from_state(arrays, params)


def test_valid_states_are_accepted() -> None:
    for arrays, params in ((LEVELS, {}), (FEATURES, {}), (FEATURES, {"solver": "features"}), (SAMPLES, {})):
        assert PixelKernelRidge.from_state(arrays, params).predict(np.zeros((1, 4, 4, 3))).shape == (1, 4, 4, 3)


@pytest.mark.parametrize("params", [*KERNELS, {"solver": "features"}])
def test_auto_takes_the_least_error(params: dict[str, Any]) -> None:
    for inputs in (X, X / 255):
        model = PixelKernelRidge(**params).fit(inputs, T)
        assert model.alpha_ == model.alphas_[model.loo_errors_.argmin()]
        assert np.isfinite(model.loo_errors_).all()
        same = PixelKernelRidge(alpha=model.alpha_, **params).fit(inputs, T)
        np.testing.assert_array_equal(model.predict(X), same.predict(X))
