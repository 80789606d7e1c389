"""Change one face in a photo with a fitted model.

Convention: landmarks are in image pixels (x right, y down, pixel centres at whole numbers); maps are on the model grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.amounts import mesh_amount, skin_share, softened, teeth_light
from pixelfes.expression.base import TeethChoice
from pixelfes.expression.displacement import Displacement
from pixelfes.expression.plan import Change, plan_change
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.mouth_view import MouthView
from pixelfes.face.composite import composite
from pixelfes.face.grid import GridRegistration
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.smooth import smoothstep
from pixelfes.regress import PixelRegressor
from pixelfes.tracking.face_readouts import steady_blur, steady_grain, steady_light
from pixelfes.tracking.readouts import AS_READ, Readouts

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


def mesh_of(learned: Learned) -> tuple[MeshRegistration, Displacement]:
    """Return the mesh and the displacement of a fitted model.

    Raises
    ------
    InputError
        If the model has a grid.
    """
    if not isinstance(learned.registration, MeshRegistration) or learned.displacement is None:
        raise InputError("facial actions need a model with a mesh; this one has a grid")
    return learned.registration, learned.displacement


@dataclass(frozen=True)
class Adaptation:
    """What a change of a face adapts to, beside the light.

    Attributes
    ----------
    skin : bool
        Skin that is burnt out or covered is not shaded.
    sharpness, grain : bool
        What is added is as sharp and as grainy as the photo.
    size : bool
        The warp of a large face is drawn coarsely, and its lips a second time at the photo's resolution; else all of it is
        drawn at that. It counts for facial actions only: the warp of a learned expression is always drawn coarsely.
    """

    skin: bool = True
    sharpness: bool = True
    grain: bool = True
    size: bool = True


TO_EVERYTHING = Adaptation()
TO_LIGHT = Adaptation(skin=False, sharpness=False, grain=False, size=False)
"""What the exports to ONNX and C do."""


@dataclass(frozen=True)
class _Face:
    """A face of a photo (H, W, 3), its landmarks (468, 3), and how what is read from it is used."""

    pixels: Pixels
    landmarks: Array
    readouts: Readouts


@dataclass(frozen=True)
class _Drawing:
    """A change that is ready to be drawn: see `MeshRegistration.place` and `composite`; weight is the change of the weight."""

    moved: Array
    weight: Floats
    bias: Floats
    still: float = 0.0
    grain: float = 0.0


def change_face(
    learned: Learned,
    pixels: Pixels,
    landmarks: Array,
    intensity: float,
    teeth: TeethChoice = "auto",
    adaptation: Adaptation = TO_EVERYTHING,
    deep: DeepPixels | None = None,
    readouts: Readouts = AS_READ,
) -> Array:
    """Change one face of a photo (H, W, 3) in place, and of the same photo in 16 bits; return where its landmarks are now."""
    drawing = _drawing(learned, _Face(pixels, landmarks, readouts), intensity, teeth, adaptation)
    seen = _seen(drawing.weight, drawing.bias)
    if not seen.any() and np.array_equal(drawing.moved, landmarks):
        return landmarks  # the face already shows the requested intensity
    placement = learned.registration.place(landmarks, drawing.moved, pixels.shape, seen, drawing.still)
    weight, bias = drawing.weight * seen[..., None], drawing.bias * seen[..., None]
    for picture in (pixels, deep):
        if picture is not None:
            composite(picture, placement, weight, bias, drawing.grain)
    return drawing.moved


def _drawing(learned: Learned, face: _Face, intensity: float, teeth: TeethChoice, adaptation: Adaptation) -> _Drawing:
    pixels, landmarks, readouts = face.pixels, face.landmarks, face.readouts
    registration, displacement, regressor = learned.registration, learned.displacement, learned.regressor
    if not isinstance(registration, MeshRegistration) or displacement is None:
        weight, bias = regressor.local_affine(_texture(learned, pixels, landmarks, np.ones((1, 1, 3), np.float32)))
        amount = (np.float32(intensity) * registration.face_mask)[..., None]
        return _Drawing(landmarks, (_thin(weight) - 1) * amount, bias * amount)
    light = steady_light(pixels, landmarks, readouts)
    change = plan_in_light(displacement, pixels, landmarks, light, intensity, teeth, readouts)
    amount = mesh_amount(registration, change, displacement.full_gap > 0) * registration.face_mask
    if adaptation.skin:
        amount = amount * readouts.steady("bare skin", lambda: skin_share(registration, pixels, landmarks, light.skin))
    lit = light.on_texture(registration.mouth_mask, teeth_light(change.opened))
    weight, bias = regressor.local_affine(_texture(learned, pixels, landmarks, lit))
    maps = np.concatenate([_thin(weight) - 1, bias * lit], axis=2) * amount[..., None]
    if adaptation.sharpness:
        maps = softened(registration, maps, steady_blur(pixels, landmarks, readouts), change)
    grain = steady_grain(pixels, landmarks, readouts) if adaptation.grain else 0.0
    return _Drawing(change.moved, maps[..., :-3], maps[..., -3:], change.still, grain)


def plan_in_light(
    displacement: Displacement,
    pixels: Pixels,
    landmarks: Array,
    light: Light,
    intensity: float,
    teeth: TeethChoice = "auto",
    readouts: Readouts = AS_READ,
) -> Change:
    """Return the plan of a change of a face in a photo (H, W, 3) of this light; see `plan_change`."""
    teeth_share = readouts.steady("teeth", lambda: np.array(MouthView.of(pixels, landmarks, light).teeth))
    return plan_change(displacement, landmarks, intensity, MouthView(float(teeth_share)), teeth, readouts)


def _seen(weight: Floats, bias: Floats) -> Floats:
    """Return a mask (S, S) of visible changes of weight and bias: 0 below one grey level, 1 from three on."""
    largest = np.maximum(np.abs(weight).max(2), np.abs(bias).max(2))
    return smoothstep(cv2.blur(np.asarray(largest, np.float32), (5, 5)), *VISIBLE).astype(np.float32)


def _texture(learned: Learned, pixels: Pixels, landmarks: Array, light: Floats) -> Floats:
    """Return the registered photo divided by its light; zeros if the regressor is affine and does not need it."""
    registration = learned.registration
    if learned.regressor.is_affine:
        return np.zeros((registration.size, registration.size, 3), np.float32)
    return np.asarray(np.clip(registration.texture(pixels, landmarks) / light, 0, BRIGHTEST), np.float32)


def _thin(maps: Floats) -> Floats:
    """Return one channel of a map if all channels share it (a broadcast view)."""
    return maps[..., :1] if maps.strides[-1] == 0 else maps
