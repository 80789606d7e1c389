from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.errors import InputError
from pixelfes.regress.images import LARGEST_MAGNITUDE, as_floats, check_images, check_pairs

GREY = np.full((2, 4, 4), 0.5)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (GREY[0], r"found shape \(4, 4\), dtype float64"),
        (GREY[:0], r"found shape \(0, 4, 4\)"),
        (GREY[:, None, None], r"found shape \(2, 1, 1, 4, 4\)"),
        (GREY.astype(np.int64), "dtype int64"),
        (GREY > 0, "dtype bool"),
        (GREY.astype(complex), "dtype complex128"),
        (GREY * 255, "values from 127.5 to 127.5"),
        (GREY.astype(np.float16) * 255, "dtype float16, values from 127.5 to 127.5"),
        (GREY - 17, "values from -16.5 to -16.5"),
        (np.where(np.eye(4) > 0, np.nan, GREY), "values from nan"),
        (np.where(np.eye(4) > 0, np.inf, GREY), "to inf"),
        ([[[0.5, 0.5]], [[0.5]]], "images of different shapes"),
        ("photo.jpg", r"found shape \(\)"),
    ],
)
def test_invalid_images_are_refused_and_described(images: Any, found: str) -> None:
    with pytest.raises(InputError, match=rf"X must be images .* or float of order one: photos in \[0, 1\]; .*{found}"):
        check_images(images)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64])
def test_valid_images_are_returned_without_a_copy(dtype: Any) -> None:
    images = np.zeros((2, 4, 4, 3), dtype)
    assert check_images(images) is images


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("sign", [-1, 1])
def test_float_images_are_limited_to_the_largest_magnitude(dtype: Any, sign: int) -> None:
    furthest = np.full((1, 2, 2), sign * LARGEST_MAGNITUDE, dtype)
    assert check_images(furthest) is furthest
    beyond = np.nextafter(furthest, dtype(sign * np.inf))
    with pytest.raises(InputError, match=r"values from -?16"):
        check_images(beyond)


def test_levels_become_floats_from_zero_to_one() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(as_floats(levels, np.float64), np.arange(256).reshape(1, 16, 16) / 255)


def test_conversion_always_copies() -> None:
    assert not np.shares_memory(as_floats(GREY, np.float64), GREY)


@pytest.mark.parametrize(
    ("weight", "found"),
    [
        (np.ones(3), r"found shape \(3,\)"),
        (np.ones((2, 4, 4, 1)), r"found shape \(2, 4, 4, 1\)"),
        ([1.0, -0.5], "values from -0.5 to 1"),
        ([1.0, np.nan], "values from nan"),
        ([1.0, np.inf], "to inf"),
        (["1", "2"], "dtype <U1"),
        ([[1.0], [1.0, 2.0]], "rows of different lengths"),
    ],
)
def test_invalid_weights_are_refused_and_described(weight: Any, found: str) -> None:
    with pytest.raises(InputError, match=f"sample_weight must be None, or finite numbers >= 0 of shape .*{found}"):
        check_pairs(GREY, GREY, weight)


def test_a_target_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"T must have the shape of X, \(2, 4, 4\); found \(2, 4, 3\)"):
        check_pairs(GREY, GREY[..., :3])


def test_the_message_names_the_wrong_argument() -> None:
    with pytest.raises(InputError, match=r"^T must be images"):
        check_pairs(GREY, GREY * 255)
