"""Draw people: from a seed to a latent vector, and on to landmarks and portrait meshes.

A person depends only on the seed and the person's number: not on how many others are drawn, and not on the version of NumPy,
which guarantees the raw bits of its generators.

Convention: shapes are canonical, as in `pixelfes.people.appearance_model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Array, Floats
from pixelfes.errors import PixelfesError
from pixelfes.face.topology import EXPRESSIVE_POINTS, N_POINTS
from pixelfes.people.appearance_model import N_FITTED, PeopleModel
from pixelfes.people.portrait_mesh import FOREHEAD, N_VERTICES, lip_pairs

SPREAD_SCALE = 0.85
"""Standard deviation of drawn people around the mean of their group, as a share of that of real people."""

_LARGEST_DRAW = 2.0  # standard deviations along any direction of the latent space
_AGE_SCATTER = 2.0  # years
_LEAST_GAP = 0.08  # opening of an open mouth, in distances between the eyes
_MOST_DRAWS = 100


class PortableRandom:
    """Random numbers that are the same on every machine, from the raw bits of PCG64.

    Parameters
    ----------
    *key : int
        Whole numbers >= 0 that select the stream.
    """

    def __init__(self, *key: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(key))

    def uniform(self, count: int) -> Array:
        """Return uniform random numbers (count,) in the open interval from 0 to 1."""
        raw: npt.NDArray[np.uint64] = self._bits.random_raw(count)
        return ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def normal(self, count: int) -> Array:
        """Return standard normal random numbers (count,) by the method of Box and Muller."""
        u = self.uniform(2 * count)
        return np.asarray(np.sqrt(-2 * np.log(u[:count])) * np.cos(2 * np.pi * u[count:]))

    def choice(self, shares: list[float]) -> int:
        """Return a random index; the probability of each is proportional to its share."""
        edges = np.cumsum(shares) / np.sum(shares)
        return int(np.searchsorted(edges[:-1], self.uniform(1)[0], side="right"))


@dataclass(frozen=True)
class Traits:
    """The attributes of a person, drawn first; the latent vector is drawn given them.

    Attributes
    ----------
    male : bool
    age : float
        Years.
    origin : str
    opens : bool
        Whether the smile opens the mouth.
    strength : float
        Strength of the smile that was drawn; that of the landmarks differs a little.
    """

    male: bool
    age: float
    origin: str
    opens: bool
    strength: float


@dataclass(frozen=True)
class DrawnPerson:
    """A drawn person: traits and latent vectors.

    Attributes
    ----------
    expected : (K,)
        The mean latent vector of people of this origin and strength of smile.
    z : (K,)
        The latent vector, in the order shape, texture, movement, change.
    teeth : (M,)
        The latent vector of the teeth.
    """

    model: PeopleModel
    traits: Traits
    expected: Array
    z: Array
    teeth: Array

    def latent_part(self, name: str, z: Array | None = None) -> Array:
        """Return the part of the latent vector, or of another one ``z`` (K,), that belongs to these components."""
        z = self.z if z is None else z
        start = 0
        for components in ("shape", "texture", "movement", "change"):
            stop = start + len(getattr(self.model, components))
            if components == name:
                return z[start:stop]
            start = stop
        raise KeyError(name)

    @cached_property
    def neutral(self) -> Array:
        """Landmarks (468, 3), canonical, of the neutral face with its mouth closed."""
        return _with_closed_lips(self._shape[: 3 * N_POINTS].reshape(N_POINTS, 3))

    @cached_property
    def smiling(self) -> Array:
        """Landmarks (468, 3), canonical, of the smiling face."""
        moved = self._shape[: 3 * N_POINTS] + self.model.movement.values(self.latent_part("movement"))
        points = moved.reshape(N_POINTS, 3).astype(np.float64)
        return _with_open_lips(points) if self.traits.opens else _with_closed_lips(points)

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
        """Strength of the smile, measured on the landmarks; 1 is the mean of real smiles with an open mouth."""
        moved = (self.smiling - self.neutral)[list(EXPRESSIVE_POINTS)]
        return float((self.model.direction * moved).sum())

    @property
    def too_similar(self) -> bool:
        """Whether the person could look like a person of the training set; see `PeopleModel.nearest`."""
        distances = np.linalg.norm(self.z @ self.model.projection - self.model.known, axis=1)
        return bool(distances.min() < self.model.nearest)

    @cached_property
    def _shape(self) -> Floats:
        return self.model.shape.values(self.latent_part("shape"))


def draw_person(model: PeopleModel, seed: int, number: int) -> tuple[DrawnPerson, int]:
    """Draw one person; repeat until the person resembles no one in the training set.

    Returns
    -------
    person : DrawnPerson
    redrawn : int
        Number of rejected draws.

    Raises
    ------
    PixelfesError
        If 100 draws are rejected.
    """
    for attempt in range(_MOST_DRAWS):
        person = draw_candidate(model, PortableRandom(seed, number, attempt))
        if not person.too_similar:
            return person, attempt
    raise PixelfesError(
        f"all {_MOST_DRAWS} people drawn resemble someone in the training set: use another model of people"
    )


def draw_candidate(model: PeopleModel, random: PortableRandom) -> DrawnPerson:
    """Draw one person without checking whom the person looks like."""
    population = model.population
    male, opens = (
        bool(u < share) for u, share in zip(random.uniform(2), (population.male, population.open), strict=True)
    )
    origin = list(population.origins)[random.choice(list(population.origins.values()))]
    age = population.ages[random.choice([1.0] * len(population.ages))] + _AGE_SCATTER * float(
        _clipped_normal(random, 1)[0]
    )
    mean, scatter = population.strengths["open" if opens else "closed"]
    strength = mean + scatter * float(_clipped_normal(random, 1)[0])
    traits = Traits(male, age, origin, opens, strength)
    covariates = population.covariates(male=male, age=age, origin=origin, opens=opens, strength=strength)
    z = covariates @ model.effects + SPREAD_SCALE * (model.spread @ _clipped_normal(random, len(model.spread)))
    expected = (covariates * population.origin_mask) @ model.effects
    return DrawnPerson(model, traits, expected, z, SPREAD_SCALE * _clipped_normal(random, len(model.teeth)))


def _clipped_normal(random: PortableRandom, count: int) -> Array:
    """Return standard normal random numbers (count,), clipped."""
    return np.clip(random.normal(count), -_LARGEST_DRAW, _LARGEST_DRAW)


def _with_closed_lips(points: AnyArray) -> Array:
    """Return landmarks (468, 3), canonical, with the inner lips brought together."""
    upper, lower = lip_pairs()
    out: Array = points.astype(np.float64)
    out[upper] = out[lower] = (out[upper] + out[lower]) / 2
    return out


def _with_open_lips(points: Array) -> Array:
    """Return landmarks (468, 3), canonical, with the inner lips at least a little apart, most in the middle."""
    upper, lower = lip_pairs()
    out = points.copy()
    gap = out[lower, 1] - out[upper, 1]
    least = _LEAST_GAP * np.sin(np.pi * np.arange(1, 10) / 10)
    lack = np.maximum(least - gap, 0)
    out[upper, 1] -= lack / 2
    out[lower, 1] += lack / 2
    return out
