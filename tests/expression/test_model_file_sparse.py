from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pixelfes import ExpressionModel
from pixelfes.regress import LocalSparseRidge, SparseRidge
from tests.expression.drawn_faces import drawn_pairs


@pytest.mark.parametrize("precision", ["float16", "float32"])
@pytest.mark.parametrize("kind", [SparseRidge, LocalSparseRidge])
def test_the_pixels_chosen_are_stored_exactly_in_either_precision(
    precision: Any,
    kind: type[SparseRidge],
    portrait: npt.NDArray[np.uint8],
    smiling_portrait: npt.NDArray[np.uint8],
    points: npt.NDArray[np.float64],
    smiling_points: npt.NDArray[np.float64],
    tmp_path: Path,
) -> None:
    pairs = drawn_pairs(portrait, smiling_portrait, points, smiling_points, 3)
    model = ExpressionModel("grid", kind(2, locality=0.5), size=64).fit(pairs)
    model.save(tmp_path / "model", precision)
    stored, fitted = ExpressionModel.from_file(tmp_path / "model").learned_.regressor, model.learned_.regressor
    assert type(stored) is kind is type(fitted)
    assert stored.get_params() == fitted.get_params()
    assert stored.indices_.dtype == np.int32
    assert stored.indices_.max() > 2048  # beyond what half precision counts
    assert np.array_equal(stored.indices_, fitted.indices_)
    np.testing.assert_allclose(stored.weight_, fitted.weight_, rtol=1e-3, atol=1e-5)
