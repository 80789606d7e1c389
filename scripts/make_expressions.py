"""Write ``assets/expressions.safetensors``: the displacement and the shading of every facial action.

Usage: ``python scripts/make_expressions.py facs478.npz ict_head.npz``. The first file holds ``names``, ``neutral`` and
``displacement`` (57, 478, 3) of the facial actions of ICT-FaceKit on the points of the face mesh, canonical. The second
holds the head that they were followed on: ``vertices``, ``quads``, ``displacement`` and ``landmarks68``.

The shading of an action is the logarithm of ``(0.45 + 0.55 n' l) / (0.45 + 0.55 n l)``. Here n and n' are the normals of the
head before and after the action, and l points to a light above the camera.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from pixelfes.arrays import Array, Floats, Indices
from pixelfes.expression.actions.action_set import (
    EXPRESSIONS_FILE,
    SHADING_UNIT,
    ActionHeader,
    ActionSet,
    skin_registration,
)
from pixelfes.face.raster import affine_maps, draw_triangles, mapped_coordinates
from pixelfes.face.topology import N_POINTS, Region, face_topology
from pixelfes.tensor_file import write_tensor_file
from pixelfes.version import __version__

OUTPUT = Path(__file__).parents[1] / "src/pixelfes/assets/expressions.safetensors"
FACE_VERTICES = 9409
LIGHT = np.array([0.0, -0.62, -0.78])
AMBIENT, DIRECT = 0.45, 0.55
DARKEST, BRIGHTEST = -0.22, 0.10
BLUR = 1.0
"""Deviation of the blur of the shading, pixels of the model grid."""
DEPTH_CELLS, SAME_DEPTH = 0.04, 0.08
LEFT_OUT = ("PupilDilate",)


def main() -> None:
    """Write the asset."""
    with np.load(sys.argv[1], allow_pickle=False) as facs, np.load(sys.argv[2], allow_pickle=False) as head:
        names = [str(name) for name in facs["names"]]
        kept = [name for name in names if not name.startswith(LEFT_OUT) and not is_right(name)]
        rows = [names.index(name) for name in kept]
        displacement = facs["displacement"][rows][:, :N_POINTS].astype(np.float64)
        neutral = facs["neutral"][:N_POINTS].astype(np.float64)
        to_head = [[str(name) for name in head["names"]].index(name) for name in kept]
        shading = shadings(
            neutral,
            head["vertices"].astype(np.float64),
            head["quads"],
            head["displacement"][to_head].astype(np.float64),
            head["landmarks68"],
        )
    header = ActionHeader(
        format_version=1,
        actions=" ".join(name.removesuffix("_L") + ("*" if name.endswith("_L") else "") for name in kept),
        licence="MIT",
        attribution="ICT-FaceKit, USC Institute for Creative Technologies, Vision and Graphics Lab",
        package_version=__version__,
    )
    arrays = {
        "displacement": displacement.astype(np.float16),
        "shading": np.clip(np.round(shading / SHADING_UNIT), -127, 127).astype(np.int8),
    }
    write_tensor_file(EXPRESSIONS_FILE, OUTPUT, asdict(header), arrays)
    ActionSet.from_file(OUTPUT)
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(kept)} actions")


def is_right(name: str) -> bool:
    """Return whether an action is the mirror image of another."""
    return name.endswith(("_R", "Right"))


def shadings(neutral: Array, vertices: Array, quads: Indices, moved: Array, corners: Indices) -> Floats:
    """Return the logarithm of the shading of each action on the model grid, (K, S, S)."""
    points = canonical_vertices(vertices, vertices, corners)
    visible = seen(points, normals(points, quads))
    places = grid_places(neutral)
    before = lit(normals(points, quads))
    found = []
    for displacement in moved:
        after = canonical_vertices(vertices + displacement, vertices, corners)
        ratio = np.clip(np.log(lit(normals(after, quads)) / before), DARKEST, BRIGHTEST)
        values = LinearNDInterpolator(points[visible, :2], ratio[visible], fill_value=0.0)(places)
        found.append(cv2.GaussianBlur(np.nan_to_num(values).astype(np.float32), (0, 0), BLUR))
    return np.array(found)


def canonical_vertices(vertices: Array, neutral: Array, corners: Indices) -> Array:
    """Return the vertices of the face, (9409, 3), in the canonical frame of the neutral head."""
    right, left = (neutral[corners[list(pair)]].mean(0) for pair in ((36, 39), (42, 45)))
    size = float(np.linalg.norm(left - right))
    points = (vertices[:FACE_VERTICES].astype(np.float64) - (right + left) / 2) / size
    return np.asarray(points * np.array([np.sign(left[0] - right[0]), -1, -1]))


def normals(points: Array, quads: Indices) -> Array:
    """Return the normals of the face's vertices, (9409, 3), of length 1, towards the camera in front."""
    inside = quads[(quads < FACE_VERTICES).all(1)]
    found = np.zeros_like(points)
    across = np.cross(points[inside[:, 2]] - points[inside[:, 0]], points[inside[:, 3]] - points[inside[:, 1]])
    for corner in range(4):
        np.add.at(found, inside[:, corner], across)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return np.asarray(found * -np.sign(found[:, 2].mean()))


def seen(points: Array, directions: Array) -> Indices:
    """Return the vertices that are seen from the front: they face it, and nothing is before them."""
    front = np.flatnonzero(directions[:, 2] < -0.05)
    cells = np.floor(points[front, :2] / DEPTH_CELLS).astype(int)
    nearest: dict[tuple[int, int], float] = {}
    for (x, y), z in zip(cells.tolist(), points[front, 2].tolist(), strict=True):
        nearest[x, y] = min(nearest.get((x, y), np.inf), z)
    depth = np.array([nearest[x, y] for x, y in cells.tolist()])
    return np.asarray(front[points[front, 2] < depth + SAME_DEPTH])


def lit(directions: Array) -> Array:
    """Return the brightness (V,) of skin with these normals (V, 3)."""
    return np.asarray(AMBIENT + DIRECT * np.maximum(directions @ (LIGHT / np.linalg.norm(LIGHT)), 0))


def grid_places(neutral: Array) -> Array:
    """Return where each pixel of the model grid lies on the head, (S, S, 2), canonical."""
    registration = skin_registration()
    mesh = face_topology()
    triangles = mesh.triangles[(mesh.triangles < N_POINTS).all(1) & (mesh.region != Region.MOUTH)]
    vertices = registration.vertices[:N_POINTS]
    labels = draw_triangles(vertices, triangles, (registration.size,) * 2)
    outside = np.array([0, 0, 9, 0, 0, 9], np.float32)
    return np.asarray(mapped_coordinates(labels, affine_maps(vertices, neutral[:, :2], triangles), outside), np.float64)


if __name__ == "__main__":
    main()
