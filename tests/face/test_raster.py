from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixelfes.arrays import Array
from pixelfes.face.raster import affine_maps, draw_triangles, mapped_coordinates

OUTSIDE_MAP = np.array([0, 0, -7, 0, 0, -9], np.float32)
TWO = np.array([[0, 1, 2], [2, 1, 3]])
quick = settings(max_examples=60)
SQUARE = np.array([[10.0, 10], [34, 10], [10, 34], [34, 34]])
quads = hnp.arrays(np.float64, (4, 2), elements=st.floats(2, 40))
bent_squares = hnp.arrays(np.float64, (4, 2), elements=st.floats(-5, 5)).map(lambda moves: SQUARE + moves)


def areas(vertices: Array) -> Array:
    a, b, c = (vertices[TWO[:, i]] for i in range(3))
    (u, v), (p, q) = (b - a).T, (c - a).T
    return np.asarray((u * q - v * p) / 2)


def barycentric(corners: Array) -> tuple[Array, Array]:
    """Return the corner weights of every pixel (H, W, 3), and its distance to the edges, positive inside (H, W)."""
    y, x = np.mgrid[:44, :44]
    inverse = np.linalg.inv(np.vstack([corners.T, np.ones(3)]))
    weights = np.stack([x, y, 0 * x + 1], axis=2) @ inverse.T
    return weights, (weights / np.linalg.norm(inverse[:, :2], axis=1)).min(2)


@quick
@given(source=quads, target=quads)
def test_affine_maps_map_corners_to_corners(source: Array, target: Array) -> None:
    assume(np.abs(areas(source)).min() > 2)
    maps = affine_maps(source, target, TWO)
    for row, triangle in zip(maps, TWO, strict=True):
        corners = np.column_stack([source[triangle], np.ones(3)])
        np.testing.assert_allclose(corners @ row.reshape(2, 3).T, target[triangle], atol=0.01)


def test_a_flat_triangle_maps_to_the_middle_of_its_target() -> None:
    source = np.array([[1.0, 1], [2, 2], [3, 3]])
    target = np.array([[0.0, 0], [6, 0], [0, 9]])
    np.testing.assert_allclose(affine_maps(source, target, np.array([[0, 1, 2]])), [[0, 0, 2, 0, 0, 3]])


@quick
@given(source=bent_squares, target=quads)
def test_coordinates_of_a_drawn_mesh_are_barycentric(source: Array, target: Array) -> None:
    labels = draw_triangles(source, TWO, (44, 44))
    field = mapped_coordinates(labels, affine_maps(source, target, TWO), OUTSIDE_MAP)
    for triangle in TWO:
        weights, depth = barycentric(source[triangle])
        inside = depth > 1  # drawing covers every pixel that a triangle touches
        np.testing.assert_allclose(field[inside], (weights @ target[triangle])[inside], atol=0.02)


def test_pixels_outside_all_triangles_use_the_outside_map() -> None:
    vertices = np.array([[2.0, 2], [9, 2], [2, 9], [9, 9]])
    labels = draw_triangles(vertices, TWO[:1], (12, 12))
    field = mapped_coordinates(labels, affine_maps(vertices, vertices, TWO[:1]), OUTSIDE_MAP)
    assert labels[11, 11] == -1
    assert field[11, 11].tolist() == [-7, -9]
    assert labels[3, 3] == 0
    np.testing.assert_allclose(field[3, 3], [3, 3], atol=1e-5)


def test_later_triangles_cover_earlier_ones() -> None:
    vertices = np.array([[0.0, 0], [20, 0], [0, 20]])
    labels = draw_triangles(vertices, np.array([[0, 1, 2], [0, 1, 2]]), (20, 20))
    assert set(np.unique(labels)) == {-1, 1}


def test_every_pixel_inside_a_mesh_is_covered() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        middle = rng.uniform(8, 12, 2)
        vertices = np.array([[0.0, 0], [20, 0], [20, 20], [0, 20], middle])
        fan = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
        assert (draw_triangles(vertices, fan, (21, 21)) >= 0).all()


def test_a_picture_of_no_pixels_has_no_labels() -> None:
    assert draw_triangles(np.zeros((3, 2)), np.array([[0, 1, 2]]), (0, 5)).shape == (0, 5)
