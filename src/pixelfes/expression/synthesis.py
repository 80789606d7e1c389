"""Synthesis: from one face in a photo to the changed face in the photo, by a fitted model."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.expression.displacement import Displacement
from pixelfes.face.alignment import HeadPose
from pixelfes.face.composite import composite
from pixelfes.face.grid import GridRegistration
from pixelfes.face.light import Light
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.smooth import smoothstep
from pixelfes.regress import PixelRegressor

TEETH_OF_ITS_OWN = (0.12, 0.5)
"""From which openness on a mouth shows teeth of its own, and from which on only those."""
OPENING_UNTIL_SEEN = 0.25
VISIBLE = (1 / 255, 3 / 255)

BRIGHTEST = 8.0
"""Registered textures in units of their light are cut off here: glints on dark skin."""


@dataclass(frozen=True)
class Learned:
    """The three parts of a fitted model.

    Attributes
    ----------
    registration : MeshRegistration or GridRegistration
    displacement : Displacement, or None
        None with a grid, where nothing moves.
    regressor : PixelRegressor
    """

    registration: MeshRegistration | GridRegistration
    displacement: Displacement | None
    regressor: PixelRegressor


@dataclass(frozen=True)
class Change:
    """How a face is to change: where its points go, and how much movement and opening that adds.

    Attributes
    ----------
    landmarks, moved : (468, 3), image pixels
    movement, opening : float
        Added shares, >= 0.
    openness : float
        Share of the opening that the face shows already.
    """

    landmarks: Array
    moved: Array
    movement: float
    opening: float
    openness: float


def plan_change(displacement: Displacement, landmarks: Array, intensity: float) -> Change:
    """Decide where the landmarks of a face go: what the intensity asks for, less what the face shows already.

    The displacement acts in the face's own 3-D frame and is then seen from the camera.
    """
    pose = HeadPose.of(landmarks, displacement.reference)
    state = displacement.state(pose.to_canonical(landmarks))
    movement, opening = state.missing(intensity)
    step = pose.turn(displacement.shares(movement, opening))
    return Change(landmarks, landmarks + step, movement, opening, state.openness)


def change_face(learned: Learned, pixels: Pixels, landmarks: Array, intensity: float) -> None:
    """Change one face of a photo (H, W, 3) in place."""
    registration = learned.registration
    moved, light = landmarks, np.ones((1, 1, 3), np.float32)
    amount = np.full_like(registration.face, intensity)
    if isinstance(registration, MeshRegistration) and learned.displacement is not None:
        change = plan_change(learned.displacement, landmarks, intensity)
        moved, light = change.moved, Light.of(pixels, landmarks).map(registration.mouth)
        amount = mesh_amount(registration.mouth, change, learned.displacement.full_gap > 0)
    weight, bias = learned.regressor.local_affine(_texture(learned, pixels, landmarks, light))
    amount = (amount * registration.face)[..., None]
    added, lit = (_thin(weight) - 1) * amount, bias * light * amount
    seen = _seen(added, lit)
    if not seen.any() and np.array_equal(moved, landmarks):
        return  # the face shows already all that was asked for
    placement = registration.place(landmarks, moved, pixels.shape, seen)
    composite(pixels, placement, added * seen[..., None], lit * seen[..., None])


def _seen(weight: Floats, bias: Floats) -> Floats:
    """Return a mask (S, S) of where a change of weight and bias can be seen at all: 0 below one level, 1 from three on."""
    largest = np.maximum(np.abs(weight).max(2), np.abs(bias).max(2))
    return smoothstep(cv2.blur(np.asarray(largest, np.float32), (5, 5)), *VISIBLE).astype(np.float32)


def mesh_amount(mouth: Floats, change: Change, opens: bool) -> Floats:
    """Return how much of the change each pixel of the model grid gets, (S, S).

    Skin changes in proportion to the movement. Between the lips there is no half: what shows there once they part is
    teeth at full strength, unless the mouth was open before and shows teeth of its own.
    """
    skin = np.float32(change.movement)
    if not opens:
        return np.full_like(mouth, skin)
    own = float(smoothstep(change.openness, *TEETH_OF_ITS_OWN))
    parted = min(1.0, change.opening / OPENING_UNTIL_SEEN)
    return (1 - mouth) * skin + mouth * np.float32((1 - own) * parted)


def _texture(learned: Learned, pixels: Pixels, landmarks: Array, light: Floats) -> Floats:
    """Return the registered photo in units of its light; an empty one for a regressor that is affine and need not see it."""
    registration = learned.registration
    if learned.regressor.is_affine:
        return np.zeros((registration.size, registration.size, 3), np.float32)
    return np.clip(registration.texture(pixels, landmarks) / light, 0, BRIGHTEST)


def _thin(maps: Floats) -> Floats:
    """Return one channel of a map that is one for all of them (a broadcast view)."""
    return maps[..., :1] if maps.strides[-1] == 0 else maps
