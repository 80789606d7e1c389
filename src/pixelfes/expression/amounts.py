"""How the change of a photo's pixels fits the photo: how much of it each pixel gets, how sharp it is, and where skin is bare.

Convention: everything is on the model grid, (S, S) or (S, S, C).
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.expression.plan import Change
from pixelfes.face.appearance.bare_skin import bare_skin
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import MOUTH_CORNERS

TEETH_FROM = 0.12
"""Openness of the changed mouth from which on there is only teeth between the lips, and no lip."""
SHADE = 0.45
"""Brightness of teeth between lips that hardly part: they stand in the shade of the lips."""
IN_THE_LIGHT = (0.1, 0.8)
"""Openness up to which teeth are in the shade, and from which on they are in the light."""
ON_SPEAKING_LIPS = 0.8
"""Share of the shading that lips lose while they speak: it was learned on lips that rest and that smile."""
WIDEST_BLUR = 12.0
"""Deviation of a blur, at most, pixels of the model grid."""
_LIPS = (0, 17)
"""The middle of the outer edges of the lips."""


def mesh_amount(registration: MeshRegistration, change: Change, opens: bool) -> Floats:
    """Return how much of the change each pixel gets, (S, S).

    Skin changes in proportion to the movement. Between the lips, teeth appear as soon as the lips part, unless the mouth
    shows its own. Lips that speak keep most of their own shading.
    """
    mouth = registration.mouth_mask
    skin = np.float32(change.movement) * (1 - np.float32(ON_SPEAKING_LIPS * change.speaking) * registration.lips_mask)
    if not opens:
        return np.asarray(skin, np.float32)
    painted = (1 - change.own_teeth) * min(1.0, change.opened / TEETH_FROM)
    return np.asarray((1 - mouth) * skin + mouth * np.float32(painted), np.float32)


def teeth_light(opened: float) -> float:
    """Return the brightness of painted teeth, in units of teeth in the light, at an openness of the changed mouth."""
    return SHADE + (1 - SHADE) * float(smoothstep(opened, *IN_THE_LIGHT))


def skin_share(registration: MeshRegistration, pixels: Pixels, landmarks: Array, skin: Array) -> Floats:
    """Return the share of the change that skin gets, (S, S): less where it is burnt out or covered; 1 on and between lips."""
    bare = bare_skin(registration.samples(pixels, landmarks), skin)
    return np.maximum(bare, registration.lips_mask)


def softened(registration: MeshRegistration, maps: Floats, blur: float, change: Change) -> Floats:
    """Return maps (S, S, C) that are blurred around the mouth by a deviation in image pixels; see `missing_blur`."""
    if blur == 0:
        return maps
    wide, high = (min(WIDEST_BLUR, blur * scale) for scale in _grid_scale(registration, change.moved))
    near = registration.lips_mask[..., None]
    blurred = cv2.GaussianBlur(np.ascontiguousarray(maps), (0, 0), sigmaX=wide, sigmaY=high).reshape(maps.shape)
    return np.asarray((1 - near) * maps + near * blurred, np.float32)


def _grid_scale(registration: MeshRegistration, landmarks: Array) -> tuple[float, float]:
    """Return pixels of the model grid for one image pixel at the mouth, along the mouth and across it."""
    scales = []
    for ends in (MOUTH_CORNERS, _LIPS):
        on_grid, in_photo = (points[list(ends), :2] for points in (registration.vertices, landmarks))
        away = float(np.linalg.norm(in_photo[1] - in_photo[0]))
        scales.append(float(np.linalg.norm(on_grid[1] - on_grid[0])) / max(away, 1e-3))
    return scales[0], scales[1]
