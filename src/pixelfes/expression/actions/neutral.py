"""Take an expression back: the learned smile, backwards; and what a face that does not smile shows instead.

The face before the smile is ``x = (y - b) / w`` at every pixel, moved by the displacement backwards, as far as the face
reads as smiling. An open mouth closes: what was between the lips goes. Other actions are only moved back.

Convention: landmarks are in image pixels, shapes canonical.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.expression.actions.draw.mouth import draw_lip_line
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.planning import lip_gap_of
from pixelfes.expression.actions.resting_face import SMILE, resting_face
from pixelfes.expression.amounts import skin_share
from pixelfes.expression.plan import meant, speaking_share
from pixelfes.expression.synthesis import Learned, mesh_of
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.mouth_view import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER
from pixelfes.face.composite import composite
from pixelfes.face.mesh import FINE, MeshRegistration
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import INNER_LIPS
from pixelfes.tracking.face_readouts import steady_light
from pixelfes.tracking.readouts import AS_READ, Readouts

SHOWN = (0.10, 0.30)
"""Strengths of a smile below the first are a person's own shape; those above the second are taken back wholly."""
STRONGEST = 1.5
CLOSED = 0.08
"""Lips that are nearer than this after the movement are closed."""
LIP_MARGIN = 0.016
"""Teeth reach this far beyond the inner lips that are found; closing lips hide them too."""
SHADING_BACK = 0.6
"""Share of the smile's shading that is divided out: on a face that is not the average, all of it leaves light patches."""
UPPER_LIP_SHARE = 0.4
LEAST_WEIGHT = 0.8
WAS_OPEN = (0.02, 0.06)
"""Gap of the lips in the photo from which on the line between them is drawn when they close."""
LEAST_MOVEMENT = 0.004
"""What moves less, in distances between the eyes, is left alone."""


def change_to_neutral(
    learned: Learned,
    pixels: Pixels,
    landmarks: Array,
    amount: float = 1.0,
    deep: DeepPixels | None = None,
    readouts: Readouts = AS_READ,
) -> Array:
    """Take back what a face of a photo (H, W, 3) shows of the smile, in place, and of the same photo in 16 bits.

    Parameters
    ----------
    learned : Learned
        A model with a mesh.
    pixels : (H, W, 3) uint8
    landmarks : (468, 3), image pixels
    amount : float
        Share of the smile to take back, 0 to 1.
    deep : (H, W, 3) uint16, optional
    readouts : Readouts
        How what is read from the face is used.

    Returns
    -------
    (468, 3), image pixels
        Where the landmarks are now.
    """
    if amount <= 0:
        return landmarks
    registration, displacement = mesh_of(learned)
    strength, openness = shown_smile(learned, landmarks)
    pose = HeadPose.of(landmarks, displacement.reference)
    closing = 1 - speaking_share("openness: neutral", displacement.state(pose.to_canonical(landmarks)), readouts)
    back = pose.turn(displacement.shares(amount * strength, amount * closing * openness))
    back = back + amount * _other_actions(landmarks, closing)
    if np.abs(back).max() < LEAST_MOVEMENT * pose.scale:
        return landmarks
    moved, closing = _with_closed_lips(landmarks, landmarks - back, amount * closing)
    amounts = _shading_amounts(registration, pixels, landmarks, readouts)
    light = steady_light(pixels, landmarks, readouts)
    weight, bias = _backwards(learned, amounts * np.float32(SHADING_BACK * amount * strength), light)
    seen = ((np.abs(weight).max(2) > 1 / 512) | (np.abs(bias).max(2) > 1 / 512)).astype(np.float32)
    fine = replace(
        registration, eye_distance_drawn=FINE
    )  # enlarged coordinates would go through the teeth between closed lips
    placement = fine.place(_around_teeth(landmarks, closing), moved, pixels.shape, seen)
    look, head = PhotoLook.of(pixels, landmarks, readouts=readouts), HeadPose.of(moved, mean_face())
    line = closing * float(smoothstep(lip_gap_of(landmarks, head), *WAS_OPEN))
    for picture in (pixels, deep):
        if picture is not None:
            composite(picture, placement, weight, bias)
            if line > 0:
                draw_lip_line(moved, head, line, look, picture)
    return moved


