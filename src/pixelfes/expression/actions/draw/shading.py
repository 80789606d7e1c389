"""How facial actions shade skin: a factor at each pixel of the model grid, from the normals of a head before and after."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.expression.actions.action_set import ActionSet, skin_registration
from pixelfes.expression.amounts import skin_share
from pixelfes.face.appearance.light import Light

SHADED = (-0.45, 0.2)
"""Least and greatest logarithm of the shading of a mix."""
ON_LIPS = 0.35
"""Share of the shading that lips get: they are round, and the head's are not those of a person."""


def shading_weight(actions: ActionSet, sizes: Array, pixels: Pixels, landmarks: Array) -> Floats:
    """Return the change of the weight, w - 1, that actions of these sizes (K,) make on a face, (S, S).

    Skin that is burnt out or covered is not shaded.
    """
    registration = skin_registration()
    logarithm = np.clip(np.einsum("k,kij->ij", sizes.astype(np.float32), actions.shading), *SHADED)
    amount = registration.face_mask * (1 - (1 - ON_LIPS) * registration.lips_mask)
    bare = skin_share(registration, pixels, landmarks, Light.of(pixels, landmarks).skin)
    return np.asarray(np.expm1(logarithm) * amount * cv2.blur(bare, (3, 3)), np.float32)
