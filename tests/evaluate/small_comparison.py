"""A comparison small enough for a test: drawn people, quick judges, few maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes import Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.crops import cut, square_frame
from pixelfes.evaluate.run.candidates import Candidate, list_candidates
from pixelfes.evaluate.run.crossvalidate import Setup
from pixelfes.evaluate.run.people_facts import PersonFacts
from pixelfes.evaluate.run.results_cache import ResultsCache
from pixelfes.face.landmarks import LandmarkProvider

SIZE = 32
FACTS = {
    "drawn 0": PersonFacts(30.0, "female", "east_asian", "open"),
    "drawn 1": PersonFacts(20.0, "male", "white", "closed"),
    "drawn 2": PersonFacts(50.0, "female", "white", "open"),
}
"""What three of the drawn people state."""


class Likeness:
    """A judge of identity that is quick: how far two small crops are from each other."""

    name = "likeness"

    def embed(self, pixels: Pixels, landmarks: npt.ArrayLike | None = None) -> Array:
        crop = cut(pixels, square_frame(np.asarray(landmarks), 16, 1.2), 16)
        return crop.ravel() / 255.0

    def distance(self, a: Array, b: Array) -> float:
        return float(np.linalg.norm(a - b))


class Blind:
    """A detector that finds nothing any more."""

    def detect(self, pixels: Pixels) -> list[Array]:
        return []


def small_setup(folder: Path, detector: LandmarkProvider, **options: Any) -> Setup:
    usual: dict[str, Any] = {
        "folds": 2,
        "control_people": 2,
        "intensities": (0.0, 0.5, 1.0),
        "judge_keys": ("likeness",),
    }
    return Setup(Likeness(), detector, ResultsCache(folder), **usual | options)


def small_candidates(methods: Sequence[str] = ("pixel-rr", "copy", "average")) -> list[Candidate]:
    return list_candidates(methods, ["mesh", "grid"], SIZE)


def broken_pair() -> Pair:
    grey = np.full((64, 64, 3), 128, np.uint8)
    return Pair(grey, grey, name="nobody")
