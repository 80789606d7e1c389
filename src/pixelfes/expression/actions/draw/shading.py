"""How facial actions shade skin: a factor at each pixel of the model grid, from the normals of a head before and after."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.expression.actions.action_set import GRID_SIZE, ActionSet, skin_registration
from pixelfes.expression.actions.draw.furrows import furrow_shading
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.planning import ActionPlan
from pixelfes.expression.actions.resting_face import resting_face
from pixelfes.expression.amounts import skin_share
from pixelfes.face.composite import composite
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.smooth import smoothstep
from pixelfes.tracking.readouts import AS_READ, Readouts

SHADED = (-0.45, 0.2)
"""Least and greatest logarithm of the shading of a mix."""
ON_LIPS = 0.35
"""Share of the shading that lips get: they are round, and the head's are not those of a person."""
DRAWN_SIZE = 2 * GRID_SIZE
"""Side of the model grid that shading is drawn on: furrows are fine."""
BLURRED = (0.010, 0.030)
"""Missing blur, in distances between the eyes, from which on furrows fade, and from which on there are none."""
CHILDLIKE = (1.0, 2.0)
"""Likeness to a small child from which on furrows fade, and from which on there are none; see `RestingFace.childlikeness`."""

MASK_STEPS = 256
LEAST_CHANGE = 1 / 512
"""Change of the weight that is not drawn where nothing moves."""

ORIGIN = np.zeros(3)


def shading_weight(
    actions: ActionSet, plan: ActionPlan, look: PhotoLook, pixels: Pixels | None, readouts: Readouts = AS_READ
) -> Floats:
    """Return the change of the weight, w - 1, that planned actions make on a face of a photo, (S, S).

    Skin that is burnt out or covered in ``pixels`` is not shaded. The mean colour of cheeks and forehead stays.
    """
    registration = skin_registration(DRAWN_SIZE)
    stored = np.einsum("k,kij->ij", plan.sizes.astype(np.float32), actions.shading)
    logarithm = cv2.resize(stored, (DRAWN_SIZE, DRAWN_SIZE), interpolation=cv2.INTER_CUBIC)
    share = furrowed_share(plan, look, readouts)
    if share > 0:
        logarithm = logarithm + np.float32(share) * furrow_shading(plan.by_name, registration)
    weight = np.expm1(np.clip(logarithm, *SHADED)) * shaded_share(DRAWN_SIZE)
    if pixels is not None:
        skin = look.light.skin
        bare = readouts.steady("bare skin: actions", lambda: skin_share(registration, pixels, plan.landmarks, skin))
        weight = weight * cv2.blur(bare, (3, 3))
    calm = calm_share(DRAWN_SIZE)
    return np.asarray(weight - calm * ((calm * weight).sum() / (calm * calm).sum()), np.float32)


@cache
def shaded_share(size: int) -> Floats:
    """Return how much of the shading each pixel of the model grid gets, (S, S)."""
    registration = skin_registration(size)
    return _in_bytes(registration.face_mask * (1 - (1 - ON_LIPS) * registration.lips_mask))


@cache
def calm_share(size: int) -> Floats:
    """Return where skin is that keeps its mean colour, (S, S); see `MeshRegistration.calm_skin`."""
    return _in_bytes(skin_registration(size).calm_skin)


def _in_bytes(mask: Floats) -> Floats:
    """Return a mask in whole steps of 1/256, at most 255 of them: exports store bytes."""
    return np.asarray(np.clip(np.round(mask * MASK_STEPS), 0, MASK_STEPS - 1) / MASK_STEPS, np.float32)


def warp_skin(
    registration: MeshRegistration,
    plan: ActionPlan,
    weight: Floats,
    picture: Pixels | DeepPixels,
    corner: Array = ORIGIN,
) -> None:
    """Warp and shade a picture by a plan, in place.

    Parameters
    ----------
    registration : MeshRegistration
    plan : ActionPlan
    weight : (S, S, 1) float32
        The change of the weight, see `shading_weight`.
    picture : (H, W, 3) uint8 or uint16
    corner : (3,), image pixels
        Where the top left pixel of the picture lies in the photo that was planned for.
    """
    changed = (np.abs(weight[..., 0]) > LEAST_CHANGE).astype(np.float32)
    before, after = plan.landmarks - corner, plan.moved - corner
    placement = registration.place(before, after, picture.shape, changed, ring_reach=plan.ring_reach)
    composite(picture, placement, weight, np.zeros((*weight.shape[:2], 3), np.float32))


def furrowed_share(plan: ActionPlan, look: PhotoLook, readouts: Readouts = AS_READ) -> float:
    """Return how deep furrows are drawn, 0 to 1: not at all on small children and in blurred photos."""
    resting = resting_face()
    shape = plan.head.to_canonical(plan.landmarks)
    childlike = readouts.steady(
        "childlike: furrows", lambda: np.array(resting.childlikeness(shape, resting.shown(shape)))
    )
    grown = 1 - float(smoothstep(float(childlike), *CHILDLIKE))
    return grown * (1 - float(smoothstep(look.blur / plan.head.scale, *BLURRED)))
