from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from pixelfes import ExpressionModel, ModelInfo, Pair, PixelKernelRidge, PixelRidge
from pixelfes.errors import InputError
from pixelfes.export.c.writer import c_files
from pixelfes.regress import LocalSparseRidge, MaskedRidge, PixelRegressor, Ridge, SparseRidge
from tests.export.exported import anchored, compiled, crops, fitted_grid, largest_difference

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: apt-get install gcc libc6-dev")

REGRESSORS: list[PixelRegressor] = [
    PixelRidge(alpha=0.4),
    PixelRidge(prior="identity", channels="separate"),
    PixelKernelRidge(alpha=0.1),
    PixelKernelRidge(alpha=0.1, channels="separate", prior="identity"),
    MaskedRidge(alpha=0.4),
    MaskedRidge(alpha=0.4, r=5, channels="separate"),
    LocalSparseRidge(alpha=0.4),
    SparseRidge(n_pixels=3, alpha=0.4, channels="separate"),
]


@pytest.mark.parametrize("regressor", REGRESSORS, ids=str)
def test_a_registered_crop_changes_as_in_python(regressor: PixelRegressor, people: list[Pair], tmp_path: Path) -> None:
    model = fitted_grid(regressor, people[:10], side=24)
    program = compiled(model, tmp_path, "-fsanitize=undefined,address", "-fno-sanitize-recover=all")
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    for crop in (*crops(model, people[10:12]), noise):
        for intensity_q8 in (0, 100, 256, 384):
            assert largest_difference(model, program, (crop, anchored(24)), intensity_q8) <= 1


def test_there_is_neither_malloc_nor_floating_point(people: list[Pair]) -> None:
    for regressor in (PixelRidge(alpha=0.4), PixelKernelRidge(alpha=0.1), MaskedRidge(alpha=0.4)):
        source = c_files(fitted_grid(regressor, people[:4], side=16)).source
        assert not re.search(r"\b(malloc|calloc|free|float|double|stdlib|math)\b", source)
        assert not re.search(r"^(?!static const )(static|extern)? ?\w+ \w+(\[.*\])* ?=", source, re.MULTILINE)


def test_what_a_model_says_of_itself_is_no_code(people: list[Pair], tmp_path: Path) -> None:
    info = ModelInfo(
        expression="*/ int main(void) { return 3; } /*", attribution="a\n#error b */ #error c", licence="??/"
    )
    model = ExpressionModel("grid", PixelRidge(alpha=0.4), size=16).fit(people[:4], info=info)
    program = compiled(model, tmp_path)
    crop = crops(model, people[10:11])[0]
    np.testing.assert_array_equal(program(crop, anchored(16), 0), crop)


def test_ridge_on_all_pixels_is_too_large_and_says_so(people: list[Pair]) -> None:
    with pytest.raises(InputError, match="every pixel of it observes the whole face"):
        c_files(fitted_grid(Ridge(alpha=0.4), people[:4], side=16))


def test_numbers_too_large_for_16_bits_are_refused(people: list[Pair]) -> None:
    model = fitted_grid(PixelRidge(alpha=0.4), people[:4], side=16)
    regressor = model.learned_.regressor
    assert isinstance(regressor, PixelRidge)
    regressor.weight_ = regressor.weight_ + 1e4
    with pytest.raises(InputError, match="weight has numbers up to 1e"):
        c_files(model)
