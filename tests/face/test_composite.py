from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import Floats
from pixelfes.face.composite import composite
from pixelfes.face.placement import OUTSIDE_COORDINATE, Placement, box_around, enlarged_coordinates

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (60, 80, 3), np.uint8)


def placement(rows: slice, columns: slice, source: bool = True) -> Placement:
    """Place a box whose pixels come from themselves and observe the map entry under them."""
    y, x = np.mgrid[: rows.stop - rows.start, : columns.stop - columns.start].astype(np.float32)
    itself = np.stack([x, y], axis=2)
    return Placement(rows, columns, itself if source else None, itself.copy(), np.ones(itself.shape[:2], bool), 1)


def maps(value: float, channels: int = 3, side: int = 20) -> Floats:
    return np.full((side, side, channels), value, np.float32)


@pytest.mark.parametrize("source", [True, False])
@pytest.mark.parametrize("weight", [maps(0), maps(0, 1), maps(0)[..., 0]])
def test_maps_of_zero_change_nothing(weight: Floats, source: bool) -> None:
    out = PHOTO.copy()
    composite(out, placement(slice(10, 40), slice(5, 60), source), weight, maps(0))
    np.testing.assert_array_equal(out, PHOTO)


@pytest.mark.parametrize("source", [True, False])
def test_a_pixel_is_multiplied_by_the_weight_and_the_bias_is_added(source: bool) -> None:
    out = PHOTO.copy()
    bias = np.broadcast_to(np.array([0.1, 0.0, -0.1], np.float32), (20, 20, 3))
    composite(out, placement(slice(10, 30), slice(5, 25), source), maps(-0.5, 1), bias)
    expected = np.clip(0.5 * PHOTO[10:30, 5:25] + [25.5, 0, -25.5], 0, 255)
    assert np.abs(out[12:28, 7:23].astype(float) - expected[2:-2, 2:-2]).max() <= 0.51


@pytest.mark.parametrize("shape", [(60, 80), (700, 900)])
def test_pixels_outside_the_box_or_the_maps_are_unchanged(shape: tuple[int, int]) -> None:
    photo = RNG.integers(0, 256, (*shape, 3), np.uint8)
    out = photo.copy()
    composite(out, placement(slice(10, 58), slice(5, 79)), maps(0.9), maps(0.3))
    changed = (out != photo).any(2)
    assert changed[12:28, 7:23].mean() > 0.9
    changed[8:32, 3:27] = False  # 20 entries and the reach of the interpolation
    assert not changed.any()


def test_pixels_outside_the_model_grid_are_unchanged() -> None:
    here = placement(slice(0, 60), slice(0, 80))
    nowhere = replace(here, drawn_grid=np.full_like(here.grid, OUTSIDE_COORDINATE))
    out = PHOTO.copy()
    composite(out, nowhere, maps(1), maps(1))
    np.testing.assert_array_equal(out, PHOTO)


def test_values_beyond_black_and_white_are_clipped() -> None:
    for bias, level in ((9.0, 255), (-9.0, 0)):
        out = PHOTO.copy()
        composite(out, placement(slice(0, 20), slice(0, 20)), maps(0), maps(bias))
        assert (out[1:19, 1:19] == level).all()


def test_pixels_come_from_the_source_of_the_placement() -> None:
    here = placement(slice(10, 30), slice(5, 25))
    assert here.source is not None
    shifted = replace(here, drawn_source=here.source + np.array([3, -2], np.float32))
    out = PHOTO.copy()
    composite(out, shifted, maps(0), maps(0))
    np.testing.assert_array_equal(out[12:30, 5:22], PHOTO[10:28, 8:25])


@pytest.mark.parametrize(
    "box", [(slice(0, 0), slice(0, 9)), (slice(60, 60), slice(80, 80)), (slice(4, 9), slice(7, 7))]
)
def test_an_empty_box_changes_nothing(box: tuple[slice, slice]) -> None:
    out = PHOTO.copy()
    for source in (True, False):
        composite(out, placement(*box, source), maps(1), maps(1))
    np.testing.assert_array_equal(out, PHOTO)


coordinates = st.floats(-1e6, 1e6)


@settings(max_examples=60)
@given(
    points=st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=5),
    shape=st.tuples(st.integers(1, 500), st.integers(1, 500)),
)
def test_a_box_contains_the_points_and_stays_inside_the_photo(
    points: list[tuple[float, float]], shape: tuple[int, int]
) -> None:
    rows, columns = box_around(np.array(points), shape)
    assert 0 <= rows.start <= rows.stop <= shape[0]
    assert 0 <= columns.start <= columns.stop <= shape[1]
    for x, y in points:
        if 0 <= x <= shape[1] - 1 and 0 <= y <= shape[0] - 1:
            assert columns.start <= x <= columns.stop - 1
            assert rows.start <= y <= rows.stop - 1


@settings(max_examples=60)
@given(factor=st.integers(1, 9), shape=st.tuples(st.integers(20, 60), st.integers(20, 60)))
def test_enlarged_coordinates_are_linear_up_to_their_edges(factor: int, shape: tuple[int, int]) -> None:
    cells = [-(-side // factor) for side in shape]
    y, x = np.mgrid[: cells[0], : cells[1]].astype(np.float32) * factor + (factor - 1) / 2
    large = enlarged_coordinates(np.stack([x, y], axis=2).astype(np.float32), factor, shape)
    v, u = np.mgrid[: shape[0], : shape[1]]
    assert large.shape == (*shape, 2)
    np.testing.assert_allclose(large, np.stack([u, v], axis=2), atol=1e-3)


def test_empty_coordinates_stay_empty() -> None:
    assert enlarged_coordinates(np.empty((0, 4, 2), np.float32), 3, (0, 12)).size == 0
