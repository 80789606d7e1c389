"""Change one face of a photo by facial actions: its skin, its eyes, the inside of its mouth."""

from __future__ import annotations

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.expression.actions.action_set import ActionSet, skin_registration
from pixelfes.expression.actions.draw.eyes import draw_eye, eye_change
from pixelfes.expression.actions.draw.lips import Lips, draw_lips, finely_drawn
from pixelfes.expression.actions.draw.mouth import draw_mouth, mouth_change
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.draw.shading import shading_weight, warp_skin
from pixelfes.expression.actions.mix import Mix
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.neutral import change_to_neutral
from pixelfes.expression.actions.planning import ActionPlan, plan_actions
from pixelfes.expression.base import LARGEST_INTENSITY, TeethChoice
from pixelfes.expression.synthesis import TO_EVERYTHING, Adaptation, Learned, change_face
from pixelfes.tracking.readouts import AS_READ, Readouts

SIDES = ("_L", "_R")


def change_by_mix(
    learned: Learned,
    actions: ActionSet,
    mix: Mix,
    pixels: Pixels,
    landmarks: Array,
    teeth: TeethChoice = "auto",
    deep: DeepPixels | None = None,
    readouts: Readouts = AS_READ,
) -> Array:
    """Change one face of a photo (H, W, 3) in place, and of the same photo in 16 bits, and return where its landmarks are now.

    First what is to be neutral is taken back, then the learned expression is added, then the actions.
    """
    landmarks = change_to_neutral(learned, pixels, landmarks, mix.neutral, deep, readouts)
    if mix.base > 0:
        intensity = min(mix.base, LARGEST_INTENSITY)
        landmarks = change_face(learned, pixels, landmarks, intensity, teeth, deep=deep, readouts=readouts)
    return change_by_actions(actions, pixels, landmarks, mixed(actions, mix.actions), deep, readouts=readouts)


def change_by_actions(
    actions: ActionSet,
    pixels: Pixels,
    landmarks: Array,
    sizes: Array,
    deep: DeepPixels | None = None,
    adaptation: Adaptation = TO_EVERYTHING,
    readouts: Readouts = AS_READ,
) -> Array:
    """Change one face of a photo (H, W, 3) in place, and of the same photo in 16 bits.

    Parameters
    ----------
    actions : ActionSet
    pixels : (H, W, 3) uint8
    landmarks : (468, 3), image pixels
    sizes : (K,)
        Sizes of the actions, see `mixing.mixed`. If all are 0, no bit changes.
    deep : (H, W, 3) uint16, optional
    adaptation : Adaptation
        `TO_LIGHT` draws what the exports to ONNX and C draw.
    readouts : Readouts
        How what is read from the face is used: as read in a photo, filtered in a film.

    Returns
    -------
    (468, 3), image pixels
        Where the landmarks are now.
    """
    if not sizes.any():
        return landmarks
    plan = plan_actions(actions, landmarks, sizes)
    look = PhotoLook.of(pixels, landmarks, adaptation, readouts)
    weight = shading_weight(actions, plan, look, pixels if adaptation.skin else None, readouts)[..., None]
    for picture in (pixels, deep):
        if picture is not None:
            _draw(plan, weight, look, picture, adaptation.size)
    return plan.moved


def _draw(plan: ActionPlan, weight: Floats, look: PhotoLook, picture: Pixels | DeepPixels, coarsely: bool) -> None:
    """Draw a planned change into a picture in place."""
    shape = picture.shape
    eyes = [
        change for side in SIDES if not (change := eye_change(plan, side, shape)).box.is_empty and not change.is_still
    ]
    mouth = mouth_change(plan, shape)
    eye_photos = [change.box.part(picture) for change in eyes]
    mouth_photo = mouth.box.part(picture)
    registration = skin_registration(len(weight))
    is_coarse = coarsely and registration.coarseness(plan.landmarks) > 1
    lips = Lips.of(plan, picture) if is_coarse else None
    warp_skin(registration if coarsely else finely_drawn(registration), plan, weight, picture)
    if lips is not None:
        draw_lips(lips, plan, weight, picture)
    for change, photo in zip(eyes, eye_photos, strict=True):
        draw_eye(change, photo, change.box.part(picture), look, picture)
    if not mouth.box.is_empty and not mouth.is_still:
        draw_mouth(mouth, mouth_photo, look, picture)
