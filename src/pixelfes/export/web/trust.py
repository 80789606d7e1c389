"""What the page in ``web/`` judges faces with, as one file.

Like `pixelfes.export.web.model`: safetensors, with arrays that Python would otherwise compute and, in the metadata entry
``pixelfes-web-trust``, the thresholds, points and constants of `pixelfes.face.trust`, so that the page repeats none of them.
"""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Array, Booleans
from pixelfes.assets import asset_bytes
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.mesh import GRID_SUPERSAMPLING, MeshRegistration
from pixelfes.face.topology import MOUTH_CORNERS, N_POINTS, OVAL, face_topology
from pixelfes.face.trust import judging, mouth_texture, texture_model
from pixelfes.face.trust.mouth_texture import Regions

TRUST_KEY = "pixelfes-web-trust"
TRUST_VERSION = 1
REGIONS = ("face", "cheeks", "lips", "chin", "around_lips")
"""Regions that the file holds pixel by pixel; the others are boxes."""
_REACH = 5
"""Pixels of the grid around regions on which their blurred gradients depend."""
_NOT_NEEDED = np.iinfo(np.uint16).max


def web_trust() -> bytes:
    """Return what the page judges faces with: a safetensors file of about 140 KB, 55 KB compressed.

    Returns
    -------
    bytes
        Arrays ``mean`` (P,) and ``components`` (K, P) float16, ``spread`` (K,), ``centre``, ``scale``, ``weights`` (F,) and
        ``bias`` (1,) float32 of `pixelfes.face.trust.texture_model`; ``regions`` (S, S) uint8, a bit for each of `REGIONS`;
        ``labels`` (3 S, 3 S) uint16, the triangle of each pixel of the fine grid, 65535 where none is needed; ``triangles``
        (N, 3) uint16 and ``vertices`` (504, 2) float32 on that grid; metadata as JSON.

    Examples
    --------
    >>> len(web_trust()) < 150_000
    True
    """
    from safetensors.numpy import load, save

    regions, registration = mouth_texture.mouth_regions(), mouth_texture.mouth_registration()
    bits = sum(getattr(regions, name).astype(np.uint8) << bit for bit, name in enumerate(REGIONS))
    arrays: dict[str, AnyArray] = load(asset_bytes("face_textures.safetensors"))
    arrays |= {"regions": np.asarray(bits, np.uint8), "vertices": registration.fine_vertices.astype(np.float32)}
    arrays |= _triangles(registration, _needed(regions))
    return bytes(save(arrays, metadata={TRUST_KEY: json.dumps(_facts(regions, registration), sort_keys=True)}))


def _needed(regions: Regions) -> Booleans:
    """Return which pixels (S, S) of the grid a verdict depends on."""
    looked_at = np.any([*(getattr(regions, name) for name in REGIONS), *regions.parts], axis=0)
    side = 2 * _REACH + 1
    return np.asarray(cv2.dilate(looked_at.astype(np.uint8), np.ones((side, side), np.uint8))) > 0


def _triangles(registration: MeshRegistration, needed: Booleans) -> dict[str, AnyArray]:
    """Return the triangles that cover needed pixels, and which of them covers which pixel of the fine grid."""
    fine = needed.repeat(GRID_SUPERSAMPLING, axis=0).repeat(GRID_SUPERSAMPLING, axis=1)
    used, places = np.unique(registration.labels[fine], return_inverse=True)
    labels = np.full(fine.shape, _NOT_NEEDED, np.uint16)
    labels[fine] = places.ravel()
    return {"labels": labels, "triangles": face_topology().triangles[used].astype(np.uint16)}


def _facts(regions: Regions, registration: MeshRegistration) -> dict[str, Any]:
    return {
        "version": TRUST_VERSION,
        "regions": REGIONS,
        "parts": [_box(part) for part in regions.parts],
        "windows": [_box(window) for window in regions.windows],
        "eye_distance": eye_distance(_flat(registration.fine_vertices[:N_POINTS])),
        "oval": OVAL,
        "mouth_corners": MOUTH_CORNERS,
        "texture": {
            "darkest": mouth_texture.DARKEST,
            "colour_floor": mouth_texture.COLOUR_FLOOR,
            "smoothing": mouth_texture.SMOOTHING,
            "floor": texture_model.FLOOR,
            "largest_score": texture_model.LARGEST_SCORE,
            "noise": texture_model.NOISE,
            "clearly_alike": texture_model.CLEARLY_ALIKE,
            "explained": texture_model.EXPLAINED,
        },
        "judging": {
            "smallest_eye_distance": judging.SMALLEST_EYE_DISTANCE,
            "farthest_corner": judging.FARTHEST_CORNER,
            "largest_doubt": judging.LARGEST_DOUBT,
            "largest_cover": judging.LARGEST_COVER,
            "covered_likeness": judging.COVERED_LIKENESS,
            "unsteady": judging.UNSTEADY,
            "unsteady_pixels": judging.UNSTEADY_PIXELS,
            "movements": judging.MOVEMENTS,
            "doubt": judging.DOUBT,
        },
    }


def _flat(points: Array) -> Array:
    """Return points (K, 2) with a depth of 0, (K, 3)."""
    return np.pad(points, ((0, 0), (0, 1)))


def _box(region: Booleans) -> list[int]:
    """Return the rows and columns of a box: first and one past the last, of both."""
    rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    return [int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1]
