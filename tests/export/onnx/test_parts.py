"""The parts of the graph that do what OpenCV does, beside OpenCV, on whatever hypothesis draws."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pixelfes.arrays import AnyArray
from pixelfes.export.onnx.graph import Graph
from pixelfes.export.onnx.light import on_polygon
from pixelfes.export.onnx.warp.raster import triangle_index_picture
from pixelfes.export.onnx.warp.sampling import cubic, linear, thrice
from pixelfes.face.smooth import sample_cubic, sample_linear
from tests.export.exported import LEVELS

SIDES = (23, 31)


def session(graph: Graph) -> Any:
    from onnxruntime import InferenceSession

    return InferenceSession(graph.model("part", {}))


@cache
def triangles_drawn() -> Any:
    graph = Graph()
    corners = graph.input("corners", np.int64, ("n", 3, 2))
    numbers = graph.count_up(corners.side(0)) + 1
    sides = [graph.value(side, np.int64) for side in SIDES]
    graph.output("labels", triangle_index_picture(graph, corners, numbers, sides[0], sides[1]), SIDES)
    return session(graph)


@given(arrays(np.int32, st.tuples(st.integers(1, 6), st.just(3), st.just(2)), elements=st.integers(-300, 900)))
@settings(max_examples=60, deadline=None)
def test_triangles_cover_the_pixels_that_opencv_covers(corners: AnyArray) -> None:
    expected = np.zeros(SIDES, np.int32)
    for index, triangle in enumerate(corners):
        cv2.fillConvexPoly(expected, triangle, index + 1, cv2.LINE_8, 4)
    found = triangles_drawn().run(None, {"corners": corners.astype(np.int64)})[0]
    np.testing.assert_array_equal(found, expected)


@cache
def polygon_drawn() -> Any:
    graph = Graph()
    points = graph.input("points", np.int64, (16, 2))
    y, x = (np.arange(side, dtype=np.int64) for side in SIDES)
    inside = on_polygon(graph, points, graph.value(x[None, :, None]), graph.value(y[:, None, None]))
    graph.output("inside", inside, SIDES)
    return session(graph)


@given(
    st.lists(st.floats(2, 10), min_size=16, max_size=16), st.floats(0.2, 1), st.tuples(st.floats(11, 19), st.just(11.0))
)
@settings(max_examples=40, deadline=None)
def test_an_eye_covers_the_pixels_that_opencv_covers(
    radii: list[float], flat: float, middle: tuple[float, float]
) -> None:
    angles = 2 * np.pi * np.arange(16) / 16
    shape = np.column_stack([np.cos(angles), flat * np.sin(angles)]) * np.array(radii)[:, None]
    points = np.round(shape + middle).astype(np.int32)
    expected = np.zeros(SIDES, np.uint8)
    cv2.fillPoly(expected, [points], 1)
    found = polygon_drawn().run(None, {"points": points.astype(np.int64)})[0]
    np.testing.assert_array_equal(found, expected > 0)


def test_pixels_between_pixels_are_those_of_opencv() -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    field = (rng.random((40, 50, 2)) * [36, 26] - 3).astype(np.float32)
    graph = Graph()
    found = cubic(graph, graph.input("photo", np.uint8, (20, 30, 3)), graph.input("field", np.float32, field.shape))
    graph.output("out", found.turned(1, 2, 0), (*field.shape[:2], 3))
    out = session(graph).run(None, {"photo": photo, "field": field})[0]
    np.testing.assert_allclose(out, sample_cubic(photo, field).astype(np.int32), rtol=0, atol=min(1, LEVELS - 1))


def test_maps_are_enlarged_and_read_as_by_opencv() -> None:
    rng = np.random.default_rng(1)
    maps = rng.random((9, 12)).astype(np.float32)
    field = (rng.random((40, 50, 2)) * [42, 33] - 3).astype(np.float32)
    graph = Graph()
    large = thrice(graph, graph.input("maps", np.float32, (9, 12)).wider(0))
    graph.output("out", linear(graph, large, graph.input("field", np.float32, field.shape)).take(0), (40, 50))
    out = session(graph).run(None, {"maps": maps, "field": field})[0]
    enlarged = cv2.resize(maps, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(out, sample_linear(enlarged, field), atol=1e-6)
