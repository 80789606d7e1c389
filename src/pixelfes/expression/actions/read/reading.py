"""Which facial actions a face shows, told from its landmarks.

Sizes of both sides together come from the model of resting faces; the difference of the sides from the part of the shape
that is not symmetric. Brows are read from pixels too (`brow_reading`): landmarks follow half of a raised brow. A size of 1 is
the extreme of the head that the actions were measured on.

Convention: landmarks are in image pixels, shapes canonical in the frame of `pixelfes.face.alignment.mean_face`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions, sideless
from pixelfes.expression.actions.mix import Mix
from pixelfes.expression.actions.read.brow_reading import read_brows
from pixelfes.expression.actions.resting_face import SMILE, SMILE_OPENING, resting_face
from pixelfes.face.alignment import HeadPose, mean_face, symmetric
from pixelfes.face.smooth import smoothstep
from pixelfes.face.trust.verdicts import Verdict

RELIABILITY = {
    "jawOpen": 0.92,
    "mouthPucker": 0.45,
    "mouthFunnel": 0.68,
    "mouthFrown": 0.63,
    "mouthShrugLower": 0.13,
    "mouthPress": 0.45,
    "browDown": 0.48,
    "browInnerUp": 0.54,
    "browOuterUp": 0.64,
    "eyeBlink": 0.88,
    "noseSneer": 0.62,
    "mouthUpperUp": 0.63,
    SMILE: 0.9,
    SMILE_OPENING: 0.9,
}
"""Correlation of the size that is read with the size that was drawn, over 20 people; see ``docs/expressions.md``."""
MEANT = (0.04, 0.14)
"""Sizes below the first are a person's own shape; those above the second are meant."""
SIDE_NOISE = 0.02
"""Deviation of the points of resting faces from symmetry, distances between the eyes."""
TYPICAL_DIFFERENCE = 0.4


@dataclass(frozen=True)
class FaceReading:
    """What a face shows.

    Attributes
    ----------
    landmarks : (468, 3), image pixels
    verdict : Verdict
    actions : dict
        Size of every action that can be read, with its side; and of the learned smile, "smile", and of its opening.
    reliability : dict
        How well each is read, as a correlation, 0 to 1.
    """

    landmarks: Array
    verdict: Verdict
    actions: dict[str, float]
    reliability: dict[str, float]


def read_face(landmarks: Array, verdict: Verdict = Verdict.OK, pixels: Pixels | None = None) -> FaceReading:
    """Return what a face shows, action by action, and how surely; brows are read from the photo (H, W, 3) if it is given."""
    shape = HeadPose.of(landmarks, mean_face()).to_canonical(landmarks)
    resting = resting_face()
    together = dict(zip(resting.names, resting.shown(shape).tolist(), strict=True))
    sided = sided_names()
    departure = (shape - symmetric(shape)).ravel()
    differences = np.linalg.solve(side_equations(), _antisymmetric() @ departure)
    actions: dict[str, float] = {}
    for name, size in together.items():
        if name in sided:
            half = float(differences[sided.index(name)])
            actions |= {f"{name}_L": max(0.0, size + half), f"{name}_R": max(0.0, size - half)}
        else:
            actions[name] = size
    if pixels is not None:
        actions |= read_brows(pixels, landmarks)
    return FaceReading(landmarks, verdict, actions, {name: RELIABILITY[sideless(name)] for name in actions})


def meant_actions(reading: FaceReading) -> dict[str, float]:
    """Return the actions of a reading that are more than a person's own shape, without those of the smile."""
    found = {}
    for name, size in reading.actions.items():
        kept = size * float(smoothstep(size, *MEANT))
        if name not in (SMILE, SMILE_OPENING) and kept > 0:
            found[name] = kept / max(RELIABILITY[sideless(name)], 0.5)
    return found


def shown_mix(reading: FaceReading, name: str) -> Mix:
    """Return the mix that shows what another face shows: first neutral, then its smile and its actions."""
    smile = reading.actions[SMILE] * float(smoothstep(reading.actions[SMILE], *MEANT))
    return Mix(meant_actions(reading), max(0.0, smile), 1.0, f"like {name}")


@cache
def side_equations() -> Array:
    """Return the matrix (K, K) of the normal equations of the differences of the sides; that of their ridge is added."""
    patterns = _antisymmetric()
    weight = SIDE_NOISE**2 / TYPICAL_DIFFERENCE**2 * np.eye(len(patterns))
    return np.asarray(patterns @ patterns.T + weight * patterns.shape[1] ** 0.5)


@cache
def sided_names() -> list[str]:
    """Return the names of the actions that are read for each side."""
    return [name for name in resting_face().names if f"{name}_L" in shipped_actions().index]


@cache
def _antisymmetric() -> Array:
    """Return what each sided action moves if its left side is 1 and its right side -1, (K, 1404)."""
    actions = shipped_actions()
    rows = [(actions.index[f"{name}_L"], actions.index[f"{name}_R"]) for name in sided_names()]
    return np.array([(actions.displacement[left] - actions.displacement[right]).ravel() for left, right in rows])
