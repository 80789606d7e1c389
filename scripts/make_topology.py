"""Write ``assets/face_mesh_468.safetensors``, the triangulation of every mesh model.

MediaPipe defines its face mesh by directed edges, with holes for the eyes and the mouth. This script recovers the 852
triangles from the edges: each directed edge belongs to exactly one triangle. It fills the three holes with strips between
upper and lower lid or lip, and finds each point's mirror image on a neutral face.

Usage: ``python scripts/make_topology.py PHOTO``, with any photo of a frontal neutral face. It needs the extra ``photo``.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

Edge = tuple[int, int]
Triangle = tuple[int, int, int]

OUT = Path(__file__).parents[1] / "src/pixelfes/assets/face_mesh_468.safetensors"
UPPER_LIP = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]
LOWER_LIP = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]
RIGHT_EYE = ([33, 246, 161, 160, 159, 158, 157, 173, 133], [33, 7, 163, 144, 145, 153, 154, 155, 133])
LEFT_EYE = ([362, 398, 384, 385, 386, 387, 388, 466, 263], [362, 382, 381, 380, 374, 373, 390, 249, 263])


def edges_of(triangle: Triangle) -> list[Edge]:
    """Return the three directed edges of a triangle."""
    a, b, c = triangle
    return [(a, b), (b, c), (c, a)]


def directed_cycles(edges: set[Edge]) -> set[Triangle]:
    """Return every directed 3-cycle of the edges, each starting at its smallest point."""
    following: dict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        following[a].add(b)
    cycles = set()
    for a, b in edges:
        for c in following[b]:
            if a in following[c] and a < min(b, c):
                cycles.add((a, b, c))
    return cycles


def propagate(edges: set[Edge], cycles: set[Triangle]) -> tuple[set[Triangle], set[Edge]]:
    """Choose triangles from the boundary inwards while an edge has only one choice; return them and the unused edges."""
    triangles_of: dict[Edge, list[Triangle]] = defaultdict(list)
    for triangle in cycles:
        for edge in edges_of(triangle):
            triangles_of[edge].append(triangle)
    chosen: set[Triangle] = set()
    used: set[Edge] = set()
    frontier = {edge for edge in edges if edge[::-1] not in edges}
    chosen_any = True
    while chosen_any:
        chosen_any = False
        for edge in sorted(frontier - used):
            free = [t for t in triangles_of[edge] if not used.intersection(edges_of(t))]
            if edge in used or len(free) != 1:
                continue
            chosen.add(free[0])
            used.update(edges_of(free[0]))
            frontier.update(e[::-1] for e in edges_of(free[0]) if e[::-1] in edges)
            chosen_any = True
    return chosen, edges - used


def skin_triangles(edges: set[Edge]) -> list[Triangle]:
    """Return the triangles whose directed edges are exactly these."""
    cycles = directed_cycles(edges)
    chosen, left = propagate(edges, cycles)
    rest = [t for t in cycles if left.issuperset(edges_of(t))]
    for choice in combinations(rest, len(left) // 3):
        if len({e for t in choice for e in edges_of(t)}) == len(left):
            return sorted(chosen.union(choice))
    raise SystemExit("the edges are not those of a triangulation")


def strip(upper: list[int], lower: list[int]) -> list[Triangle]:
    """Return the triangles between two chains of equal length with common ends, wound like the skin."""
    triangles = []
    for i in range(len(upper) - 1):
        if i > 0:
            triangles.append((upper[i + 1], upper[i], lower[i]))
        if i < len(upper) - 2:
            triangles.append((lower[i + 1], upper[i + 1], lower[i]))
    return triangles


def mirror_points(shape: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the index of each point's mirror image, by matching a shape (468, 3) with its reflection."""
    from scipy.optimize import linear_sum_assignment

    eyes = (shape[[33, 133]].mean(0), shape[[362, 263]].mean(0))
    centred = (shape - (eyes[0] + eyes[1]) / 2) / np.linalg.norm(eyes[1] - eyes[0])
    distance = ((centred[:, None] * [-1, 1, 1] - centred[None]) ** 2).sum(-1)
    mirror = linear_sum_assignment(distance)[1]
    if not np.array_equal(mirror[mirror], np.arange(len(shape))):
        raise SystemExit("the points of this face have no unique mirror images: use a more frontal photo")
    return np.asarray(mirror)


def main() -> None:
    """Recover the triangulation and store it."""
    from mediapipe.python.solutions import face_mesh_connections  # the package mediapipe, up to 0.10.21

    from pixelfes.face.detector.face_detector import FaceDetector
    from pixelfes.photos.reading import read_photo

    skin = skin_triangles(set(face_mesh_connections.FACEMESH_TESSELATION))
    eyes = strip(*RIGHT_EYE) + strip(*LEFT_EYE)
    mouth = strip(UPPER_LIP, LOWER_LIP)
    shape = FaceDetector().detect(read_photo(sys.argv[1]).pixels)[0]
    arrays: dict[str, npt.NDArray[Any]] = {
        "triangles": np.array(skin + eyes + mouth, np.int16),
        "region": np.array([0] * len(skin) + [1] * len(eyes) + [2] * len(mouth), np.uint8),
        "mirror": mirror_points(shape).astype(np.int16),
    }
    save_file(arrays, OUT, metadata={"source": "MediaPipe face mesh (Apache-2.0), Google LLC", "points": "468"})
    print(f"{len(skin)} + {len(eyes)} + {len(mouth)} triangles -> {OUT}")


if __name__ == "__main__":
    main()
