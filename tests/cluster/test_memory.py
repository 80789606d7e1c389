"""The memory of a fit in shards does not grow with the number of pairs."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from pixelfes.regress import MaskedRidge, PixelKernelRidge, PixelRidge


@pytest.mark.parametrize(
    "regressor",
    [
        PixelRidge(0.4),
        MaskedRidge(alpha=0.4),
        PixelKernelRidge(alpha=0.4),
        PixelKernelRidge(alpha=0.4, solver="features"),
    ],
    ids=repr,
)
def test_memory_does_not_grow_with_the_pairs(regressor: Any) -> None:
    def peak(n_batches: int) -> int:
        model = type(regressor)(**regressor.get_params())
        rng = np.random.default_rng(0)
        tracemalloc.start()
        for _ in range(n_batches):
            X = rng.integers(0, 256, (10, 24, 24), dtype=np.uint8)
            model.partial_fit(X, 255 - X)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert model.n_pairs_ == 10 * n_batches
        return highest

    peak(2)
    few, many = peak(2), peak(200)
    assert many < few + 100_000  # 198 batches have 2 MB
