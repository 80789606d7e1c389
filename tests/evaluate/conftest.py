"""One small comparison that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawn_faces import Array, Pixels, drawn_pairs
from pixelfes import MediaPipeLandmarks, Pair
from pixelfes.evaluate.comparison import Comparison, run_comparison
from pixelfes.evaluate.groups import PersonFacts
from small_comparison import broken_pair, small_candidates, small_setup


@pytest.fixture(scope="session")
def drawn(portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array) -> list[Pair]:
    """Six pairs with their landmarks."""
    return drawn_pairs(portrait, smiling_portrait, points, smiling_points, count=6)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cache of `comparison`."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def facts() -> dict[str, PersonFacts]:
    """What three of the drawn people state."""
    return {
        "drawn 0": PersonFacts(30.0, "female", "east_asian", "open"),
        "drawn 1": PersonFacts(20.0, "male", "white", "closed"),
        "drawn 2": PersonFacts(50.0, "female", "white", "open"),
    }


@pytest.fixture(scope="session")
def comparison(
    drawn: list[Pair], detector: MediaPipeLandmarks, results: Path, facts: dict[str, PersonFacts]
) -> Comparison:
    """Two folds of six drawn people, one pair without a face, four candidates."""
    return run_comparison(
        [*drawn, broken_pair()],
        small_candidates(),
        small_setup(results, detector),
        detector,
        title="drawn",
        facts=facts,
    )
