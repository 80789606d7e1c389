from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.errors import InputError, ModelError
from pixelfes.regress import PixelKernelRidge
from pixelfes.regress.kernel.pixel_table import PixelTable

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (20, 4, 3, 3), dtype=np.uint8)
T = 1.6 * np.sin(X / 90) ** 2 - 0.3


@pytest.mark.parametrize(
    "params", [{}, {"channels": "separate", "prior": "identity"}, {"solver": "features"}, {"kernel": "laplacian"}]
)
@pytest.mark.parametrize("inputs", [X, X / 255, X / 200])
def test_a_compiled_model_gives_the_clipped_and_rounded_prediction(params: dict[str, Any], inputs: Any) -> None:
    model = PixelKernelRidge(alpha=1e-3, **params).fit(inputs, T)
    table = model.compile()
    predicted = model.predict(X / 255)
    assert predicted.min() < 0
    assert predicted.max() > 1
    result = table.predict(X)
    assert result.dtype == np.uint8
    assert np.abs(result / 255 - np.clip(predicted, 0, 1)).max() <= 0.5 / 255 + 1e-6
    assert table.n_parameters_ == 256 * 12 * (3 if params.get("channels") == "separate" else 1)
    np.testing.assert_array_equal(PixelTable.from_state(table.state_arrays()).predict(X), result)


def test_halves_round_to_even_and_values_are_clipped() -> None:
    values = np.zeros((1, 1, 256))
    values[0, 0, :5] = [0.5 / 255, 1.5 / 255, -3, 7, 1]
    assert PixelTable.of_values(values).table[0, 0, :5].tolist() == [0, 2, 0, 255, 255]


@pytest.mark.parametrize(
    "table", [np.zeros((4, 256), np.uint8), np.zeros((4, 3, 255), np.uint8), np.zeros((4, 3, 256)), [[0]]]
)
def test_an_invalid_table_is_refused(table: Any) -> None:
    with pytest.raises(InputError, match="a table must be uint8 of shape"):
        PixelTable(table)
    with pytest.raises(ModelError, match="a table must be uint8 of shape"):
        PixelTable.from_state({"table": table})


def test_a_table_refuses_floats_and_other_shapes() -> None:
    table = PixelTable(np.zeros((4, 3, 256), np.uint8))
    with pytest.raises(InputError, match="takes uint8 images; found float64"):
        table.predict(X / 255)
    with pytest.raises(InputError, match=r"maps of shape \(4, 3\); found images of shape \(2, 3, 3\)"):
        table.predict(X[:, :2])
    with pytest.raises(ModelError, match="stored as the array table; found tables"):
        PixelTable.from_state({"tables": table.table})
