"""Drawing people: from a seed to a latent vector, and from there to landmarks and portrait meshes.

A person depends on the seed and on their own number alone, not on how many others are drawn, nor on the version of
NumPy: of its generators only the raw bits are used, which it promises to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.errors import PixelfesError
from pixelfes.face.topology import EXPRESSIVE_POINTS, N_POINTS
from pixelfes.people.appearance_model import N_FITTED, PeopleModel
from pixelfes.people.portrait_mesh import FOREHEAD, N_VERTICES, lip_pairs

SPREAD_SCALE = 0.85
"""How far people are from the mean of their like, as a share of the standard deviation among real ones."""

_FARTHEST = 2.0  # standard deviations along any direction of the latent space
_AGE_SCATTER = 2.0  # years
_OPEN_GAP = 0.08  # distances between the eyes; open mouths open at least so far
_MOST_DRAWS = 100


class PortableRandom:
    """Random numbers that are the same everywhere: from the raw bits of PCG64.

    Parameters
    ----------
    *key : int
        Whole numbers >= 0 that name the stream.
    """

    def __init__(self, *key: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(key))

    def uniform(self, count: int) -> Array:
        """Return numbers above 0 and below 1."""
        raw: npt.NDArray[np.uint64] = self._bits.random_raw(count)
        return ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def normal(self, count: int) -> Array:
        """Return standard normal numbers (Box and Muller)."""
        u = self.uniform(2 * count)
        return np.asarray(np.sqrt(-2 * np.log(u[:count])) * np.cos(2 * np.pi * u[count:]))

    def choice(self, shares: list[float]) -> int:
        """Return an index, each as often as its share says."""
        edges = np.cumsum(shares) / np.sum(shares)
        return int(np.searchsorted(edges[:-1], self.uniform(1)[0], side="right"))


@dataclass(frozen=True)
class Traits:
    """What is drawn first, and decides what is likely for the rest."""

    male: bool
    age: float
    origin: str
    opens: bool
    strength: float


@dataclass(frozen=True)
class DrawnPerson:
    """Somebody drawn: traits, and the latent vector in its four parts, and that of the teeth.

    Attributes
    ----------
    expected : (K,)
        The mean of the latent vectors of people of this origin.
    z : (K,)
        In the order shape, texture, movement, change.
    teeth : (M,)
    """

    model: PeopleModel
    traits: Traits
    expected: Array
    z: Array
    teeth: Array

    def part(self, name: str, z: Array | None = None) -> Array:
        """Return the part of the latent vector, or of another one, that belongs to a block."""
        z = self.z if z is None else z
        start = 0
        for block in ("shape", "texture", "movement", "change"):
            stop = start + len(getattr(self.model, block))
            if block == name:
                return z[start:stop]
            start = stop
        raise KeyError(name)

    @cached_property
    def neutral(self) -> Array:
        """Landmarks (468, 3), canonical, of the neutral face, its mouth closed."""
        return _closed(self._shape[: 3 * N_POINTS].reshape(N_POINTS, 3))

    @cached_property
    def smiling(self) -> Array:
        """Landmarks (468, 3), canonical, of the smiling face."""
        moved = self._shape[: 3 * N_POINTS] + self.model.movement.value(self.part("movement"))
        points = moved.reshape(N_POINTS, 3).astype(np.float64)
        return _opened(points) if self.traits.opens else _closed(points)

    def vertices(self, points: Array) -> Array:
        """Return the portrait mesh (540, 2), canonical, of this person's neutral or smiling landmarks."""
        moved = self._shape[3 * N_POINTS :].reshape(N_FITTED, 2).astype(np.float64)
        vertices = np.empty((N_VERTICES, 2))
        vertices[:N_POINTS] = points[:, :2]
        vertices[N_POINTS:] = moved[len(FOREHEAD) :]
        forehead = list(FOREHEAD)
        vertices[forehead] = moved[: len(FOREHEAD)] + (points - self.neutral)[forehead, :2]
        return vertices

    @property
    def smile_strength(self) -> float:
        """How strong the smile is, measured on the landmarks: 1 is the mean of real smiles with an open mouth."""
        moved = (self.smiling - self.neutral)[list(EXPRESSIVE_POINTS)]
        return float((self.model.direction * moved).sum())

    @property
    def too_similar(self) -> bool:
        """Whether the latent vector is so near to that of a person of the training set that they could look alike."""
        distances = np.linalg.norm(self.z @ self.model.projection - self.model.known, axis=1)
        return bool(distances.min() < self.model.nearest)

    @cached_property
    def _shape(self) -> npt.NDArray[np.float32]:
        return self.model.shape.value(self.part("shape"))


def draw_person(model: PeopleModel, seed: int, number: int) -> tuple[DrawnPerson, int]:
    """Draw one person, again and again until it is nobody of the training set.

    Returns
    -------
    person : DrawnPerson
    redrawn : int
        How many were too like somebody before.
    """
    for attempt in range(_MOST_DRAWS):
        person = draw_candidate(model, PortableRandom(seed, number, attempt))
        if not person.too_similar:
            return person, attempt
    raise PixelfesError(f"the model of people draws nobody new in {_MOST_DRAWS} attempts: it is no good")


def draw_candidate(model: PeopleModel, random: PortableRandom) -> DrawnPerson:
    """Draw somebody, whoever they are like."""
    who = model.population
    male, opens = (bool(u < share) for u, share in zip(random.uniform(2), (who.male, who.open), strict=True))
    origin = list(who.origins)[random.choice(list(who.origins.values()))]
    age = who.ages[random.choice([1.0] * len(who.ages))] + _AGE_SCATTER * float(_drawn(random, 1)[0])
    mean, scatter = who.strengths["open" if opens else "closed"]
    strength = mean + scatter * float(_drawn(random, 1)[0])
    traits = Traits(male, age, origin, opens, strength)
    covariates = who.covariates(male=male, age=age, origin=origin, opens=opens, strength=strength)
    z = covariates @ model.effects + SPREAD_SCALE * (model.spread @ _drawn(random, len(model.spread)))
    expected = (covariates * who.of_origin) @ model.effects
    return DrawnPerson(model, traits, expected, z, SPREAD_SCALE * _drawn(random, len(model.teeth)))


def _drawn(random: PortableRandom, count: int) -> Array:
    return np.clip(random.normal(count), -_FARTHEST, _FARTHEST)


def _closed(points: npt.NDArray[Any]) -> Array:
    """Return landmarks whose inner lips touch."""
    upper, lower = lip_pairs()
    out: Array = points.astype(np.float64)
    out[upper] = out[lower] = (out[upper] + out[lower]) / 2
    return out


def _opened(points: Array) -> Array:
    """Return landmarks whose inner lips are at least a little apart, all pairs in proportion."""
    upper, lower = lip_pairs()
    out = points.copy()
    gap = out[lower, 1] - out[upper, 1]
    least = _OPEN_GAP * np.sin(np.pi * np.arange(1, 10) / 10)
    lack = np.maximum(least - gap, 0)
    out[upper, 1] -= lack / 2
    out[lower, 1] += lack / 2
    return out
