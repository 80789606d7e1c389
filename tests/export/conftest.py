"""People and small models that the tests of exports share."""

from __future__ import annotations

import pytest

from exported import Array, Face, Pixels
from pixelfes import ExpressionModel, Pair, PixelRidge, fictional_people


@pytest.fixture(scope="session")
def people() -> list[Pair]:
    """Fictional people, to fit small models on and to change."""
    return list(fictional_people(14, seed=3))


@pytest.fixture(scope="session")
def mine(people: list[Pair]) -> ExpressionModel:
    """A mesh model of one's own: maps for every channel, numbers that half precision does not hold."""
    return ExpressionModel("mesh", PixelRidge(prior="identity", channels="separate"), size=48).fit(people[:12])


@pytest.fixture(scope="session")
def face(portrait: Pixels, points: Array) -> Face:
    """The portrait and its landmarks."""
    return portrait, points
