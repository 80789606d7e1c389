"""Fictional people: portraits of people who do not exist, neutral and smiling, with exact landmarks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pixelfes.people.people import FictionalPerson, each_person, fictional_people

__all__ = ["FictionalPerson", "each_person", "fictional_people"]


def __getattr__(name: str) -> Any:
    if name not in __all__:  # imported at first use: OpenCV is slow to import
        raise AttributeError(f"module 'pixelfes.people' has no attribute {name!r}")
    return getattr(import_module("pixelfes.people.people"), name)
