"""The face mesh: 468 points, their fixed triangulation, and the indices of important points.

Convention: the order of the points is that of MediaPipe's face mesh; "right" and "left" are the person's own. A full mesh has
504 vertices: the 468 points and a *ring* of 36 points around the face oval, which stays still.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np

from pixelfes.arrays import Indices
from pixelfes.assets import asset_bytes

N_POINTS = 468
TOPOLOGY_NAME = "mediapipe-468"
"""Name of the triangulation in model files."""


class Region(IntEnum):
    """Part of the mesh that a triangle belongs to."""

    SKIN = 0
    EYE = 1
    MOUTH = 2
    RING = 3


RIGHT_EYE_CORNERS = (33, 133)
LEFT_EYE_CORNERS = (362, 263)
MOUTH_CORNERS = (61, 291)
INNER_LIPS = (13, 14)
"""The middle of the inner edge of the upper and of the lower lip."""
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398)
INNER_MOUTH = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
OUTER_MOUTH = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
"""The upper edges of the brows."""
CHEEKS_AND_FOREHEAD = (50, 280, 101, 330, 36, 266, 205, 425, 117, 346, 118, 347, 151, 9, 108, 337)
EXPRESSIVE_POINTS = (61, 291, 185, 409, 146, 375, 57, 287, 50, 280, 205, 425, 36, 266, 206, 426, 101, 330)
"""Mouth corners and cheeks, which show the strength of an expression whether or not the mouth opens."""
STABLE_POINTS = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 10, 109, 338, 67, 297),
    *(151, 9, 8, 127, 356, 234, 454, 21, 251, 54, 284, 103, 332),
)
"""Points that expressions hardly move: eye corners, bridge of the nose, forehead, temples."""
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The outline of the face, from the middle of the forehead towards the person's left."""


@dataclass(frozen=True)
class Topology:
    """The triangulation of the points and the ring.

    Attributes
    ----------
    triangles : (1006, 3) int
        Vertex indices. Ring triangles come first, so drawing in order lets the face cover the ring.
    region : (1006,) int
        The `Region` of each triangle.
    mirror : (468,) int
        Index of each point's mirror image.
    """

    triangles: Indices
    region: Indices
    mirror: Indices


def _ring_triangles() -> Indices:
    """Return the triangles (72, 3) between the oval and the ring."""
    n = len(OVAL)
    triangles = []
    for i, a in enumerate(OVAL):
        j = (i + 1) % n
        triangles += [(a, N_POINTS + i, OVAL[j]), (OVAL[j], N_POINTS + i, N_POINTS + j)]
    return np.array(triangles, np.int64)


@cache
def face_topology() -> Topology:
    """Return the triangulation; its file in the package is read once."""
    from safetensors.numpy import load

    arrays = load(asset_bytes("face_mesh_468.safetensors"))
    ring = _ring_triangles()
    return Topology(
        triangles=np.concatenate([ring, arrays["triangles"].astype(np.int64)]),
        region=np.concatenate([np.full(len(ring), Region.RING), arrays["region"].astype(np.int64)]),
        mirror=arrays["mirror"].astype(np.int64),
    )
