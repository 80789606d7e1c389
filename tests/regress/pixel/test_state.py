from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.errors import InputError, ModelError
from pixelfes.regress import PixelRidge

RNG = np.random.default_rng(0)
X = RNG.random((12, 6, 5, 3))
T = np.clip(0.6 * X + 0.2 + RNG.normal(0, 0.05, X.shape), 0, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("params", [{}, {"alpha": 0.5, "channels": "separate", "prior": "identity"}])
def test_a_model_rebuilt_from_its_state_predicts_alike(params: dict[str, Any], dtype: Any) -> None:
    model = PixelRidge(**params).fit(X, T)
    arrays = {name: array.astype(dtype) for name, array in model.state_arrays().items()}
    rebuilt = PixelRidge.from_state(arrays, model.get_params())
    np.testing.assert_allclose(rebuilt.predict(X), model.predict(X), rtol=10 * float(np.finfo(dtype).eps))
    assert rebuilt.get_params() == model.get_params()
    assert rebuilt.n_parameters_ == model.n_parameters_
    assert rebuilt.alpha_ == pytest.approx(model.alpha_)


@pytest.mark.parametrize("stored", [{}, {"bias_penalty": None}, {"bias_penalty": 30}])
def test_predictions_need_no_factor_on_the_bias(stored: dict[str, Any]) -> None:
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
def test_a_state_that_is_not_valid_is_refused_by_name(
    arrays: dict[str, Any], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        PixelRidge.from_state(arrays, params)


def test_a_rebuilt_model_says_that_it_cannot_learn_on() -> None:
    rebuilt = PixelRidge.from_state(MAPS, {"alpha": 0.4})
    with pytest.raises(InputError, match="no sums to go on with"):
        rebuilt.partial_fit(X[:, :4, :4], T[:, :4, :4])
