"""Drawing a triangle mesh: which triangle a pixel lies in, and where it lies in another position of the same mesh.

Convention: vertices are (x, y) in pixels of the picture drawn into, pixel centres at whole numbers.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Labels

_FRACTION_BITS = 4
FLAT_AREA = 1e-9


def draw_triangles(vertices: Array, triangles: npt.NDArray[np.int64], shape: tuple[int, int]) -> Labels:
    """Return the index (H, W) of the triangle that covers each pixel, -1 where none does; later triangles cover earlier."""
    labels = np.full(shape, -1, np.int32)
    if 0 in shape:
        return labels
    corners = np.round(vertices[triangles] * 2**_FRACTION_BITS).astype(np.int32)
    fill = cv2.fillConvexPoly
    for index, points in enumerate(corners):
        fill(labels, points, index, cv2.LINE_8, _FRACTION_BITS)
    return labels


def doubled_areas(vertices: Array, triangles: npt.NDArray[np.int64]) -> Array:
    """Return twice the area (T,) of each triangle, positive for the winding of the face mesh seen from the camera."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    cross: Array = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return -cross


def is_sliver(vertices: Array, triangles: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which triangles (T,) are less than a pixel high: they should be drawn before the others.

    Drawing covers every pixel that a triangle touches; what a sliver says of the pixels beside it is extrapolated far, and
    its neighbours know better.
    """
    corners = vertices[triangles]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
    return np.asarray(np.abs(doubled_areas(vertices, triangles)) < longest)


def affine_maps(source: Array, target: Array, triangles: npt.NDArray[np.int64]) -> Floats:
    """Return for each triangle (T, 6) the affine map that takes its source corners to its target corners.

    Row ``a b c d e f`` means ``x' = a x + b y + c``, ``y' = d x + e y + f``. A triangle without area in the source maps to
    the middle of its target.
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


def mapped_coordinates(labels: Labels, maps: Floats, outside: npt.NDArray[np.float32]) -> Floats:
    """Return where each pixel lies in the target mesh, (H, W, 2).

    Parameters
    ----------
    labels : (H, W)
        As of `draw_triangles` for the source mesh.
    maps : (T, 6)
        As of `affine_maps`.
    outside : (6,)
        The map for the pixels that no triangle covers.
    """
    table = np.concatenate([maps, outside[None]]).T.copy()
    index = np.where(labels < 0, len(maps), labels)
    x = np.arange(labels.shape[1], dtype=np.float32)
    y = np.arange(labels.shape[0], dtype=np.float32)[:, None]
    field = np.empty((*labels.shape, 2), np.float32)
    for axis in (0, 1):
        a, b, c = (np.take(table[3 * axis + k], index) for k in range(3))
        a *= x
        b *= y
        a += b
        a += c
        field[..., axis] = a
    return field
