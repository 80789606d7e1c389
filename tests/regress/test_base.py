from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pytest

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress import PixelRegressor, PixelRidge
from pixelfes.regress.images import as_floats, check_images

RNG = np.random.default_rng(0)
X = RNG.random((12, 4, 5, 3))
T = np.clip(0.6 * X + 0.2 + RNG.normal(0, 0.05, X.shape), 0, 1)


class Halving(PixelRegressor):
    """The smallest regressor: it halves its input."""

    def __init__(self, unused: str = "no") -> None:
        self.unused = unused

    def fit(self, X: npt.ArrayLike, T: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        return self

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        return 0.5 * as_floats(check_images(X), np.float64)

    @property
    def n_parameters_(self) -> int:
        return 0

    def state_arrays(self) -> dict[str, AnyArray]:
        return {}

    def _check_params(self) -> None:
        pass

    def _set_state(self, arrays: Mapping[str, AnyArray]) -> None:
        pass


def test_a_repr_shows_what_differs_from_the_defaults() -> None:
    assert repr(PixelRidge()) == "PixelRidge()"
    assert repr(PixelRidge(0.4, prior="identity")) == "PixelRidge(alpha=0.4, prior='identity')"
    assert repr(PixelRidge(bias_penalty=np.ones((128, 128)))) == "PixelRidge(bias_penalty=<array of shape (128, 128)>)"


def test_parameters_are_read_and_set_by_name() -> None:
    model = PixelRidge().set_params(alpha=2, channels="separate")
    others = {"prior": "zero", "alphas": None, "bias_penalty": None}
    assert model.get_params() == {"alpha": 2, "channels": "separate", **others}
    with pytest.raises(InputError, match="parameters alpha, channels, prior, alphas, bias_penalty; found 'lambda_'"):
        model.set_params(prior="identity", lambda_=1)
    assert model.prior == "zero"


def test_the_default_local_affine_adds_what_the_prediction_changes() -> None:
    texture = (X[0] * 255).astype(np.uint8)
    weight, bias = Halving().local_affine(texture)
    assert (weight == 1).all()
    np.testing.assert_allclose(weight * (texture / 255) + bias, 0.5 * texture / 255, atol=1e-15)


@pytest.mark.parametrize("model", [Halving(), PixelRidge(1.0).fit(X, T)])
def test_local_affine_refuses_anything_but_one_image(model: PixelRegressor) -> None:
    with pytest.raises(InputError, match=r"texture must be one image .*found shape \(12, 4, 5, 3\)"):
        model.local_affine(X)
    with pytest.raises(InputError, match=r"^texture must be images"):
        model.local_affine(X[0] * 255)


def test_the_score_is_the_negative_weighted_mean_squared_error() -> None:
    model, weight = PixelRidge(1.0).fit(X, T), RNG.random((12, 4, 5))
    squares = (model.predict(X) - T) ** 2
    assert model.score(X, T) == pytest.approx(-squares.mean())
    expected = -np.average(squares.mean(axis=-1), weights=weight)
    assert model.score(X, T, weight) == pytest.approx(expected)
    with pytest.raises(InputError, match="a weight above 0"):
        model.score(X, T, np.zeros(12))


def test_scikit_learn_clones_a_regressor_unfitted() -> None:
    from sklearn.base import clone, is_regressor
    from sklearn.utils.validation import check_is_fitted

    grid = [0.1, 1.0]
    model = PixelRidge(0.7, "separate", "identity", grid).fit(X, T)
    copy = clone(model)
    check_is_fitted(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "weight_")
    assert is_regressor(copy)


def test_a_clone_has_the_parameters_of_its_original_and_learns_the_same() -> None:
    from sklearn.base import clone

    factor = RNG.uniform(0.1, 10, (4, 5))
    model = PixelRidge(0.7, bias_penalty=factor)
    copy = clone(model)
    assert model.bias_penalty is factor
    assert np.array_equal(copy.get_params()["bias_penalty"], factor)
    assert np.array_equal(copy.fit(X, T).bias_, model.fit(X, T).bias_)


def test_grid_search_finds_the_penalty_that_cross_validation_finds() -> None:
    from sklearn.model_selection import GridSearchCV, KFold

    grid = [1e-3, 1.0, 1e3]
    folds = KFold(4)
    search = GridSearchCV(PixelRidge(), {"alpha": grid}, cv=folds, error_score="raise").fit(X, T)
    for alpha, found in zip(grid, search.cv_results_["mean_test_score"], strict=True):
        scores = [PixelRidge(alpha).fit(X[a], T[a]).score(X[b], T[b]) for a, b in folds.split(X)]
        assert found == pytest.approx(np.mean(scores))
    assert search.best_estimator_.alpha == grid[int(np.argmax(search.cv_results_["mean_test_score"]))]
    assert search.predict(X).shape == X.shape


def test_grid_search_passes_sample_weights() -> None:
    from sklearn.model_selection import GridSearchCV

    weight: Any = RNG.random((12, 4, 5))
    search = GridSearchCV(PixelRidge(), {"alpha": [0.5]}, cv=3, error_score="raise").fit(X, T, sample_weight=weight)
    assert np.array_equal(search.best_estimator_.weight_, PixelRidge(0.5).fit(X, T, weight).weight_)