def shown_smile(learned: Learned, landmarks: Array) -> tuple[float, float]:
    """Return how much of the smile a face (468, 3) shows: strength of the movement, share of the opening."""
    displacement = mesh_of(learned)[1]
    state = displacement.state(HeadPose.of(landmarks, displacement.reference).to_canonical(landmarks))
    resting = resting_face()
    sizes = resting.shown(HeadPose.of(landmarks, mean_face()).to_canonical(landmarks))
    read = max(0.0, float(sizes[resting.names.index(SMILE)]))
    strength = (state.strength + read) / 2
    meant = float(smoothstep(strength, *SHOWN))
    return min(STRONGEST, strength) * meant, min(STRONGEST, state.openness) * meant


def _other_actions(landmarks: Array, closing: float) -> Array:
    """Return the displacement (468, 3), image pixels, of what a face that does not smile shows beside: a frown, an open jaw.

    An open jaw counts for a share ``closing``.
    """
    resting, head = resting_face(), HeadPose.of(landmarks, mean_face())
    sizes = resting.shown(head.to_canonical(landmarks))
    named = dict(zip(resting.names, sizes.tolist(), strict=True))
    named["jawOpen"] *= closing
    others = np.array([is_moved_back(name) for name in resting.names])
    return head.turn(np.einsum("k,kpc->pc", meant(named) * others, resting.actions))


def is_moved_back(name: str) -> bool:
    """Return whether an action that the model of resting faces reads is moved back beside the smile: those of the eyes stay."""
    return not name.startswith(("smile", "eye"))


def _around_teeth(landmarks: Array, closing: float) -> Array:
    """Return landmarks (468, 3) whose inner lips are outside of the teeth between them."""
    head = HeadPose.of(landmarks, mean_face())
    shape = head.to_canonical(landmarks)
    step = np.zeros_like(shape)
    for inner, outer, down in ((UPPER_INNER, UPPER_OUTER, -1), (LOWER_INNER, LOWER_OUTER, 1)):
        points = list(inner[1:-1])
        thickness = np.abs(shape[list(outer[1:-1]), 1] - shape[points, 1])
        gap = np.abs(shape[list(LOWER_INNER[1:-1]), 1] - shape[list(UPPER_INNER[1:-1]), 1])
        step[points, 1] = down * closing * np.minimum(np.minimum(LIP_MARGIN, 0.4 * thickness), gap)
    return np.asarray(landmarks + head.turn(step))


def _with_closed_lips(before: Array, moved: Array, amount: float) -> tuple[Array, float]:
    """Return landmarks whose inner lips meet, if they are nearly closed, and never cross; and how far they are closed."""
    head = HeadPose.of(before, mean_face())
    shape = head.to_canonical(moved)
    upper, lower = list(UPPER_INNER[1:-1]), list(LOWER_INNER[1:-1])
    gap = shape[lower, 1] - shape[upper, 1]
    middle = float(shape[INNER_LIPS[1], 1] - shape[INNER_LIPS[0], 1])
    closing = amount * (1 - float(smoothstep(middle, CLOSED, 1.5 * CLOSED)))
    surplus = np.where(gap < 0, gap, closing * np.maximum(gap, 0))
    step = np.zeros_like(shape)
    step[upper, 1] = UPPER_LIP_SHARE * surplus
    step[lower, 1] = -(1 - UPPER_LIP_SHARE) * surplus
    return np.asarray(moved + head.turn(step)), closing


def _shading_amounts(registration: MeshRegistration, pixels: Pixels, landmarks: Array, readouts: Readouts) -> Floats:
    """Return how much of the smile's shading each pixel of the model grid has, (S, S): bare skin outside the mouth."""
    skin = steady_light(pixels, landmarks, readouts).skin
    bare = readouts.steady("bare skin: neutral", lambda: skin_share(registration, pixels, landmarks, skin))
    return np.asarray(registration.face_mask * (1 - registration.mouth_mask) * bare, np.float32)


def _backwards(learned: Learned, strengths: Floats, light: Light) -> tuple[Floats, Floats]:
    """Return the change of weight and the bias that undo the smile's at these strengths (S, S), each (S, S, C)."""
    registration = mesh_of(learned)[0]
    size = registration.size
    weight, bias = learned.regressor.local_affine(np.zeros((size, size, 3), np.float32))
    amount = strengths[..., None]
    forwards = np.maximum(1 + amount * (weight - 1), LEAST_WEIGHT)
    lit = light.on_texture(registration.mouth_mask)
    return (
        np.asarray(1 / forwards - 1, np.float32),
        np.asarray(-amount * bias * lit / forwards, np.float32),
    )
