"""Change one face in a photo with a fitted model.

Convention: landmarks are in image pixels (x right, y down, pixel centres at whole numbers); maps are on the model grid.
"""

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
"""Openness from which on a mouth shows some teeth of its own, and from which on it shows only its own."""
OPENING_UNTIL_SEEN = 0.25
"""Opening from which on the model's teeth are drawn at full strength."""
VISIBLE = (1 / 255, 3 / 255)
"""Change below which nothing is drawn, and from which on everything is."""

BRIGHTEST = 8.0
"""Registered textures, divided by their light, are cut off here: glints on dark skin exceed it."""


@dataclass(frozen=True)
class Learned:
    """The three parts of a fitted model.

    Attributes
    ----------
    registration : MeshRegistration or GridRegistration
    displacement : Displacement, or None
        None for the grid, where nothing moves.
    regressor : PixelRegressor
    """

    registration: MeshRegistration | GridRegistration
    displacement: Displacement | None
    regressor: PixelRegressor


@dataclass(frozen=True)
class Change:
    """The planned change of a face: where its landmarks go, and how much movement and opening that adds.

    Attributes
    ----------
    landmarks, moved : (468, 3), image pixels
    movement, opening : float
        Added shares, >= 0.
    openness : float
        Share of the opening that the face already shows.
    """

    landmarks: Array
    moved: Array
    movement: float
    opening: float
    openness: float


def plan_change(displacement: Displacement, landmarks: Array, intensity: float) -> Change:
    """Plan where the landmarks of a face go: the requested intensity less what the face already shows.

    The displacement acts in the face's own 3-D frame, and is then projected into the image.
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
    amount = np.full_like(registration.face_mask, intensity)
    if isinstance(registration, MeshRegistration) and learned.displacement is not None:
        change = plan_change(learned.displacement, landmarks, intensity)
        moved, light = change.moved, Light.of(pixels, landmarks).on_texture(registration.mouth_mask)
        amount = mesh_amount(registration.mouth_mask, change, learned.displacement.full_gap > 0)
    weight, bias = learned.regressor.local_affine(_texture(learned, pixels, landmarks, light))
    amount = (amount * registration.face_mask)[..., None]
    added, lit = (_thin(weight) - 1) * amount, bias * light * amount
    seen = _seen(added, lit)
    if not seen.any() and np.array_equal(moved, landmarks):
        return  # the face already shows the requested intensity
    placement = registration.place(landmarks, moved, pixels.shape, seen)
    composite(pixels, placement, added * seen[..., None], lit * seen[..., None])


def _seen(weight: Floats, bias: Floats) -> Floats:
    """Return a mask (S, S) of visible changes of weight and bias: 0 below one grey level, 1 from three on."""
    largest = np.maximum(np.abs(weight).max(2), np.abs(bias).max(2))
    return smoothstep(cv2.blur(np.asarray(largest, np.float32), (5, 5)), *VISIBLE).astype(np.float32)


def mesh_amount(mouth: Floats, change: Change, opens: bool) -> Floats:
    """Return how much of the change each pixel of the model grid gets, (S, S).

    Skin changes in proportion to the movement. Between the lips, teeth appear at full strength as soon as the lips part,
    unless the mouth was open before and shows its own teeth.
    """
    skin = np.float32(change.movement)
    if not opens:
        return np.full_like(mouth, skin)
    own = float(smoothstep(change.openness, *TEETH_OF_ITS_OWN))
    parted = min(1.0, change.opening / OPENING_UNTIL_SEEN)
    return (1 - mouth) * skin + mouth * np.float32((1 - own) * parted)


def _texture(learned: Learned, pixels: Pixels, landmarks: Array, light: Floats) -> Floats:
    """Return the registered photo divided by its light; zeros if the regressor is affine and does not need it."""
    registration = learned.registration
    if learned.regressor.is_affine:
        return np.zeros((registration.size, registration.size, 3), np.float32)
    return np.asarray(np.clip(registration.texture(pixels, landmarks) / light, 0, BRIGHTEST), np.float32)


def _thin(maps: Floats) -> Floats:
    """Return one channel of a map if all channels share it (a broadcast view)."""
    return maps[..., :1] if maps.strides[-1] == 0 else maps
