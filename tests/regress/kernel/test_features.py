from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.regress.kernel.features import LEVEL_VALUES, eigen_features
from pixelfes.regress.kernel.kernels import Kernel

SMOOTH = [Kernel("rbf"), Kernel("rbf", 10.0), Kernel("polynomial"), Kernel("linear")]


@pytest.mark.parametrize("kernel", SMOOTH)
@pytest.mark.parametrize("tolerance", [1e-4, 1e-8, 1e-13])
def test_the_product_of_features_is_the_gram_matrix_to_the_tolerance(kernel: Kernel, tolerance: float) -> None:
    gram = kernel(LEVEL_VALUES[:, None], LEVEL_VALUES)
    phi = eigen_features(kernel, tolerance).at_levels
    error = np.linalg.eigvalsh(gram - phi @ phi.T)
    assert np.abs(error).max() <= 1.01 * tolerance * np.linalg.eigvalsh(gram)[-1]


@pytest.mark.parametrize("kernel", SMOOTH)
@pytest.mark.parametrize("upper", [1.0, 2.0])
def test_floats_have_nystroems_extension(kernel: Kernel, upper: float) -> None:
    features = eigen_features(kernel, 1e-8, None, upper)
    x = np.random.default_rng(0).uniform(-1, 3, 500)
    expected = kernel(x[:, None], np.linspace(0, upper, 256)) @ features.projection
    np.testing.assert_allclose(features.at(x), expected, atol=1e-7)
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_allclose(features.at(levels), features.at(levels / 255), atol=1e-7)


def test_features_are_bounded_by_the_kernel_everywhere() -> None:
    x = np.linspace(-16, 16, 1001)
    for gamma in (1.0, 10.0):
        phi = eigen_features(Kernel("rbf", gamma), 1e-10).at(x)
        assert (np.square(phi).sum(axis=1) <= 1 + 1e-8).all()


@pytest.mark.parametrize(
    ("kernel", "rank"), [(Kernel("linear"), 1), (Kernel("polynomial"), 4), (Kernel("rbf", 0.0), 1)]
)
def test_there_are_no_more_features_than_the_kernel_has(kernel: Kernel, rank: int) -> None:
    assert eigen_features(kernel, 1e-8, 12).rank == rank


def test_signs_of_features_do_not_depend_on_the_eigensolver(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = eigen_features(Kernel("rbf", 7.0), 1e-8).at_levels
    true_eigh = np.linalg.eigh

    def flipped(matrix: Any) -> Any:
        values, vectors = true_eigh(matrix)
        return values, -vectors

    monkeypatch.setattr(np.linalg, "eigh", flipped)
    np.testing.assert_array_equal(eigen_features.__wrapped__(Kernel("rbf", 7.0), 1e-8).at_levels, expected)
