"""Draw a triangle mesh: find the triangle of each pixel, and its place in another position of the same mesh.

Convention: vertices are (x, y) in pixels of the picture that is drawn, x right, y down, pixel centres at whole numbers. The
target of a map may be in any frame.
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Floats, Indices, Labels

FLAT_AREA = 1e-9
"""A triangle of less than this doubled area, in pixels², counts as flat."""

_FRACTION_BITS = 4  # OpenCV draws vertices at this precision


def draw_triangles(vertices: Array, triangles: Indices, shape: tuple[int, int]) -> Labels:
    """Return the triangle that covers each pixel.

    Parameters
    ----------
    vertices : (K, 2)
    triangles : (T, 3)
        Vertex indices; later triangles cover earlier ones.
    shape : (H, W)

    Returns
    -------
    (H, W) int32
        Index of the triangle, -1 if there is none. Every pixel that a triangle touches is covered.
    """
    labels = np.full(shape, -1, np.int32)
    if 0 in shape:
        return labels
    corners = np.round(vertices[triangles] * 2**_FRACTION_BITS).astype(np.int32)
    fill = cv2.fillConvexPoly
    for index, points in enumerate(corners):
        fill(labels, points, index, cv2.LINE_8, _FRACTION_BITS)
    return labels


def doubled_areas(vertices: Array, triangles: Indices) -> Array:
    """Return twice the signed area (T,) of each triangle; positive if a triangle of the face mesh faces the camera."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    cross: Array = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return -cross


def is_sliver(vertices: Array, triangles: Indices) -> Booleans:
    """Return which triangles (T,) are less than a pixel high; draw them before the others.

    Drawing covers every pixel that a triangle touches. The map of a sliver is inaccurate beside the sliver, so its neighbours
    should cover those pixels.
    """
    corners = vertices[triangles]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
    return np.asarray(np.abs(doubled_areas(vertices, triangles)) < longest)


def affine_maps(source: Array, target: Array, triangles: Indices) -> Floats:
    """Return the affine map of each triangle that takes its source corners to its target corners.

    Parameters
    ----------
    source, target : (K, 2)
        Vertices of the mesh in two positions.
    triangles : (T, 3)

    Returns
    -------
    (T, 6) float32
        A row ``a b c d e f`` means ``x' = a x + b y + c``, ``y' = d x + e y + f``. A triangle that is flat in the source maps
        to the middle of its target.
    """
    corners, goals = source[triangles], target[triangles]
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p, q = goals[:, 1] - goals[:, 0], goals[:, 2] - goals[:, 0]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    flat = np.abs(area) < FLAT_AREA
    inverse = np.where(flat, 0.0, 1 / np.where(flat, 1.0, area))[:, None]
    along_x = (p * v[:, 1:] - q * u[:, 1:]) * inverse
    along_y = (q * u[:, :1] - p * v[:, :1]) * inverse
    anchor = np.where(flat[:, None], goals.mean(1), goals[:, 0])
    offset = anchor - along_x * corners[:, 0, :1] - along_y * corners[:, 0, 1:]
    return np.asarray(np.stack([along_x, along_y, offset], axis=2).reshape(len(triangles), 6), np.float32)


def mapped_coordinates(labels: Labels, maps: Floats, outside: Floats) -> Floats:
    """Return where each pixel of a drawn mesh lies in the target mesh, (H, W, 2) float32.

    Parameters
    ----------
    labels : (H, W) int32
        The triangle of each pixel, from `draw_triangles` on the source mesh.
    maps : (T, 6) float32
        From `affine_maps`.
    outside : (6,) float32
        The map of pixels outside all triangles.
    """
    coefficients = np.concatenate([maps, outside[None]]).T.copy()
    index = np.where(labels < 0, len(maps), labels)
    x = np.arange(labels.shape[1], dtype=np.float32)
    y = np.arange(labels.shape[0], dtype=np.float32)[:, None]
    out = np.empty((*labels.shape, 2), np.float32)
    for axis in (0, 1):
        a, b, c = (np.take(coefficients[3 * axis + k], index) for k in range(3))
        a *= x
        b *= y
        a += b
        a += c
        out[..., axis] = a
    return out
