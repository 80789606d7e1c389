"""The training data of a network: registered faces with their conditions, and random batches of them. Needs no PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.baselines.action_units import ACTION_UNITS, action_units
from pixelfes.baselines.settings import DOMAINS, NetworkMethod
from pixelfes.errors import InputError
from pixelfes.expression.pairs_to_faces import UNUSABLE, FacePair, Skipped, Tick, no_tick
from pixelfes.face.alignment import mean_shape
from pixelfes.face.grid import GridRegistration
from pixelfes.photos.reading import read_photo

_SHIFT_DIVISOR = 32
"""A random crop is shifted in x and y by at most 1/32 of the side; pixels beyond the border are mirrored."""


@dataclass(frozen=True)
class Conditions:
    """The conditions of a network: one of two domains, or 17 action units.

    Attributes
    ----------
    rest : (468, 3), canonical, or None
        The mean neutral face, the reference of the action units; None for domains.
    change : (17,), or None
        The change of the action units from neutral to expressive, averaged over the pairs; None for domains.
    """

    rest: Array | None = None
    change: Array | None = None

    @property
    def n_conditions(self) -> int:
        """Number of values in a condition."""
        return DOMAINS if self.rest is None else len(ACTION_UNITS)

    def of(self, landmarks: Array, expressive: bool) -> Floats:
        """Return the condition (K,) that a photo shows: its domain, one-hot, or its action units."""
        if self.rest is None:
            return np.asarray(np.eye(DOMAINS, dtype=np.float32)[int(expressive)])
        return action_units(landmarks, self.rest).astype(np.float32)

    def wanted(self, landmarks: Array, intensity: float) -> Floats:
        """Return the condition (K,) to ask for: the expressive domain, or the face's units plus intensity times the change."""
        if self.rest is None or self.change is None:
            return self.of(landmarks, True)
        return np.clip(self.of(landmarks, True) + intensity * self.change, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class TrainingFaces:
    """Registered faces, two per pair.

    Attributes
    ----------
    pixels : (2 N, S, S, 3) uint8
        The faces, alternately neutral and expressive.
    shown : (2 N, K) float32
        The conditions that they show.
    conditions : Conditions
    skipped : list of Skipped
    """

    pixels: Pixels
    shown: Floats
    conditions: Conditions
    skipped: list[Skipped]

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self.pixels) // 2

    def fingerprint(self) -> str:
        """Return a hash of all pixels and conditions."""
        return hashlib.sha256(self.pixels.tobytes() + self.shown.tobytes()).hexdigest()

    def draw(self, seed: int, step: int, batch: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Draw the batch of a step. It depends on the seed and the number of the step alone.

        Returns
        -------
        pictures : (B, 3, S, S) float32, from -1 to 1
            Random faces, each flipped with probability 1/2 and cropped at random.
        shown, wanted : (B, K) float32
            The conditions of these faces, and those of other random faces.
        share : (B,) float32, from 0 to 1
            Share of the real picture in the mixtures of the gradient penalty.
        """
        rng = np.random.default_rng([seed, step])
        chosen, others = rng.integers(0, len(self.pixels), (2, batch))
        flips, share = rng.random(batch) < 0.5, rng.random(batch, np.float32)
        side = self.pixels.shape[1]
        reach = side // _SHIFT_DIVISOR
        corners = rng.integers(0, 2 * reach + 1, (batch, 2))
        pictures = np.empty((batch, 3, side, side), np.float32)
        for n, (face, flip, (top, left)) in enumerate(zip(chosen, flips, corners, strict=True)):
            wide = np.pad(self.pixels[face], ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
            crop = wide[top : top + side, left : left + side]
            pictures[n] = to_network_range(crop[:, ::-1] if flip else crop)
        return pictures, self.shown[chosen], self.shown[others], share


def gather_faces(faces: Sequence[FacePair], method: NetworkMethod, size: int, tick: Tick = no_tick) -> TrainingFaces:
    """Register the faces of pairs on the grid, and measure the condition of each.

    Parameters
    ----------
    faces : list of FacePair
    method : {"stargan", "ganimation", "usgan"}
    size : int
        Side of the grid, pixels.
    tick : callable
        Called with the number of pairs done.

    Raises
    ------
    InputError
        If no pair can be used.
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
    """Round to single precision, as model files store it, so that a model that is read from a file equals this one."""
    return values.astype(np.float32).astype(np.float64)


def to_network_range(pixels: npt.NDArray[np.generic]) -> Floats:
    """Convert pixels (S, S, 3) from 0 to 255 to the input of a network: (3, S, S) float32 from -1 to 1."""
    return np.asarray(pixels, np.float32).transpose(2, 0, 1) / 127.5 - 1
