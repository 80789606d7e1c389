"""The mesh registration: each output pixel observes the one input pixel that corresponds to it.

Convention: the *model grid* is the square of size x size pixels in which weight and bias live, pixel centres at whole numbers.
The reference shape R, the mean face in full expression, is laid out on it with the mouth magnified: rows and columns there
are worth more, because teeth have finer detail than cheeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.alignment import symmetric
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.placement import OUTSIDE_MAP, Placement, box_around
from pixelfes.face.raster import affine_maps, doubled_areas, draw_triangles, is_sliver, mapped_coordinates
from pixelfes.face.smooth import magnified, smoothstep
from pixelfes.face.topology import INNER_LIPS, INNER_MOUTH, N_POINTS, OUTER_MOUTH, OVAL, Region, face_topology

GRID_SUPERSAMPLING = 3
"""Training textures are drawn at this multiple of the model grid, then averaged down."""

RING_REACH = 1.25
_MAGNIFY_X = (3.0, 0.35)  # gain at the middle of the face, reach in distances between the eyes
_MAGNIFY_Y = (5.0, 0.2)  # gain at the middle of the mouth, reach
_FEATHER = 0.10
_FAR_FROM_LIPS = 0.45  # distances between the eyes
EYE_DISTANCE_DRAWN = 56.0
STILL_DISTANCE = 0.02  # pixels; a vertex that moves less stays


@dataclass(frozen=True)
class MeshRegistration:
    """Piecewise affine registration over 468 landmarks and a ring where everything stays put.

    Parameters
    ----------
    shape : (468, 3), canonical
        The mean face in full expression.
    size : int
        Side of the model grid.
    """

    shape: Array
    size: int

    @cached_property
    def vertices(self) -> Array:
        """The reference shape with its ring on the model grid, (504, 2); the oval fills the grid, the ring lies outside."""
        points = _with_ring(symmetric(self.shape)[:, :2], symmetric(self.shape)[:, :2])
        mouth = points[list(INNER_LIPS), 1].mean()
        laid = np.column_stack([magnified(points[:, 0], 0.0, *_MAGNIFY_X), magnified(points[:, 1], mouth, *_MAGNIFY_Y)])
        low, high = laid[list(OVAL)].min(0), laid[list(OVAL)].max(0)
        return np.asarray((laid - low) / (high - low) * (self.size - 2) + 0.5)

    @cached_property
    def mouth_mask(self) -> Floats:
        """Share (size, size) of each grid pixel that lies between the lips."""
        inside = (self._regions == Region.MOUTH).astype(np.float32)
        return self.reduced(cv2.GaussianBlur(inside, (0, 0), 1.0))

    @cached_property
    def face_mask(self) -> Floats:
        """How much of a change is let through (size, size): 1 on the face, fading to 0 at its oval and in the eyes."""
        side = self.size * GRID_SUPERSAMPLING
        oval = np.zeros((side, side), np.uint8)
        cv2.fillPoly(oval, [np.round(self._fine_vertices[list(OVAL)]).astype(np.int32)], 1)
        inside = smoothstep(cv2.distanceTransform(oval, cv2.DIST_L2, 5) / side, 0.0, _FEATHER)
        eyes = cv2.GaussianBlur((self._regions == Region.EYE).astype(np.float32), (0, 0), 3.0)
        return self.reduced((inside * (1 - np.clip(1.6 * eyes, 0, 1))).astype(np.float32))

    @cached_property
    def calm_skin(self) -> Floats:
        """Skin that an expression of the mouth leaves alone (size, size): on the face, far from the lips, not the eyes."""
        mesh, points = face_topology(), self.shape[:, :2]
        corners = np.where(mesh.triangles < N_POINTS, mesh.triangles, 0)
        centres = points[corners].mean(1)
        distance = np.linalg.norm(centres[:, None] - points[list(OUTER_MOUTH)], axis=2).min(1)
        calm = np.append((mesh.region == Region.SKIN) & (distance > _FAR_FROM_LIPS), False)
        return self.face_mask * self.reduced(calm[self._labels].astype(np.float32))

    def texture(self, pixels: Pixels, landmarks: Array) -> Floats:
        """Warp a photo onto the model grid: (size, size, 3) float32, 1 for 255."""
        return self.reduced(self.fine_texture(pixels, landmarks))

    def fine_texture(self, pixels: Pixels, landmarks: Array) -> Floats:
        """Warp a photo onto the reference shape: (3 size, 3 size, 3) float32, 1 for 255, outside the ring black.

        The photo is blurred first where the grid is coarser than its pixels.
        """
        target = _with_ring(landmarks[:, :2], landmarks[:, :2])
        rows, columns = box_around(target, pixels.shape)
        part = pixels[rows, columns].astype(np.float32) / 255
        step = eye_distance(landmarks) / eye_distance(np.pad(self._fine_vertices[:N_POINTS], ((0, 0), (0, 1))))
        if step > 1:
            part = cv2.GaussianBlur(part, (0, 0), 0.4 * float(np.sqrt(step**2 - 1)) + 1e-3)
        mesh = face_topology()
        maps = affine_maps(self._fine_vertices, target - [columns.start, rows.start], mesh.triangles)
        field = mapped_coordinates(self._labels, maps, OUTSIDE_MAP)
        warped = cv2.remap(part, field, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(np.clip(warped, 0, 1), np.float32)

    def reduced(self, picture: Floats) -> Floats:
        """Average a picture as of `fine_texture` down to the model grid."""
        return np.asarray(cv2.resize(picture, (self.size, self.size), interpolation=cv2.INTER_AREA), np.float32)

    def place(self, landmarks: Array, moved: Array, shape: tuple[int, ...], changed: Floats) -> Placement:
        """Say where each output pixel comes from, and where it lies on the reference shape.

        Parameters
        ----------
        landmarks, moved : (468, 3), image pixels
            The face as it is, and as it is to be; z decides what hides what.
        shape : tuple
            Of the photo, (H, W, ...).
        changed : (size, size)
            Above 0 where the maps change anything: what neither moves nor changes is left out.
        """
        mesh = face_topology()
        here = _with_ring(landmarks[:, :2], landmarks[:, :2])
        there = _with_ring(moved[:, :2], landmarks[:, :2])
        changing = (np.linalg.norm(there - here, axis=1) > STILL_DISTANCE) | self._at_vertices(changed)
        changing_triangles = changing[mesh.triangles].any(1)
        reached = np.unique(mesh.triangles[changing_triangles]) if changing.any() else np.array([0])
        rows, columns = box_around(np.concatenate([here[reached], there[reached]]), shape)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if height == 0 or width == 0:
            return Placement.nowhere()
        factor = max(1, min(round(eye_distance(landmarks) / EYE_DISTANCE_DRAWN), height // 4, width // 4))
        middle = (factor - 1) / 2  # of the factor x factor pixels that one drawn pixel stands for
        drawn = (there - [columns.start, rows.start] - middle) / factor
        identity = np.array([factor, 0, middle, 0, factor, middle], np.float32)
        order = _back_to_front(drawn, here, moved[:, 2])
        triangles = mesh.triangles[order[changing_triangles[order]]]
        labels = draw_triangles(drawn, triangles, (-(-height // factor), -(-width // factor)))
        source = mapped_coordinates(labels, affine_maps(drawn, here - [columns.start, rows.start], triangles), identity)
        grid = mapped_coordinates(labels, affine_maps(drawn, self.vertices, triangles), OUTSIDE_MAP)
        active = _moves(source, factor) | (cv2.remap(changed, grid, None, cv2.INTER_LINEAR) > 0)
        active = cv2.dilate(active.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return Placement(rows, columns, source, grid, active, factor)

    def _at_vertices(self, mask: Floats) -> npt.NDArray[np.bool_]:
        """Return at which vertices (504,) a mask on the model grid is above 0, or near them."""
        wide = cv2.dilate(mask, np.ones((9, 9), np.uint8))
        column, row = np.clip(np.round(self.vertices), 0, self.size - 1).astype(int).T
        inside = (self.vertices >= 0).all(1) & (self.vertices <= self.size - 1).all(1)
        return np.asarray(inside & (wide[row, column] > 0))

    @cached_property
    def fine_mouth(self) -> tuple[slice, slice, Floats]:
        """Rows and columns of the fine grid around the inside of the mouth, and the mask of that inside in them.

        They hold whole grid pixels and are mirrored about the middle.
        """
        points = self._fine_vertices[list(INNER_MOUTH)]
        low = np.maximum(np.floor(points.min(0) / GRID_SUPERSAMPLING).astype(int) - 3, 0) * GRID_SUPERSAMPLING
        high = np.ceil(points.max(0) / GRID_SUPERSAMPLING).astype(int) * GRID_SUPERSAMPLING + 3 * GRID_SUPERSAMPLING
        rows = slice(int(low[1]), min(int(high[1]), self.size * GRID_SUPERSAMPLING))
        columns = slice(int(low[0]), self.size * GRID_SUPERSAMPLING - int(low[0]))
        return rows, columns, (self._regions[rows, columns] == Region.MOUTH).astype(np.float32)

    @cached_property
    def _fine_vertices(self) -> Array:
        return (self.vertices + 0.5) * GRID_SUPERSAMPLING - 0.5

    @cached_property
    def _labels(self) -> npt.NDArray[np.int32]:
        side = self.size * GRID_SUPERSAMPLING
        return draw_triangles(self._fine_vertices, face_topology().triangles, (side, side))

    @cached_property
    def _regions(self) -> npt.NDArray[np.int64]:
        return np.asarray(np.append(face_topology().region, Region.RING)[self._labels])


def _moves(source: Floats, factor: int) -> npt.NDArray[np.bool_]:
    """Return which entries of a field of source coordinates, each for factor x factor pixels, are not where they come from."""
    middle = (factor - 1) / 2
    x = np.arange(source.shape[1], dtype=np.float32) * factor + middle
    y = np.arange(source.shape[0], dtype=np.float32)[:, None] * factor + middle
    return np.asarray((np.abs(source[..., 0] - x) > STILL_DISTANCE) | (np.abs(source[..., 1] - y) > STILL_DISTANCE))


def _with_ring(points: Array, base: Array) -> Array:
    """Return points (468, 2) and the ring (36, 2): the oval of ``base`` (468, 2) enlarged about its middle."""
    oval = base[list(OVAL)]
    middle = oval.mean(0)
    return np.concatenate([points, middle + RING_REACH * (oval - middle)])


def _back_to_front(drawn: Array, before: Array, depth: Array) -> npt.NDArray[np.int64]:
    """Return the indices of the triangles to draw: slivers, ring, then the face from far to near, without what faces away.

    A triangle that faces away in the photo shows nothing of itself there; one that does so after the movement is hidden.
    """
    mesh = face_topology()
    hidden = (doubled_areas(before, mesh.triangles) < 0) & (
        mesh.region == Region.SKIN
    )  # lips that touch may cross, and still open
    ring = mesh.region == Region.RING
    nearness = np.append(-depth, np.full(len(OVAL), -np.inf))[mesh.triangles].mean(1)
    order = np.lexsort((nearness, np.where(ring, 1, np.where(is_sliver(drawn, mesh.triangles), 0, 2))))
    return np.asarray(order[(ring | (doubled_areas(drawn, mesh.triangles) >= 0) & ~hidden)[order]])
