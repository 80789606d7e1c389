"""A network small enough for tests, and faces for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pixelfes import FixedLandmarks, fictional_people
from pixelfes.baselines.settings import NetworkMethod, NetworkSettings, TrainingSettings
from pixelfes.baselines.training_faces import TrainingFaces, gather_faces
from pixelfes.expression.pairs_to_faces import find_pairs


@cache
def small_faces(method: NetworkMethod = "stargan", n: int = 8) -> TrainingFaces:
    """Fictional people on a grid of 32 x 32."""
    found = find_pairs(fictional_people(n, seed=1, size=64), FixedLandmarks())
    return gather_faces(found.faces, method, 32)


def small_network(method: NetworkMethod = "stargan") -> NetworkSettings:
    """Eight channels, 32 x 32."""
    return NetworkSettings(method, 32, 8, small_faces(method).conditions.n_conditions)


def settings(steps: int, **options: Any) -> TrainingSettings:
    """Batches of four."""
    chosen: dict[str, Any] = {"batch": 4, "device": "cpu"} | options
    return TrainingSettings(steps, **chosen)
