"""Find the people of a comparison, identify them by the content of their photos, and split them by person."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from pixelfes.errors import InputError
from pixelfes.expression.base import Progress, RegistrationName
from pixelfes.expression.fitting import register_faces
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import FacePair, Skipped, find_pairs
from pixelfes.expression.registering import RegisteredTextures, RegistrationPlan
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.photos.reading import PhotoSource, read_photo


@dataclass(frozen=True)
class Person:
    """A pair of a person whose faces have been found.

    Attributes
    ----------
    name : str
        The pair's; pairs of one name are one person's, and never split.
    face : FacePair
    key : str
        Hash of both photos, the landmarks and the weight: what results depend on.
    """

    name: str
    face: FacePair
    key: str


@dataclass(frozen=True)
class Split:
    """A fold: who is learnt from, and who is kept out."""

    number: int
    train: list[Person]
    test: list[Person]


def find_people(
    pairs: Sequence[Pair], provider: LandmarkProvider, progress: Progress
) -> tuple[list[Person], list[Skipped]]:
    """Find the faces of pairs; return who can be used, and the pairs that cannot, with the reason.

    The pairs' own landmarks are not used. Made pictures are detected again, so photos must be too; otherwise a copy of a
    photo would differ from it.
    """
    bare = [replace(pair, input_landmarks=None, target_landmarks=None) for pair in pairs]
    found = find_pairs(bare, provider, tick=lambda done: progress("landmarks", done, len(pairs)))
    return [Person(face.pair.name, face, _key(face)) for face in found.faces], found.skipped


def split_by_person(people: Sequence[Person], folds: int, seed: int = 0) -> list[Split]:
    """Split people into folds, each person's pairs together; the order in which they are given makes no difference.

    Raises
    ------
    InputError
        If there are fewer people than folds, or fewer than two folds.
    """
    names = sorted({person.name for person in people})
    if folds < 2 or len(names) < folds:
        raise InputError(
            f"a cross-validation in {folds} folds needs two folds and {folds} people at least whose faces are found; "
            f"found {len(names)}"
        )
    drawn = [names[n] for n in np.random.default_rng(seed).permutation(len(names))]
    place = {name: n for n, name in enumerate(drawn)}
    ordered = sorted(people, key=lambda person: (place[person.name], person.key))
    return [
        Split(
            fold,
            [person for person in ordered if place[person.name] % folds != fold],
            [person for person in ordered if place[person.name] % folds == fold],
        )
        for fold in range(folds)
    ]


def split_by_names(people: Sequence[Person], names: Sequence[str]) -> Split:
    """Split people once: those of these names are kept out, and all others are learnt from.

    Raises
    ------
    InputError
        If fewer than two people are left to learn from.
    """
    kept_out = set(names)
    split = Split(
        0,
        [person for person in people if person.name not in kept_out],
        [person for person in people if person.name in kept_out],
    )
    if not split.test or len({person.name for person in split.train}) < 2:
        raise InputError(
            f"faces of one test person and of two others at least must be found; found {len(split.test)} and "
            f"{len(split.train)}"
        )
    return split


def pairs_named(pairs: Sequence[Pair], names: Sequence[str]) -> list[Pair]:
    """Return the pairs of these people, each named as a pair is, or as the photo of it without its ending.

    Raises
    ------
    InputError
        If there is no pair of a name.
    """
    by_name = {pair.name: [pair] for pair in pairs}
    for pair in pairs:
        by_name.setdefault(Path(pair.name).stem, []).append(pair)
    unknown = [name for name in names if name not in by_name]
    if unknown:
        listed = ", ".join(sorted({pair.name for pair in pairs})[:3])
        raise InputError(f"there is no pair named {unknown[0]!r}; they are named as {listed}")
    return list({id(pair): pair for name in names for pair in by_name[name]}.values())


def split_in_turn(people: Sequence[Person], folds: int) -> list[Split]:
    """Split people into folds by their order: every so many-th person is kept out together."""
    return [
        Split(
            fold,
            [person for n, person in enumerate(people) if n % folds != fold],
            list(people[fold::folds]),
        )
        for fold in range(folds)
    ]


@dataclass(frozen=True)
class Registered:
    """The registered faces of some people, and the seconds that it took."""

    plan: RegistrationPlan
    textures: RegisteredTextures
    seconds: float


_Which: TypeAlias = tuple[RegistrationName, int, int | None]


@dataclass(frozen=True)
class FoldFaces:
    """The training people of a fold, registered once for each registration and size."""

    people: list[Person]
    _known: dict[_Which, Registered] = field(default_factory=dict, repr=False)

    def registered(self, registration: RegistrationName, size: int, n_pairs: int | None = None) -> Registered:
        """Return their registered faces, or those of the first few of them."""
        which = (registration, size, n_pairs)
        if which not in self._known:
            start = time.perf_counter()
            faces = [person.face for person in self.people[:n_pairs]]
            plan, textures = register_faces(faces, registration, size, lambda stage, done, total: None)
            self._known[which] = Registered(plan, textures, time.perf_counter() - start)
        return self._known[which]


def _key(face: FacePair) -> str:
    digest = hashlib.sha256(repr(face.pair.weight).encode())
    for photo, points in ((face.pair.input, face.input), (face.pair.target, face.target)):
        digest.update(_content(photo))
        digest.update(np.ascontiguousarray(points, np.float64).tobytes())
    return digest.hexdigest()


def _content(photo: PhotoSource) -> bytes:
    """Return a hash of a photo: of its file where it is one."""
    if isinstance(photo, str | Path):
        return hashlib.sha256(Path(photo).read_bytes()).digest()
    pixels = read_photo(photo).pixels
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()
