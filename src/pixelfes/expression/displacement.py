"""The movement of landmarks between two expressions, and how much of it a face already shows.

Convention: all shapes are canonical (see `pixelfes.face.alignment`); the unit is the distance between the eyes.

The movement has two parts, because a mouth can open without a smile, and a smile can be closed:
``displacement = max(0, a - s) * movement + max(0, open(a) - o) * opening``. Here a is the requested intensity, s the
strength that the face already shows, and o the share of its mouth's opening. Weak smiles are closed: ``open`` is 0 up
to a quarter of the full intensity, and 1 at 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pixelfes.arrays import Array
from pixelfes.errors import InputError
from pixelfes.face.alignment import HeadPose, mean_shape, mirrored, symmetric
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import EXPRESSIVE_POINTS, INNER_LIPS, N_POINTS, OVAL

OPEN_MOUTH = 0.05
"""A mouth is open if its inner lips are further apart than this."""

CLOSED_UNTIL = 0.25
"""Intensity up to which the mouth stays closed."""

WIDEST_OPEN = 6.0
"""Openness that counts, at most."""
_FEWEST_OPEN = 3
"""Open targets from which on full opening is their mean gap."""
_INTENDED = (0.006, 0.018)
"""Movements below the first length are noise of the alignment; those above the second count fully."""
_COMPONENTS = 25
"""Shape components of the strength read-out."""


@dataclass(frozen=True)
class Displacement:
    """A fitted model of the movement between two expressions.

    Attributes
    ----------
    reference : (468, 3)
        The mean face before the movement.
    movement, opening : (468, 3)
        Displacement of every point at full strength: without the opening of the mouth, and by it.
    resting_gap, full_gap : float
        Distance between the inner lips of the mean face before, and what full opening adds to it; 0 if it never opens.
    readout, readout_offset : (468, 3) and float
        The strength of the expression in a shape P is ``readout_offset + sum(readout * P)``.
    """

    reference: Array
    movement: Array
    opening: Array
    resting_gap: float
    full_gap: float
    readout: Array
    readout_offset: float

    @classmethod
    def fit(cls, inputs: list[Array], targets: list[Array]) -> tuple[Self, PairStates]:
        """Learn the movement from pairs of faces.

        Minimises ``Σ_i ||D_i - s_i movement - o_i opening||^2`` over pairs i. D_i is the symmetric part of target minus
        input, s_i its projection on the mean movement of mouth corners and cheeks, o_i the opening of the lips.

        Parameters
        ----------
        inputs, targets : lists of (468, 3), image pixels
            The same people before and after.

        Returns
        -------
        displacement : Displacement
        states : PairStates
            Strength and openness of every target.

        Raises
        ------
        InputError
            If there are no pairs, or their mean movement is zero.
        """
        if not inputs or len(inputs) != len(targets):
            raise InputError(f"a displacement needs pairs of faces; found {len(inputs)} inputs, {len(targets)} targets")
        reference = mean_shape(inputs)
        before = np.array([HeadPose.of(face, reference).to_canonical(face) for face in inputs])
        after = np.array([HeadPose.of(face, reference).to_canonical(face) for face in targets])
        moved = np.array([symmetric(d) for d in after - before])
        states, full_gap = _states(moved, lip_gap(after) - lip_gap(before))
        movement, opening = _least_squares(moved, states)
        kept = (damping(reference) * _intended(movement + opening))[:, None]
        readout, offset = _fit_readout(before, after, states.strength)
        resting = float(lip_gap(before).mean())
        return cls(reference, movement * kept, opening * kept, resting, full_gap, readout, offset), states

    def state(self, shape: Array) -> FaceState:
        """Return how much of the expression a canonical shape (468, 3) already shows."""
        strength = float(self.readout_offset + (self.readout * shape).sum())
        gap = float(lip_gap(shape[None])[0]) - self.resting_gap
        openness = min(WIDEST_OPEN, max(0.0, gap) / self.full_gap) if self.full_gap else 0.0
        return FaceState(strength, openness)

    def step(self, shape: Array, intensity: float) -> Array:
        """Return the displacement (468, 3) that takes a canonical shape to the requested intensity."""
        return self.shares(*self.state(shape).missing(intensity))

    def shares(self, movement: float, opening: float) -> Array:
        """Return the displacement (468, 3) of these shares of the movement and of the opening."""
        return movement * self.movement + opening * self.opening

    @property
    def full(self) -> Array:
        """The displacement (468, 3) of the mean face at intensity 1."""
        return self.movement + self.opening


@dataclass(frozen=True)
class FaceState:
    """How much of an expression a face shows: strength of the movement and share of the opening, 0 none, 1 full."""

    strength: float
    openness: float

    def missing(self, intensity: float) -> tuple[float, float]:
        """Return how much movement and opening are left to add, each >= 0.

        On resting faces the strength scatters around 0 with a deviation of 0.18, because mouth corners lie higher or
        lower. So small strengths do not count as an expression.
        """
        shown = self.strength * float(smoothstep(abs(self.strength), 0.1, 0.4))
        shown = max(shown, -0.3 * min(1.0, intensity))
        return max(0.0, intensity - shown), max(0.0, _opening_at(intensity) - self.openness)


def _opening_at(intensity: float) -> float:
    return intensity if intensity >= 1 else max(0.0, (intensity - CLOSED_UNTIL) / (1 - CLOSED_UNTIL))


@dataclass(frozen=True)
class PairStates:
    """Strength and openness of every target of a training set, each of shape (N,); a full expression is about 1."""

    strength: Array
    openness: Array


def lip_gap(shapes: Array) -> Array:
    """Return the distances (N,) between the inner lips of canonical shapes (N, 468, 3); closed lips give about 0."""
    upper, lower = INNER_LIPS
    gap: Array = shapes[:, lower, 1] - shapes[:, upper, 1]
    return gap


def _states(moved: Array, gaps: Array) -> tuple[PairStates, float]:
    """Return strength and openness of the targets, and the full gap; the mean of the open targets has 1 of both."""
    is_open = gaps > OPEN_MOUTH
    opens = int(is_open.sum()) >= _FEWEST_OPEN
    typical = moved[is_open] if opens else moved
    direction = typical.mean(0)[list(EXPRESSIVE_POINTS)]
    size = float((direction**2).sum())
    if size < 1e-8:
        raise InputError("the pairs show no movement between input and target: are they the right way round?")
    strength = (moved[:, list(EXPRESSIVE_POINTS)] * direction).sum((1, 2)) / size
    full_gap = float(gaps[is_open].mean()) if opens else 0.0
    openness = np.maximum(gaps, 0) / full_gap if opens else np.zeros(len(moved))
    return PairStates(strength, openness), full_gap


def _least_squares(moved: Array, states: PairStates) -> tuple[Array, Array]:
    columns = np.column_stack([states.strength, states.openness])
    parts = np.linalg.lstsq(columns, moved.reshape(len(moved), -1), rcond=None)[0].reshape(2, N_POINTS, 3)
    return parts[0], parts[1]


def damping(reference: Array) -> Array:
    """Return factors (468,) that hold hairline, temples and ears still."""
    points = reference[:, :2]
    oval = points[list(OVAL)]
    inside = np.linalg.norm(points[:, None] - oval[None], axis=2).min(1)
    near_oval = 1 - smoothstep(inside, 0.0, 0.4)
    jaw = smoothstep(points[:, 1], 0.45, 1.15)
    return np.asarray(1 - (1 - jaw) * near_oval, np.float64)


def _intended(displacement: Array) -> Array:
    """Return factors (468,) that drop movements too small to be more than noise of the alignment."""
    return smoothstep(np.linalg.norm(displacement, axis=1), *_INTENDED)


def _fit_readout(before: Array, after: Array, strength: Array) -> tuple[Array, float]:
    """Fit the strength on the leading shape components by ridge regression; inputs have strength 0."""
    faces = np.concatenate([before, after])
    flat = np.concatenate([faces, [mirrored(face) for face in faces]]).reshape(2 * len(faces), -1)
    wanted = np.tile(np.concatenate([np.zeros(len(before)), strength]), 2)
    mean = flat.mean(0)
    scores, singular, components = np.linalg.svd(flat - mean, full_matrices=False)
    kept = slice(0, min(_COMPONENTS, max(1, len(before) // 2)))
    scale = singular[kept] / (singular[kept] ** 2 + 1e-3 * singular[0] ** 2 / len(flat))
    readout = ((scores[:, kept].T @ (wanted - wanted.mean())) * scale) @ components[kept]
    return readout.reshape(N_POINTS, 3), float(wanted.mean() - readout @ mean)
