from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest

from pixelfes import ExpressionModel, Pair, PixelKernelRidge, PixelRidge
from pixelfes.errors import MissingDependencyError
from pixelfes.export.onnx.writer import onnx_bytes
from pixelfes.regress import LocalSparseRidge, MaskedRidge, PixelRegressor, Ridge, SparseRidge
from tests.export.exported import anchored, crops, fitted_grid, in_onnx_runtime, largest_difference

REGRESSORS: list[PixelRegressor] = [
    PixelRidge(alpha=0.4),
    PixelRidge(prior="identity", channels="separate"),
    PixelKernelRidge(alpha=0.1),
    PixelKernelRidge(alpha=0.1, solver="exact"),
    PixelKernelRidge(alpha=0.1, channels="separate", prior="identity"),
    MaskedRidge(alpha=0.4),
    MaskedRidge(alpha=0.4, r=5, channels="separate"),
    LocalSparseRidge(alpha=0.4),
    SparseRidge(n_pixels=3, alpha=0.4, channels="separate"),
    SparseRidge(selection="own", alpha=0.4),
    Ridge(alpha=0.4),
    Ridge(alpha=0.4, prior="identity", channels="separate"),
]


@pytest.mark.parametrize("regressor", REGRESSORS, ids=str)
def test_a_registered_crop_changes_as_in_python(regressor: PixelRegressor, people: list[Pair]) -> None:
    model = fitted_grid(regressor, people[:10])
    runtime, points = in_onnx_runtime(model), anchored(32)
    for crop in crops(model, people[10:]):
        for intensity_q8 in (0, 100, 256, 384):
            assert largest_difference(model, runtime, (crop, points), intensity_q8) <= 1


def test_intensities_beyond_the_range_are_held(people: list[Pair]) -> None:
    model = fitted_grid(PixelRidge(alpha=0.4), people[:4])
    runtime, crop = in_onnx_runtime(model), crops(model, people[10:11])[0]
    np.testing.assert_array_equal(runtime(crop, anchored(32), 9999), runtime(crop, anchored(32), 384))
    np.testing.assert_array_equal(runtime(crop, anchored(32), -5), crop)


def test_a_kernel_takes_a_dozen_numbers_a_pixel(people: list[Pair]) -> None:
    exported = onnx_bytes(fitted_grid(PixelKernelRidge(alpha=0.1), people[:10]))
    assert len(exported) < 16 * 4 * 32 * 32
    assert [put.name for put in onnx.load_from_string(exported).graph.input] == ["crop", "intensity"]


def test_without_onnx_one_sentence_says_what_brings_it(smile: ExpressionModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "pixelfes\[onnx\]"'):
        onnx_bytes(smile)
