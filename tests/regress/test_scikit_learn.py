"""Every regressor under those of scikit-learn's own checks that do not assume two-dimensional data."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import estimator_checks

from pixelfes.regress import REGRESSORS, PixelRegressor

CHECKS = [
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_estimator_cloneable",
    "check_estimator_get_tags_default_keys",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]

RNG = np.random.default_rng(0)
X = RNG.random((8, 5, 4, 3))
T = np.clip(0.6 * X + 0.2 + RNG.normal(0, 0.05, X.shape), 0, 1)

kinds = pytest.mark.parametrize("kind", REGRESSORS.values(), ids=REGRESSORS)


@kinds
@pytest.mark.parametrize("check", [name for name in CHECKS if hasattr(estimator_checks, name)])
def test_a_check_of_scikit_learn_passes(kind: type[PixelRegressor], check: str) -> None:
    getattr(estimator_checks, check)(kind.__name__, kind())


@kinds
def test_model_selection_accepts_every_regressor(kind: type[PixelRegressor]) -> None:
    model: Any = kind()
    assert np.isfinite(cross_val_score(clone(model), X, T, cv=2, error_score="raise")).all()
    search = GridSearchCV(model, {"alpha": [0.1, 1.0]}, cv=2, error_score="raise").fit(X, T)
    assert search.predict(X).shape == X.shape
    assert not hasattr(model, "alpha_")


@kinds
def test_a_fit_changes_neither_its_arguments_nor_its_parameters(kind: type[PixelRegressor]) -> None:
    inputs, targets, weight = X.copy(), T.copy(), np.full(8, 0.5)
    model = kind()
    before = model.get_params()
    assert model.fit(inputs, targets, weight) is model
    assert model.get_params() == before
    assert np.array_equal(inputs, X)
    assert np.array_equal(targets, T)
    assert (weight == 0.5).all()


@kinds
def test_a_fit_is_repeatable_and_a_pickle_predicts_the_same(kind: type[PixelRegressor]) -> None:
    model = kind().fit(X, T)
    predicted = model.predict(X)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), predicted)  # noqa: S301
    assert np.array_equal(model.fit(X, T).predict(X), predicted)


@kinds
def test_each_image_is_predicted_by_itself(kind: type[PixelRegressor]) -> None:
    model = kind().fit(X, T)
    alone = np.concatenate([model.predict(X[[n]]) for n in reversed(range(8))])
    np.testing.assert_allclose(model.predict(X[::-1]), alone, rtol=1e-9, atol=1e-12)
