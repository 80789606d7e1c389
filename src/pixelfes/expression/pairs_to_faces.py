"""Find the faces of pairs: which pairs can be used, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.errors import FaceNotFoundError, PhotoError, PixelfesError
from pixelfes.expression.pairs import Pair
from pixelfes.face.landmarks import LandmarkProvider, check_landmarks, find_faces
from pixelfes.photos.reading import PhotoSource, read_photo

Errors: TypeAlias = tuple[type[Exception], ...]
Tick: TypeAlias = Callable[[int], None]

UNUSABLE: Errors = (PhotoError, FaceNotFoundError)
"""Errors that leave out one pair. Any other error ends a fit on one machine."""


@dataclass(frozen=True)
class Skipped:
    """A pair that could not be used, and why."""

    name: str
    reason: str

    @classmethod
    def after(cls, name: str, error: BaseException) -> Skipped:
        """Return why a pair is left out: the message of a `PixelfesError`, or kind and message of any other error."""
        known = isinstance(error, PixelfesError)
        return cls(name, str(error) if known else f"{type(error).__name__}: {error}")


@dataclass(frozen=True)
class FacePair:
    """A pair and the landmarks of its two faces, each (468, 3), image pixels; the photos are read again when needed."""

    pair: Pair
    input: Array
    target: Array


@dataclass(frozen=True)
class FoundPairs:
    """The pairs of a shard in order: those whose faces were found, and those left out."""

    faces: list[FacePair] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def no_tick(done: int) -> None:
    """Ignore how many pairs are done."""


def find_pairs(
    pairs: Sequence[Pair], provider: LandmarkProvider, unusable: Errors = UNUSABLE, tick: Tick = no_tick
) -> FoundPairs:
    """Find the largest face of both photos of every pair.

    Parameters
    ----------
    pairs : list of Pair
    provider : LandmarkProvider
        Used for pairs without landmarks.
    unusable : tuple of exception classes
        Errors that leave out the pair they occur with.
    tick : callable
        Called with the number of pairs done.
    """
    found = FoundPairs()
    for done, pair in enumerate(pairs, start=1):
        try:
            before = _landmarks(pair.input, pair.input_landmarks, provider, "input")
            after = _landmarks(pair.target, pair.target_landmarks, provider, "target")
            found.faces.append(FacePair(pair, before, after))
        except unusable as error:
            found.skipped.append(Skipped.after(pair.name, error))
        tick(done)
    return found


def _landmarks(photo: PhotoSource, given: npt.ArrayLike | None, provider: LandmarkProvider, role: str) -> Array:
    pixels = read_photo(photo).pixels
    if given is not None:
        points = check_landmarks(given)
        if not ((points[:, :2] >= 0) & (points[:, :2] < pixels.shape[1::-1])).all(1).any():
            raise FaceNotFoundError(f"the landmarks lie outside the {role} photo")
        return points
    try:
        return find_faces(provider, pixels, "largest")[0]
    except FaceNotFoundError as error:
        raise FaceNotFoundError(f"no face was found in the {role} photo") from error
