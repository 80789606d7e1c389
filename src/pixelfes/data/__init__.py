"""Pairs of photos to learn from: folders, manifests, and fictional people."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pixelfes.data.pairs import Pair, load_pairs
    from pixelfes.data.people import FictionalPerson, each_person, fictional_people

__all__ = ["FictionalPerson", "Pair", "each_person", "fictional_people", "load_pairs"]

# Imported at first use: fictional people need OpenCV, pairs do not.
_HOMES = {
    "FictionalPerson": "people",
    "Pair": "pairs",
    "each_person": "people",
    "fictional_people": "people",
    "load_pairs": "pairs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pixelfes.data' has no attribute {name!r}")
    return getattr(import_module(f"pixelfes.data.{_HOMES[name]}"), name)
