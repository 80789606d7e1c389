"""Predict face embeddings from latent vectors, to keep drawn people from looking like real ones.

A face recogniser would tell whether a drawn person looks like a real one, but the package does not ship one. Face embeddings
are nearly linear in the latent vector, so a matrix replaces it: ``embedding ≈ (z - mean) W + mean``, by ridge regression over
drawn people. The file keeps the few directions in which the prediction varies most, and the embeddings of the people of the
training set in these directions, without names and in random order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from people_photos import Person
from pixelfes.arrays import Array
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.people.appearance_model import PeopleModel
from pixelfes.people.portraits import canonical_to_portrait, render_portraits
from pixelfes.people.sampling import DrawnPerson, PortableRandom, draw_candidate

DRAWS = 1000
DIRECTIONS = 32
REDRAWN = 0.4
"""Share of all draws that are rejected because they are nearest to a real person."""

_PENALTY = 100.0
_SIZE = 256
_SEED = 2024


@dataclass(frozen=True)
class Likeness:
    """The fields of the same names of `PeopleModel`, which keep its people from looking like real ones."""

    projection: Array
    known: Array
    nearest: float

    @classmethod
    def none(cls, latent: int) -> Likeness:
        """Return a likeness that rejects nobody; ``latent`` is the length of the latent vector."""
        return cls(np.zeros((latent, 1)), np.ones((1, 1)), 0.0)


def learn_likeness(model: PeopleModel, people: list[Person]) -> Likeness:
    """Learn to predict who looks like these people, from portraits drawn without a check."""
    judge = DlibIdentity(points=5)
    drawn = [draw_candidate(model, PortableRandom(_SEED, number)) for number in range(DRAWS)]
    z = np.array([person.z for person in drawn])
    embeddings = np.array([_embedding(judge, person, number) for number, person in enumerate(drawn)])
    real = np.array([judge.embed(person.neutral.pixels, person.neutral.points) for person in people])
    centred, middle = z - z.mean(0), embeddings.mean(0)
    weights = np.linalg.solve(centred.T @ centred + _PENALTY * np.eye(z.shape[1]), centred.T @ (embeddings - middle))
    _, _, axes = np.linalg.svd(centred @ weights, full_matrices=False)
    projection = weights @ axes[:DIRECTIONS].T
    known = (real - middle) @ axes[:DIRECTIONS].T + z.mean(0) @ projection
    distances = np.linalg.norm((z @ projection)[:, None] - known[None], axis=2).min(1)
    order = np.random.Generator(np.random.PCG64(_SEED)).permutation(len(known))
    return Likeness(projection, known[order], float(np.quantile(distances, REDRAWN)))


def _embedding(judge: DlibIdentity, person: DrawnPerson, number: int) -> Array:
    """Return the embedding of a drawn person's neutral portrait."""
    neutral, _ = render_portraits(person, _SIZE, (_SEED, number))
    return judge.embed(neutral, canonical_to_portrait(person.neutral, _SIZE))
