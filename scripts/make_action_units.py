"""Write ``assets/action_units_468.safetensors`` from measured facial actions on the 468 points of the face mesh.

Usage: ``python scripts/make_action_units.py displacements468.npz``. The file holds ``names``, ``neutral`` (468, 3) and
``displacement`` (57, 468, 3), the facial actions of ICT-FaceKit measured on its generic head. The measurement is noisy where
points are close together, so each movement is averaged with its neighbours and made symmetric.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from pixelfes.arrays import Array
from pixelfes.baselines.action_units import ACTION_UNITS
from pixelfes.face.alignment import canonical, symmetric
from pixelfes.face.topology import N_POINTS, Region, face_topology
from pixelfes.file_writing import write_file

OUTPUT = Path(__file__).parents[1] / "src/pixelfes/assets/action_units_468.safetensors"
ROUNDS = 2


def main() -> None:
    """Write the asset."""
    with np.load(sys.argv[1], allow_pickle=False) as measured:
        names = [str(name) for name in measured["names"]]
        displacement = measured["displacement"].astype(np.float64)
        neutral = canonical(symmetric(measured["neutral"].astype(np.float64)))
    mean = neighbours()
    movements = []
    for actions in ACTION_UNITS.values():
        moved = displacement[[names.index(action) for action in actions]].sum(0)
        for _ in range(ROUNDS):
            moved = (moved + mean @ moved) / 2
        movements.append(symmetric(moved))
    arrays: dict[str, npt.NDArray[Any]] = {
        "movements": np.array(movements).astype(np.float16),
        "neutral": neutral.astype(np.float32),
    }
    write_file(OUTPUT, save(arrays))
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


def neighbours() -> Array:
    """Return the matrix (468, 468) of the mean over each point's neighbours; the lips are no neighbours of each other."""
    mesh = face_topology()
    triangles = mesh.triangles[(mesh.triangles < N_POINTS).all(1) & (mesh.region != Region.MOUTH)]
    linked = np.zeros((N_POINTS, N_POINTS))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        linked[triangles[:, a], triangles[:, b]] = linked[triangles[:, b], triangles[:, a]] = 1
    return np.asarray(linked / np.maximum(linked.sum(1, keepdims=True), 1))


if __name__ == "__main__":
    main()
