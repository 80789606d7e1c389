"""What a network learns from: registered faces with their conditions, and what is drawn of them at every step. No PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.baselines.action_units import ACTION_UNITS, action_units
from pixelfes.baselines.settings import DOMAINS, NetworkMethod
from pixelfes.errors import InputError
from pixelfes.expression.pairs_to_faces import UNUSABLE, FacePair, Skipped
from pixelfes.face.alignment import mean_shape
from pixelfes.face.grid import GridRegistration
from pixelfes.photos.reading import read_photo

Tick: TypeAlias = Callable[[int], None]

_JITTER = 32
"""A random crop is off by up to this part of the side in x and in y; what it lacks is mirrored at the border."""


@dataclass(frozen=True)
class Conditions:
    """How a method describes an expression.

    Attributes
    ----------
    rest : (468, 3), canonical, or None
        The mean neutral face that action units are counted from; None for domains.
    change : (17,), or None
        What the expression adds to the units, the mean over the pairs.
    """

    rest: Array | None = None
    change: Array | None = None

    @property
    def n_conditions(self) -> int:
        """How many numbers a condition has."""
        return DOMAINS if self.rest is None else len(ACTION_UNITS)

    def of(self, landmarks: Array, expressive: bool) -> Floats:
        """Return the condition that a photo shows: its domain, or its action units (K,)."""
        if self.rest is None:
            return np.asarray(np.eye(DOMAINS, dtype=np.float32)[int(expressive)])
        return action_units(landmarks, self.rest).astype(np.float32)

    def wanted(self, landmarks: Array, intensity: float) -> Floats:
        """Return the condition to ask for: the other domain, or the face's own units and the change by its intensity."""
        if self.rest is None or self.change is None:
            return self.of(landmarks, True)
        return np.clip(self.of(landmarks, True) + intensity * self.change, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class TrainingFaces:
    """Registered faces, two a pair.

    Attributes
    ----------
    pixels : (2 N, S, S, 3) uint8
        Neutral and expressive in turn.
    shown : (2 N, K) float32
        Their conditions.
    conditions : Conditions
    skipped : list of Skipped
    """

    pixels: Pixels
    shown: Floats
    conditions: Conditions
    skipped: list[Skipped]

    @property
    def n_pairs(self) -> int:
        """How many pairs there are."""
        return len(self.pixels) // 2

    def fingerprint(self) -> str:
        """Return a hash of all that a network sees of them."""
        return hashlib.sha256(self.pixels.tobytes() + self.shown.tobytes()).hexdigest()

    def draw(self, seed: int, step: int, batch: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Return what a step sees, the same whenever it is asked for the same step.

        Returns
        -------
        pictures : (B, 3, S, S), -1 to 1
            Faces at random, each flipped with probability 1/2, and cropped at random.
        own, goal : (B, K)
            Their conditions, and those of other faces at random.
        share : (B,)
            For the gradient penalty.
        """
        rng = np.random.default_rng([seed, step])
        chosen, others = rng.integers(0, len(self.pixels), (2, batch))
        flips, share = rng.random(batch) < 0.5, rng.random(batch, np.float32)
        side = self.pixels.shape[1]
        reach = side // _JITTER
        corners = rng.integers(0, 2 * reach + 1, (batch, 2))
        pictures = np.empty((batch, 3, side, side), np.float32)
        for n, (face, flip, (top, left)) in enumerate(zip(chosen, flips, corners, strict=True)):
            wide = np.pad(self.pixels[face], ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
            crop = wide[top : top + side, left : left + side]
            pictures[n] = to_range(crop[:, ::-1] if flip else crop)
        return pictures, self.shown[chosen], self.shown[others], share


def gather_faces(
    faces: Sequence[FacePair], method: NetworkMethod, size: int, tick: Tick = lambda done: None
) -> TrainingFaces:
    """Register the faces of pairs on the grid, and say what each shows.

    Raises
    ------
    InputError
        Where no pair can be used.
    """
    registration = GridRegistration(size)
    crops: list[Pixels] = []
    used: list[FacePair] = []
    skipped: list[Skipped] = []
    for done, face in enumerate(faces, start=1):
        try:
            crops += [
                np.round(255 * registration.texture(read_photo(photo).pixels, points)).astype(np.uint8)
                for photo, points in ((face.pair.input, face.input), (face.pair.target, face.target))
            ]
            used.append(face)
        except UNUSABLE as error:
            skipped.append(Skipped.after(face.pair.name, error))
            del crops[2 * len(used) :]
        tick(done)
    if not used:
        raise InputError(f"none of {len(faces)} pairs can be used")
    conditions = _learn_conditions(used) if method == "ganimation" else Conditions()
    shown = [c for f in used for c in (conditions.of(f.input, False), conditions.of(f.target, True))]
    return TrainingFaces(np.array(crops), np.array(shown), conditions, skipped)


def _learn_conditions(faces: Sequence[FacePair]) -> Conditions:
    rest = _rounded(mean_shape([face.input for face in faces]))
    changes = [action_units(face.target, rest) - action_units(face.input, rest) for face in faces]
    return Conditions(rest, _rounded(np.mean(changes, axis=0)))


def _rounded(values: Array) -> Array:
    """Round to single precision, as files have them: what is read again asks for the very same."""
    return values.astype(np.float32).astype(np.float64)


def to_range(pixels: npt.NDArray[np.generic]) -> Floats:
    """Return pixels (S, S, 3), 0 to 255, as networks see them: (3, S, S) from -1 to 1."""
    return np.asarray(pixels, np.float32).transpose(2, 0, 1) / 127.5 - 1
