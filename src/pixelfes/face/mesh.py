"""The mesh registration: each output pixel observes the one input pixel that corresponds to it.

The reference shape R is the mean face in full expression. It is laid out on the model grid with the mouth magnified, because
teeth have finer detail than cheeks.

Convention: landmarks and output pixels are in image pixels. The *model grid* is the square of size x size pixels on which
weight and bias are defined; the *fine grid* has 3 x 3 pixels for each of its pixels. In all of them x is right, y is down, and
pixel centres are at whole numbers. The shape R is canonical (origin between the eyes, their distance as the unit).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Floats, Indices, Labels, Pixels
from pixelfes.face.alignment import symmetric
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.placement import OUTSIDE_MAP, Placement, box_around
from pixelfes.face.raster import affine_maps, doubled_areas, draw_triangles, is_sliver, mapped_coordinates
from pixelfes.face.smooth import antialiased, magnified, sample_cubic, sample_linear, smoothstep
from pixelfes.face.topology import INNER_LIPS, INNER_MOUTH, N_POINTS, OUTER_MOUTH, OVAL, Region, face_topology

GRID_SUPERSAMPLING = 3
"""Training textures are drawn at this multiple of the model grid, then averaged down."""
RING_REACH = 1.25
"""Size of the ring around the face, in sizes of the oval."""
EYE_DISTANCE_DRAWN = 56.0
"""Default distance between the eyes at which warps are drawn, pixels."""
FINE = 1e6
"""The same for warps that are drawn at the photo's own resolution."""
STILL_DISTANCE = 0.02
"""Pixels; what moves less counts as still."""

_COLUMN_GAIN, _COLUMN_REACH = (
    3.0,
    0.35,
)  # magnification around the middle of the face; reach in distances between the eyes
_ROW_GAIN, _ROW_REACH = 5.0, 0.2  # magnification around the middle of the mouth
_FEATHER = 0.10  # width of the border of `face_mask`, as a share of the grid's side
_LIPS_FEATHER = 0.06  # width of the border of `lips_mask`, as a share of the grid's side
_DEEP = 0.6  # depth between the lips, in units of the largest, from which on `deep_mouth` is 1
_FAR_FROM_LIPS = 0.45  # distances between the eyes


class MouthBox(NamedTuple):
    """The part of the fine grid around the inside of the mouth.

    Attributes
    ----------
    rows, columns : slice
        Whole pixels of the model grid; the columns are symmetric about the middle.
    inside : (h, w) float32
        1 between the lips, 0 elsewhere.
    """

    rows: slice
    columns: slice
    inside: Floats


