from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.errors import ModelError
from pixelfes.regress.stored_arrays import checked_arrays, has_map_axes

ARRAYS: dict[str, Any] = {"weight": np.ones((4, 5), np.float16), "alpha": np.array(0.5, np.float32)}


def test_valid_arrays_become_copies_in_double_precision() -> None:
    found = checked_arrays(ARRAYS, ("weight", "alpha"), "Model")
    assert list(found) == ["weight", "alpha"]
    for name, array in found.items():
        assert array.dtype == np.float64
        assert np.array_equal(array, ARRAYS[name])
        assert not np.shares_memory(array, ARRAYS[name])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bias": np.ones(2)}, "Model is stored as the arrays weight, alpha; found alpha, bias, weight"),
        (
            {"weight": np.ones((4, 5), np.int64)},
            "array weight of Model must be float16, float32 or float64; found int64",
        ),
        ({"weight": [1.0]}, "array weight .* found list"),
        ({"weight": np.ones((0, 5))}, r"array weight of Model must hold finite numbers; found shape \(0, 5\), empty"),
        ({"weight": np.array([np.inf])}, r"array weight of Model must hold finite numbers; found shape \(1,\)"),
        ({"alpha": np.array(-0.5)}, "array alpha of Model must be one number >= 0; found array"),
        ({"alpha": np.ones(1)}, "array alpha of Model must be one number >= 0"),
    ],
)
def test_invalid_arrays_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        checked_arrays(ARRAYS | change, ("weight", "alpha"), "Model")


def test_separate_channels_may_have_maps_per_channel() -> None:
    assert has_map_axes((4, 5), "shared")
    assert not has_map_axes((4, 5, 3), "shared")
    assert has_map_axes((4, 5), "separate")
    assert has_map_axes((4, 5, 3), "separate")
    assert has_map_axes((4, 5, 3, 2), "separate", further=1)
    assert not has_map_axes((4, 5), "separate", further=1)
