"""A small network for tests, and faces for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pixelfes import FixedLandmarks, fictional_people
from pixelfes.baselines.settings import NetworkMethod, NetworkSettings, TrainingSettings
from pixelfes.baselines.training_faces import TrainingFaces, gather_faces
from pixelfes.expression.pairs_to_faces import find_pairs


@cache
def small_faces(method: NetworkMethod = "stargan", n: int = 8) -> TrainingFaces:
    """Return fictional people on a grid of 32 x 32."""
    found = find_pairs(fictional_people(n, seed=1, size=64), FixedLandmarks())
    return gather_faces(found.faces, method, 32)


def small_network(method: NetworkMethod = "stargan") -> NetworkSettings:
    """Return a network of width 8 and size 32."""
    return NetworkSettings(method, 32, 8, small_faces(method).conditions.n_conditions)


def settings(steps: int, **options: Any) -> TrainingSettings:
    """Return training settings with batches of four on the CPU."""
    chosen: dict[str, Any] = {"batch": 4, "device": "cpu"} | options
    return TrainingSettings(steps, **chosen)
