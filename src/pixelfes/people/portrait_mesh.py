"""The mesh of a whole portrait: the face mesh, the outline of head and neck around it, and a margin beyond the outline.

The face mesh ends at the oval of the face, somewhere on the forehead. Here its forehead reaches up to the hairline, a
ring of 36 points follows hair, ears and neck, and a second ring, the *halo*, lies on the background. Portraits warped with
it have hair on hair and neck on neck, so that their averages have an outline.

Convention: a portrait mesh has 540 vertices (x, y): 468 landmarks, of which those of the forehead are moved to fit the
hairline, 36 of the outline, 36 of the halo; vertex 468 + i of the outline belongs to point i of the oval. The *atlas* is
the picture (A, A) in which textures of all portraits lie on each other, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Indices
from pixelfes.face.placement import OUTSIDE_MAP
from pixelfes.face.raster import affine_maps, draw_triangles, is_sliver, mapped_coordinates
from pixelfes.face.topology import INNER_MOUTH, N_POINTS, OVAL, Region, face_topology

N_RING = len(OVAL)
N_VERTICES = N_POINTS + 2 * N_RING
HALO = Region.RING + 1
"""Region of the triangles beyond the outline, beside those of `pixelfes.face.topology`."""

FOREHEAD = (*(10, 21, 54, 67, 68, 69, 103, 104, 108, 109, 151, 162, 251, 284, 297, 298, 299, 332, 333, 337, 338, 389),)
"""Landmarks between eyebrows and hairline. Detectors guess them from the rest of the face; nothing there is to be seen."""

ATLAS_SUPERSAMPLING = 2
"""Atlas and portraits are drawn at this multiple of their size, then averaged down."""

_LOWER = INNER_MOUTH[1:10]
_UPPER = INNER_MOUTH[:10:-1]


@dataclass(frozen=True)
class PortraitTopology:
    """The triangles (T, 3) of the portrait mesh in the order in which they are drawn, and the region of each."""

    triangles: Indices
    region: Indices


@cache
def portrait_topology() -> PortraitTopology:
    """Return the one triangulation: halo, outline, mouth, then the face over them."""
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
    """Return the index (540,) of every vertex's mirror image."""
    ring = (N_RING - np.arange(N_RING)) % N_RING
    return np.concatenate([face_topology().mirror, N_POINTS + ring, N_POINTS + N_RING + ring])


def lip_pairs() -> tuple[Indices, Indices]:
    """Return the landmarks (9,) of the upper and of the lower inner lip that touch when the mouth is closed."""
    return np.array(_UPPER), np.array(_LOWER)


@dataclass(frozen=True)
class Atlas:
    """The common picture of all portraits: where its vertices lie, and how textures get into it and out of it.

    Parameters
    ----------
    vertices : (540, 2), atlas pixels
    size : int
        Side A of the atlas.
    """

    vertices: Array
    size: int

    def coverage(self, *regions: int) -> Floats:
        """Return how much (A, A) of every pixel lies in the regions, 0 to 1."""
        inside = np.isin(np.append(portrait_topology().region, -1)[self._labels], regions)
        return self._reduced(inside.astype(np.float32))

    def from_portrait(
        self, picture: npt.NDArray[np.uint8] | Floats, vertices: Array, border: int = cv2.BORDER_REPLICATE
    ) -> Floats:
        """Warp a picture into the atlas.

        Parameters
        ----------
        picture : (H, W) or (H, W, C)
        vertices : (540, 2), pixels of the picture
        border : int
            OpenCV's name of what lies beyond the picture; with ``cv2.BORDER_CONSTANT`` it is 0.

        Returns
        -------
        (A, A) or (A, A, C) float32, in the units of the picture
        """
        maps = affine_maps(self._fine_vertices, vertices, self._triangles)
        field = mapped_coordinates(self._labels, maps, OUTSIDE_MAP)
        return self._reduced(cv2.remap(np.float32(picture), field, None, cv2.INTER_CUBIC, borderMode=border))

    def to_portrait(self, texture: Floats, vertices: Array, size: int, mouth: bool) -> Floats:
        """Warp a texture of the atlas to a portrait.

        Parameters
        ----------
        texture : (A, A, C)
        vertices : (540, 2), portrait pixels
        size : int
            Side of the portrait.
        mouth : bool
            Draw what lies between the lips.

        Returns
        -------
        (2 size, 2 size, C) float32, to be averaged down in the end; beyond the halo as in the atlas's corner
        """
        mesh = portrait_topology()
        fine = (vertices + 0.5) * ATLAS_SUPERSAMPLING - 0.5
        triangles = mesh.triangles if mouth else mesh.triangles[mesh.region != Region.MOUTH]
        slivers = is_sliver(fine, triangles)
        triangles = np.concatenate([triangles[slivers], triangles[~slivers]])
        labels = draw_triangles(fine, triangles, (size * ATLAS_SUPERSAMPLING, size * ATLAS_SUPERSAMPLING))
        field = mapped_coordinates(labels, affine_maps(fine, self.vertices, triangles), OUTSIDE_MAP)
        return np.asarray(cv2.remap(texture, field, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)

    def _reduced(self, fine: Floats) -> Floats:
        return np.asarray(cv2.resize(fine, (self.size, self.size), interpolation=cv2.INTER_AREA), np.float32)

    @cached_property
    def _fine_vertices(self) -> Array:
        return (self.vertices + 0.5) * ATLAS_SUPERSAMPLING - 0.5

    @cached_property
    def _triangles(self) -> Indices:
        return portrait_topology().triangles

    @cached_property
    def _labels(self) -> npt.NDArray[np.int32]:
        side = self.size * ATLAS_SUPERSAMPLING
        return draw_triangles(self._fine_vertices, self._triangles, (side, side))
