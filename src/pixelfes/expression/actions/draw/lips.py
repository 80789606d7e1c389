"""Draw lips that slide along each other: at the photo's own resolution, where the warp of the face is drawn coarser.

A coarse warp would put stairs into the line between the lips, because its coordinates jump there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.expression.actions.action_set import skin_registration
from pixelfes.expression.actions.draw.shading import warp_skin
from pixelfes.expression.actions.planning import ActionPlan
from pixelfes.face.mesh import FINE, MeshRegistration
from pixelfes.face.placement import box_around
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import OUTER_MOUTH

REACH, FEATHER = 0.12, 0.03
"""Size of the box around the lips beyond them, and the width of its soft border, distances between the eyes."""
STILL = 0.004
"""Lips that move less, in distances between the eyes, need no fine warp."""


@dataclass(frozen=True)
class Lips:
    """The box of the lips in a photo, and the photo there before any change."""

    rows: slice
    columns: slice
    photo: Pixels | DeepPixels

    @classmethod
    def of(cls, plan: ActionPlan, picture: Pixels | DeepPixels) -> Lips | None:
        """Return the lips of a planned change; None if they stay where they are or lie outside the photo."""
        points = list(OUTER_MOUTH)
        before, after = (landmarks[points, :2] for landmarks in (plan.landmarks, plan.moved))
        if np.abs(after - before).max() < STILL * plan.head.scale:
            return None
        ends = np.concatenate([before, after])
        margin = REACH * plan.head.scale
        rows, columns = box_around(np.array([ends.min(0) - margin, ends.max(0) + margin]), picture.shape)
        if rows.stop - rows.start < 8 or columns.stop - columns.start < 8:
            return None
        return cls(rows, columns, picture[rows, columns].copy())


def finely_drawn(registration: MeshRegistration) -> MeshRegistration:
    """Return a registration whose warps are drawn at the photo's own resolution."""
    return replace(registration, eye_distance_drawn=FINE)


def draw_lips(lips: Lips, plan: ActionPlan, weight: Floats, picture: Pixels | DeepPixels) -> None:
    """Draw the lips of a planned change into a picture in place; ``weight`` is the change of the weight, (S, S, 1)."""
    registration = finely_drawn(skin_registration(len(weight)))
    corner = np.array([lips.columns.start, lips.rows.start, 0.0])
    drawn = lips.photo.copy()
    warp_skin(registration, plan, weight, drawn, corner)
    alpha = _around_lips(plan, corner, drawn.shape)[..., None]
    target = picture[lips.rows, lips.columns]
    seen = alpha[..., 0] > 1 / 512
    mixed = (1 - alpha[seen]) * target[seen].astype(np.float32) + alpha[seen] * drawn[seen].astype(np.float32)
    target[seen] = np.rint(mixed).astype(picture.dtype)


def _around_lips(plan: ActionPlan, corner: Array, shape: tuple[int, ...]) -> Floats:
    """Return a mask (h, w): 1 on the lips and close to them, falling to 0 softly."""
    scale = plan.head.scale
    outside = np.ones(shape[:2], np.uint8)
    outline = cv2.convexHull(np.round((plan.moved - corner)[list(OUTER_MOUTH), :2]).astype(np.int32))
    cv2.fillConvexPoly(outside, outline, 0)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, 3) / max(scale, 1e-6)
    return np.asarray(1 - smoothstep(away, FEATHER, 3 * FEATHER), np.float32)
