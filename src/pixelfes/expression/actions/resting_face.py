"""How far a face is from rest: the facial actions that it shows, told from the person's own shape.

Convention: shapes are canonical in the frame of `pixelfes.face.alignment.mean_face`. An action has the size 1 at the extreme of
the sculpted head that it was measured on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from pixelfes.arrays import Array, Floats
from pixelfes.assets import asset_bytes
from pixelfes.face.topology import MOUTH_CORNERS

SMILE, SMILE_OPENING = "smile", "smileOpening"
"""The actions of the shipped smile: its movement and its opening. They explain what else would be taken for other actions."""

TYPICAL_SIZE = 0.4
"""Deviation of the sizes that are expected before a face is looked at."""
CHILDLIKE = 2.35
"""Mean departure of the proportions of a small child from those of adults, in their deviations; 60 adults reach 2.3 at most."""
ADULT_DEVIATIONS = np.array([0.066, 0.038, 0.045])
CHIN, MOUTH = 152, 13
ROUNDS = 40
"""Rounds of the fit; sizes are then right to 0.002."""
STEP = 0.3


@dataclass(frozen=True)
class RestingFace:
    """A linear model of resting faces, and the facial actions that are read against it.

    Attributes
    ----------
    names : tuple of str
        Names of the K actions.
    mean : (468, 3)
        The mean resting face.
    actions, readouts : (K, 468, 3)
        Displacement of each action, and the same times the inverse covariance C of resting faces.
    gram : (K, K)
        The products ``E_k C E_l`` of actions.
    """

    names: tuple[str, ...]
    mean: Array
    actions: Array
    readouts: Array
    gram: Array

    def shown(self, shape: Array) -> Array:
        """Return the sizes (K,) of the actions that a canonical shape (468, 3) shows.

        Minimises ``(d - Σ c_k E_k) C (d - Σ c_k E_k) + Σ (c_k / 0.4)²`` over sizes c >= 0; that of the smile may be negative.
        Here d is the departure of the shape from the mean.

        References
        ----------
        S. Boyd et al., "Distributed optimization and statistical learning via the alternating direction method of
        multipliers", 2011, section 5.2.
        """
        wanted = self.scale * (np.einsum("kpc,pc->k", self.readouts, shape) - self.offsets)
        sizes, pull = np.zeros(len(wanted)), np.zeros(len(wanted))
        for _ in range(ROUNDS):
            free = self.inverse @ (wanted + STEP * (sizes - pull))
            sizes = np.maximum(free + pull, self.least)
            pull = pull + free - sizes
        return np.asarray(self.scale * sizes)

    def is_childlike(self, shape: Array, sizes: Array) -> bool:
        """Return whether a shape (468, 3) has the proportions of a small child: a small mouth, high above a short chin.

        The measures are taken with all actions taken back, in deviations of 60 adults.
        """
        return self.childlikeness(shape, sizes) > CHILDLIKE

    def childlikeness(self, shape: Array, sizes: Array) -> float:
        """Return how far the proportions of a shape (468, 3) depart from those of adults towards a small child's."""
        measures = _measures(shape) - sizes @ self.action_measures
        return float(((self.mean_measures - measures) / ADULT_DEVIATIONS).mean())

    @cached_property
    def offsets(self) -> Array:
        """What the read-outs say of the mean face, (K,)."""
        return np.asarray(np.einsum("kpc,pc->k", self.readouts, self.mean))

    @cached_property
    def scale(self) -> Array:
        """The factors (K,) that make the diagonal of the normal equations 1."""
        return np.asarray(1 / np.sqrt(np.diag(self._normal)))

    @cached_property
    def inverse(self) -> Array:
        """The inverse (K, K) that a round multiplies with."""
        scaled = self.scale[:, None] * self._normal * self.scale
        return np.asarray(np.linalg.inv(scaled + STEP * np.eye(len(scaled))), np.float64)

    @cached_property
    def least(self) -> Array:
        """The smallest allowed sizes, (K,)."""
        return np.where(np.array(self.names) == SMILE, -np.inf, 0.0)

    @cached_property
    def mean_measures(self) -> Array:
        """The proportions that tell children, of the mean face, (3,)."""
        return _measures(self.mean)

    @cached_property
    def action_measures(self) -> Array:
        """What each action changes of the proportions that tell children, (K, 3)."""
        return np.array([_measures(action) for action in self.actions])

    @cached_property
    def _normal(self) -> Array:
        return self.gram + np.eye(len(self.gram)) / TYPICAL_SIZE**2


def _measures(shape: Array) -> Array:
    """Return the height of the face below the eyes, the height of the chin below the mouth, and the width of the mouth."""
    right, left = MOUTH_CORNERS
    return np.array([shape[CHIN, 1], shape[CHIN, 1] - shape[MOUTH, 1], shape[left, 0] - shape[right, 0]])


@cache
def resting_face() -> RestingFace:
    """Return the shipped model of resting faces; its file is read once."""
    from safetensors.numpy import load

    data = asset_bytes("resting_face.safetensors")
    arrays: dict[str, Floats] = load(data)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    names = tuple(header["__metadata__"]["actions"].split())
    return RestingFace(names, **{name: array.astype(np.float64) for name, array in arrays.items()})
