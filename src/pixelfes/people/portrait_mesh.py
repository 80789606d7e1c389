"""The mesh of a whole portrait: the face mesh, the outline of head and neck around it, and a margin beyond the outline.

The face mesh ends at the oval of the face, below the hairline. In the portrait mesh the forehead reaches up to the hairline.
A ring of 36 points follows hair, ears and neck, and a second ring, the *halo*, is on the background. Portraits warped with
this mesh have hair on hair and neck on neck, so their means have a sharp outline.

Convention: a portrait mesh has 540 vertices (x, y): the 468 landmarks, with those of the forehead moved to fit the hairline,
36 of the outline and 36 of the halo. Vertex 468 + i of the outline belongs to point i of the oval. The *atlas* is the picture
(A, A) on which the textures of all portraits are registered. In atlas pixels and in portrait pixels x is right, y is down, and
pixel centres are at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Indices, Labels, Pixels
from pixelfes.face.placement import OUTSIDE_MAP
from pixelfes.face.raster import affine_maps, draw_triangles, is_sliver, mapped_coordinates
from pixelfes.face.smooth import sample_cubic
from pixelfes.face.topology import INNER_MOUTH, N_POINTS, OVAL, Region, face_topology

N_RING = len(OVAL)
N_VERTICES = N_POINTS + 2 * N_RING
HALO = Region.RING + 1
"""Region of the triangles between outline and halo; the other regions are those of `pixelfes.face.topology.Region`."""

FOREHEAD = (*(10, 21, 54, 67, 68, 69, 103, 104, 108, 109, 151, 162, 251, 284, 297, 298, 299, 332, 333, 337, 338, 389),)
"""Landmarks between eyebrows and hairline. Detectors infer them from the rest of the face."""

ATLAS_SUPERSAMPLING = 2
"""The atlas and portraits are drawn at this multiple of their size, then averaged down."""

_LOWER_LIP = INNER_MOUTH[1:10]
_UPPER_LIP = INNER_MOUTH[:10:-1]


@dataclass(frozen=True)
class PortraitTopology:
    """The triangulation of the portrait mesh.

    Attributes
    ----------
    triangles : (T, 3) int
        Vertex indices, in the order in which the triangles are drawn.
    region : (T,) int
        The `Region` of each triangle, or `HALO`.
    """

    triangles: Indices
    region: Indices


@cache
def portrait_topology() -> PortraitTopology:
    """Return the triangulation: the halo first, then outline and mouth, then the face over them."""
    face = face_topology()
    inner = face.region != Region.RING
    halo = [
        triangle
        for a, b in zip(range(N_RING), [*range(1, N_RING), 0], strict=True)
        for triangle in (
            (N_POINTS + a, N_POINTS + N_RING + a, N_POINTS + b),
            (N_POINTS + b, N_POINTS + N_RING + a, N_POINTS + N_RING + b),
        )
    ]
    triangles = np.concatenate([np.array(halo), face.triangles[~inner], face.triangles[inner]])
    region = np.concatenate([np.full(len(halo), HALO), face.region[~inner], face.region[inner]])
    rank = np.select([region == HALO, region == Region.RING, region == Region.MOUTH], [0, 1, 2], 3)
    order = np.argsort(rank, kind="stable")
    return PortraitTopology(triangles[order], region[order])


def mirror_vertices() -> Indices:
    """Return the index (540,) of each vertex's mirror image."""
    ring = (N_RING - np.arange(N_RING)) % N_RING
    return np.concatenate([face_topology().mirror, N_POINTS + ring, N_POINTS + N_RING + ring])


def lip_pairs() -> tuple[Indices, Indices]:
    """Return the indices (9,) of the upper and of the lower inner lip; they touch in pairs when the mouth is closed."""
    return np.array(_UPPER_LIP), np.array(_LOWER_LIP)


@dataclass(frozen=True)
class Atlas:
    """The picture on which all portraits are registered.

    Parameters
    ----------
    vertices : (540, 2), atlas pixels
    size : int
        Side A of the atlas.
    """

    vertices: Array
    size: int

    def coverage(self, *regions: int) -> Floats:
        """Return the share of each pixel, (A, A) from 0 to 1, that lies in the regions."""
        inside = np.isin(np.append(portrait_topology().region, -1)[self._labels], regions)
        return self._reduced(inside.astype(np.float32))

    def from_portrait(self, picture: Pixels | Floats, vertices: Array, border: int = cv2.BORDER_REPLICATE) -> Floats:
        """Warp a picture to the atlas.

        Parameters
        ----------
        picture : (H, W) or (H, W, C)
        vertices : (540, 2)
            The portrait mesh, in pixels of the picture.
        border : int
            OpenCV's border mode beyond the picture; with ``cv2.BORDER_CONSTANT`` it is 0 there.

        Returns
        -------
        (A, A) or (A, A, C) float32, in the unit of the picture
        """
        maps = affine_maps(self._fine_vertices, vertices, self._triangles)
        source = mapped_coordinates(self._labels, maps, OUTSIDE_MAP)
        return self._reduced(sample_cubic(np.asarray(picture, np.float32), source, border))

    def to_portrait(self, texture: Floats, vertices: Array, size: int, mouth: bool) -> Floats:
        """Warp a texture from the atlas to a portrait.

        Parameters
        ----------
        texture : (A, A, C)
        vertices : (540, 2)
            The portrait mesh, in portrait pixels.
        size : int
            Side of the portrait.
        mouth : bool
            Whether to draw the inside of the mouth.

        Returns
        -------
        (2 size, 2 size, C) float32
            Twice the size of the portrait. Beyond the halo it has the value of the atlas's corner.
        """
        mesh = portrait_topology()
        fine = (vertices + 0.5) * ATLAS_SUPERSAMPLING - 0.5
        triangles = mesh.triangles if mouth else mesh.triangles[mesh.region != Region.MOUTH]
        slivers = is_sliver(fine, triangles)
        triangles = np.concatenate([triangles[slivers], triangles[~slivers]])
        labels = draw_triangles(fine, triangles, (size * ATLAS_SUPERSAMPLING, size * ATLAS_SUPERSAMPLING))
        source = mapped_coordinates(labels, affine_maps(fine, self.vertices, triangles), OUTSIDE_MAP)
        return np.asarray(sample_cubic(texture, source), np.float32)

    def _reduced(self, fine: Floats) -> Floats:
        return np.asarray(cv2.resize(fine, (self.size, self.size), interpolation=cv2.INTER_AREA), np.float32)

    @cached_property
    def _fine_vertices(self) -> Array:
        return (self.vertices + 0.5) * ATLAS_SUPERSAMPLING - 0.5

    @cached_property
    def _triangles(self) -> Indices:
        return portrait_topology().triangles

    @cached_property
    def _labels(self) -> Labels:
        side = self.size * ATLAS_SUPERSAMPLING
        return draw_triangles(self._fine_vertices, self._triangles, (side, side))