@dataclass(frozen=True)
class MeshRegistration:
    """Piecewise affine registration by 468 landmarks and a ring around the face that stays still.

    Parameters
    ----------
    shape : (468, 3), canonical
        The mean face in full expression.
    size : int
        Side of the model grid.
    is_magnified : bool
        Whether the mouth and the middle of the face get more of the model grid.
    eye_distance_drawn : float
        Warps are drawn at about this distance between the eyes, in pixels, and then enlarged. Lips that slide along each other
        need a large one.
    """

    shape: Array
    size: int
    is_magnified: bool = True
    eye_distance_drawn: float = EYE_DISTANCE_DRAWN

    @cached_property
    def vertices(self) -> Array:
        """The reference shape with its ring on the model grid, (504, 2). The oval fills the grid; the ring is outside."""
        points = _with_ring(symmetric(self.shape)[:, :2], symmetric(self.shape)[:, :2])
        return self.on_grid(points)

    def on_grid(self, points: Array) -> Array:
        """Lay canonical points (K, 2) in the reference shape's frame out on the model grid, (K, 2)."""
        oval = self._laid_out(symmetric(self.shape)[list(OVAL), :2])
        low, high = oval.min(0), oval.max(0)
        return np.asarray((self._laid_out(points) - low) / (high - low) * (self.size - 2) + 0.5)

    def _laid_out(self, points: Array) -> Array:
        if not self.is_magnified:
            return points
        mouth = float(symmetric(self.shape)[list(INNER_LIPS), 1].mean())
        x = magnified(points[:, 0], 0.0, _COLUMN_GAIN, _COLUMN_REACH)
        y = magnified(points[:, 1], mouth, _ROW_GAIN, _ROW_REACH)
        return np.column_stack([x, y])

    @cached_property
    def mouth_mask(self) -> Floats:
        """Share of each grid pixel that lies between the lips, (size, size)."""
        inside = (self._regions == Region.MOUTH).astype(np.float32)
        return self.reduced(cv2.GaussianBlur(inside, (0, 0), 1.0))

    @cached_property
    def face_mask(self) -> Floats:
        """Share of the change that is applied, (size, size): 1 on the face, falling to 0 at its oval and in the eyes."""
        side = self.size * GRID_SUPERSAMPLING
        oval = np.zeros((side, side), np.uint8)
        cv2.fillPoly(oval, [np.round(self.fine_vertices[list(OVAL)]).astype(np.int32)], 1)
        inside = smoothstep(cv2.distanceTransform(oval, cv2.DIST_L2, 5) / side, 0.0, _FEATHER)
        eyes = cv2.GaussianBlur((self._regions == Region.EYE).astype(np.float32), (0, 0), 3.0)
        return self.reduced((inside * (1 - np.clip(1.6 * eyes, 0, 1))).astype(np.float32))

    @cached_property
    def lips_mask(self) -> Floats:
        """1 on the lips and between them, falling to 0 around them, (size, size)."""
        lips = np.zeros((self.size * GRID_SUPERSAMPLING,) * 2, np.uint8)
        cv2.fillPoly(lips, [np.round(self.fine_vertices[list(OUTER_MOUTH)]).astype(np.int32)], 1)
        around = cv2.distanceTransform(1 - lips, cv2.DIST_L2, 5) / len(lips)
        return self.reduced((1 - smoothstep(around, 0.0, _LIPS_FEATHER)).astype(np.float32))

    @cached_property
    def deep_mouth(self) -> Floats:
        """1 in the middle between the lips, falling to 0 at the lips, (size, size)."""
        inside = (self._regions == Region.MOUTH).astype(np.uint8)
        depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
        deep = self.reduced(smoothstep(depth / max(float(depth.max()), 1.0), 0.0, _DEEP).astype(np.float32))
        return np.asarray(deep.astype(np.float16), np.float32)  # exports store half precision

    @cached_property
    def calm_skin(self) -> Floats:
        """Share of each grid pixel, (size, size), that is skin far from the lips and the eyes."""
        mesh, points = face_topology(), self.shape[:, :2]
        corners = np.where(mesh.triangles < N_POINTS, mesh.triangles, 0)
        centres = points[corners].mean(1)
        distance = np.linalg.norm(centres[:, None] - points[list(OUTER_MOUTH)], axis=2).min(1)
        calm = np.append((mesh.region == Region.SKIN) & (distance > _FAR_FROM_LIPS), False)
        return self.face_mask * self.reduced(calm[self.labels].astype(np.float32))

    def texture(self, pixels: Pixels, landmarks: Array) -> Floats:
        """Warp a photo onto the reference shape, on the model grid.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
        landmarks : (468, 3), image pixels

        Returns
        -------
        (size, size, 3) float32, 0 to 1
            Black outside the ring.
        """
        return self.reduced(self.fine_texture(pixels, landmarks))

    def fine_texture(self, pixels: Pixels, landmarks: Array) -> Floats:
        """Warp a photo onto the reference shape, on the fine grid: (3 size, 3 size, 3) float32; see `texture`."""
        target = _with_ring(landmarks[:, :2], landmarks[:, :2])
        rows, columns = box_around(target, pixels.shape)
        drawn_distance = eye_distance(np.pad(self.fine_vertices[:N_POINTS], ((0, 0), (0, 1))))
        part = antialiased(
            pixels[rows, columns].astype(np.float32) / np.float32(255), eye_distance(landmarks) / drawn_distance
        )
        mesh = face_topology()
        maps = affine_maps(self.fine_vertices, target - [columns.start, rows.start], mesh.triangles)
        source = mapped_coordinates(self.labels, maps, OUTSIDE_MAP)
        return np.asarray(np.clip(sample_cubic(part, source), 0, 1), np.float32)

    def samples(self, pixels: Pixels, landmarks: Array) -> Floats:
        """Return the photo at the middle of every pixel of the model grid, (size, size, 3), 0 to 1; black outside the ring.

        This is `texture` without averaging: fast, and enough for what is blurred afterwards.
        """
        mesh, target = face_topology(), _with_ring(landmarks[:, :2], landmarks[:, :2])
        rows, columns = box_around(target, pixels.shape)
        maps = affine_maps(self.vertices, target - [columns.start, rows.start], mesh.triangles)
        middle = slice(GRID_SUPERSAMPLING // 2, None, GRID_SUPERSAMPLING)
        source = mapped_coordinates(self.labels[middle, middle], maps, OUTSIDE_MAP)
        return sample_linear(pixels[rows, columns], source, (0.0, 0.0, 0.0)) / np.float32(255)

    def reduced(self, fine: Floats) -> Floats:
        """Average a picture on the fine grid, (3 size, 3 size[, C]), down to the model grid."""
        return np.asarray(cv2.resize(fine, (self.size, self.size), interpolation=cv2.INTER_AREA), np.float32)

    def place(
        self,
        landmarks: Array,
        moved: Array,
        shape: tuple[int, ...],
        changed: Floats,
        still: float = 0.0,
        ring_reach: float = RING_REACH,
    ) -> Placement:
        """Return where each output pixel comes from, and where it lies on the model grid.

        Parameters
        ----------
        landmarks, moved : (468, 3), image pixels
            The face before and after the change; z decides which triangle hides which.
        shape : tuple
            Shape of the photo, (H, W, ...).
        changed : (size, size) float32
            Above 0 where the maps change anything. Pixels that neither move nor change are left out.
        still : float
            Share to which what lies deep in the mouth stays where it is, 0 to 1: teeth are fixed to the skull.
        ring_reach : float
            Size of the ring around the face, in sizes of the oval: a chin that goes far down needs a large one.
        """
        mesh = face_topology()
        here = _with_ring(landmarks[:, :2], landmarks[:, :2], ring_reach)
        there = _with_ring(moved[:, :2], landmarks[:, :2], ring_reach)
        changing = ((np.linalg.norm(there - here, axis=1) > STILL_DISTANCE) | self._at_vertices(changed))[
            mesh.triangles
        ].any(1)
        reached = np.unique(mesh.triangles[changing]) if changing.any() else np.array([0])
        rows, columns = box_around(np.concatenate([here[reached], there[reached]]), shape)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if height == 0 or width == 0:
            return Placement.nowhere()
        factor = min(self.coarseness(landmarks), max(1, height // 4), max(1, width // 4))
        corner = [columns.start, rows.start]
        drawn = (there - corner - (factor - 1) / 2) / factor
        order = _back_to_front(drawn, here, moved[:, 2])
        triangles = mesh.triangles[order[changing[order]]]
        labels = draw_triangles(drawn, triangles, (-(-height // factor), -(-width // factor)))
        source = mapped_coordinates(labels, affine_maps(drawn, here - corner, triangles), _map_to_itself(factor))
        grid = mapped_coordinates(labels, affine_maps(drawn, self.vertices, triangles), OUTSIDE_MAP)
        if still:
            source = _held(source, _map_to_itself(factor), still * sample_linear(self.deep_mouth, grid))
        return Placement(rows, columns, source, grid, _active(source, grid, changed, factor), factor)

    def coarseness(self, landmarks: Array) -> int:
        """Return how many pixels of the photo, along each axis, a warp of a face (468, 3) is drawn for at once; 1 for all."""
        return max(1, round(eye_distance(landmarks) / self.eye_distance_drawn))

    def _at_vertices(self, mask: Floats) -> Booleans:
        """Return which vertices (504,) are within 4 grid pixels of a value above 0 of a mask on the model grid."""
        wide = cv2.dilate(mask, np.ones((9, 9), np.uint8))
        column, row = np.clip(np.round(self.vertices), 0, self.size - 1).astype(int).T
        inside = (self.vertices >= 0).all(1) & (self.vertices <= self.size - 1).all(1)
        return np.asarray(inside & (wide[row, column] > 0))

    @cached_property
    def fine_mouth(self) -> MouthBox:
        """The part of the fine grid around the inside of the mouth."""
        points = self.fine_vertices[list(INNER_MOUTH)]
        low = np.maximum(np.floor(points.min(0) / GRID_SUPERSAMPLING).astype(int) - 3, 0) * GRID_SUPERSAMPLING
        high = np.ceil(points.max(0) / GRID_SUPERSAMPLING).astype(int) * GRID_SUPERSAMPLING + 3 * GRID_SUPERSAMPLING
        rows = slice(int(low[1]), min(int(high[1]), self.size * GRID_SUPERSAMPLING))
        columns = slice(int(low[0]), self.size * GRID_SUPERSAMPLING - int(low[0]))
        return MouthBox(rows, columns, (self._regions[rows, columns] == Region.MOUTH).astype(np.float32))

    @cached_property
    def fine_vertices(self) -> Array:
        """`vertices` on the fine grid, (504, 2)."""
        return (self.vertices + 0.5) * GRID_SUPERSAMPLING - 0.5

    @cached_property
    def labels(self) -> Labels:
        """The triangle that covers each pixel of the fine grid, (3 size, 3 size); -1 if there is none."""
        side = self.size * GRID_SUPERSAMPLING
        return draw_triangles(self.fine_vertices, face_topology().triangles, (side, side))

    @cached_property
    def _regions(self) -> Indices:
        return np.asarray(np.append(face_topology().region, Region.RING)[self.labels])


def _map_to_itself(factor: int) -> Floats:
    """Return the affine map (6,) from a drawn pixel to the middle of its factor x factor output pixels."""
    middle = (factor - 1) / 2
    return np.array([factor, 0, middle, 0, factor, middle], np.float32)


def _held(source: Floats, to_itself: Floats, share: Floats) -> Floats:
    """Return coordinates (h, w, 2) that are moved towards the pixels themselves by a share (h, w)."""
    everywhere = np.full(source.shape[:2], -1, np.int32)
    itself = mapped_coordinates(everywhere, np.empty((0, 6), np.float32), to_itself)
    return np.asarray(source + share[..., None] * (itself - source), np.float32)


def _active(source: Floats, grid: Floats, changed: Floats, factor: int) -> Booleans:
    """Return which drawn pixels move, are changed by the maps, or are next to such a pixel."""
    middle = (factor - 1) / 2
    x = np.arange(source.shape[1], dtype=np.float32) * factor + middle
    y = np.arange(source.shape[0], dtype=np.float32)[:, None] * factor + middle
    moves = (np.abs(source[..., 0] - x) > STILL_DISTANCE) | (np.abs(source[..., 1] - y) > STILL_DISTANCE)
    active = moves | (sample_linear(changed, grid) > 0)
    return np.asarray(cv2.dilate(active.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _with_ring(points: Array, base: Array, reach: float = RING_REACH) -> Array:
    """Return points (468, 2) followed by the ring (36, 2): the oval of ``base`` (468, 2) enlarged about its middle."""
    oval = base[list(OVAL)]
    middle = oval.mean(0)
    return np.concatenate([points, middle + reach * (oval - middle)])


def _back_to_front(drawn: Array, before: Array, depth: Array) -> Indices:
    """Return the indices of the triangles to draw, in order: slivers, the ring, then the face from far to near.

    Triangles that face away after the movement are left out. So is skin that faces away in the photo: the photo does not show
    it. Lips that touch may cross in the photo and still open, so only skin is tested there.
    """
    mesh = face_topology()
    hidden = (doubled_areas(before, mesh.triangles) < 0) & (mesh.region == Region.SKIN)
    ring = mesh.region == Region.RING
    nearness = np.append(-depth, np.full(len(OVAL), -np.inf))[mesh.triangles].mean(1)
    order = np.lexsort((nearness, np.where(ring, 1, np.where(is_sliver(drawn, mesh.triangles), 0, 2))))
    return np.asarray(order[(ring | (doubled_areas(drawn, mesh.triangles) >= 0) & ~hidden)[order]])
