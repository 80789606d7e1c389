from __future__ import annotations

import numpy as np
import pytest

from pixelfes.regress.masked.sums import MaskedSums

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("r", [1, 3, 5, 15])
@pytest.mark.parametrize("shape", [(6, 5), (1, 3), (2, 9, 3)])
def test_a_weight_per_pair_and_the_same_weight_per_pixel_give_equal_sums(r: int, shape: tuple[int, ...]) -> None:
    x, t = RNG.random((2, 5, *shape))
    weight = RNG.random(5)
    for maps in {shape[:2], shape}:
        pair = MaskedSums.zeros(r, maps).add(x, t, weight)
        pixel = MaskedSums.zeros(r, maps).add(x, t, weight[:, None, None] * np.ones((5, *shape[:2])))
        np.testing.assert_allclose(pair.gram, pixel.gram, atol=1e-12)
        np.testing.assert_allclose(pair.moment, pixel.moment, atol=1e-12)
