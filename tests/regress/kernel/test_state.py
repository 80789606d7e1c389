from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.errors import InputError, ModelError
from pixelfes.regress import PixelKernelRidge

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (20, 4, 3, 3), dtype=np.uint8)
T = np.clip(np.sin(X / 90) ** 2 + RNG.normal(0, 0.05, X.shape), 0, 1)


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
def test_a_model_rebuilt_from_its_state_predicts_alike(params: dict[str, Any], dtype: Any, inputs: Any) -> None:
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
def test_a_state_that_is_not_valid_is_refused_by_name(arrays: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        PixelKernelRidge.from_state(arrays, params)


def test_valid_states_are_taken() -> None:
    for arrays, params in ((LEVELS, {}), (FEATURES, {}), (FEATURES, {"solver": "features"}), (SAMPLES, {})):
        assert PixelKernelRidge.from_state(arrays, params).predict(np.zeros((1, 4, 4, 3))).shape == (1, 4, 4, 3)
