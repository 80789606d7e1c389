"""Pairs of photos of one person, neutral and expressive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import TypeAlias

import numpy.typing as npt

from pixelfes.errors import InputError
from pixelfes.photos.reading import PhotoSource


@dataclass(frozen=True)
class Pair:
    """Two photos of one person.

    Attributes
    ----------
    input, target : path, bytes, file, Pillow image or uint8 array
        The photos before and after. They are read when needed, and not kept.
    weight : float
        How much the pair counts; finite, >= 0.
    name : str
        The pair's name in messages.
    input_landmarks, target_landmarks : (468, 3), image pixels, optional
        Used instead of a detector's.
    """

    input: PhotoSource
    target: PhotoSource
    weight: float = 1.0
    name: str = ""
    input_landmarks: npt.ArrayLike | None = None
    target_landmarks: npt.ArrayLike | None = None


PairLike: TypeAlias = Pair | tuple[PhotoSource, PhotoSource]


def as_pairs(pairs: Iterable[PairLike]) -> list[Pair]:
    """Return a list of `Pair` without those of weight 0, which count for nothing.

    A pair without a name gets one by its index.

    Raises
    ------
    InputError
        If an item is neither a `Pair` nor an (input, target), or a weight is not finite or is negative.
    """
    if not isinstance(pairs, Iterable):
        raise InputError(f"pairs must be a list of Pair or (input, target); found {type(pairs).__name__}")
    named: list[Pair] = []
    for index, given in enumerate(pairs):
        if not isinstance(given, Pair) and not (isinstance(given, tuple | list) and len(given) == 2):
            raise InputError(f"pair {index} must be a Pair or (input, target); found {type(given).__name__}")
        pair = given if isinstance(given, Pair) else Pair(*given)
        if not isinstance(pair.weight, Real) or not 0 <= pair.weight < float("inf"):
            raise InputError(f"the weight of a pair must be finite and >= 0; found {pair.weight!r} in pair {index}")
        if pair.weight > 0:
            named.append(pair if pair.name else Pair(**(vars(pair) | {"name": f"pair {index}"})))
    return named
