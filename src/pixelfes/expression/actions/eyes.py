"""Draw eyes: the eyeball of the photo, unwarped, behind lids that have moved; and the skin of a closed lid.

Convention: see `pixelfes.expression.actions.opening`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.expression.actions.gaze import eye_angles
from pixelfes.expression.actions.iris import Eyeball
from pixelfes.expression.actions.opening import Box, Edges, LocalFrame
from pixelfes.expression.actions.planning import LOWER_LID, UPPER_LID, ActionPlan
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import LEFT_EYE, RIGHT_EYE

BALL_RADIUS = 0.19
SOFTNESS = 0.010
"""Width of the border between a lid and the eyeball."""
STILL = 0.002
"""A lid that moves less is left alone."""
LID_STRIP = (0.13, 0.03)
"""The skin above the upper lid that a closed lid is painted with: from, to."""
CLOSING = (0.35, 0.75)
"""Sizes of a blink between which the painted lid appears."""
SHADOW, SHADOW_DEPTH = 0.30, 0.030
LASH_WIDTH = 0.011
BROW_OF_EYE = {"_L": (336, 296, 334, 293, 300), "_R": (107, 66, 105, 63, 70)}
LOWER_BROW_OF_EYE = {"_L": (285, 295, 282, 283, 276), "_R": (55, 65, 52, 53, 46)}
_MARGIN = 0.06


@dataclass(frozen=True)
class EyeChange:
    """The change of one eye.

    Attributes
    ----------
    box : Box
    before, after : Edges
    shift : (float, float)
        Where the iris goes, local.
    blink : float
    brow : (5,)
        v of the lower edge of the brow, local, at the places ``brow_u``.
    """

    box: Box
    before: Edges
    after: Edges
    shift: tuple[float, float]
    blink: float
    brow_u: Array
    brow: Array

    @property
    def is_still(self) -> bool:
        """Whether neither lids nor iris move."""
        lids = max(
            float(np.abs(getattr(self.after, line) - getattr(self.before, line)).max()) for line in ("upper", "lower")
        )
        return lids < STILL and max(map(abs, self.shift)) < STILL


def eye_change(plan: ActionPlan, side: str, shape: tuple[int, ...]) -> EyeChange:
    """Return the change of the eye of a side, "_L" or "_R", in a photo of this shape."""
    eye = LEFT_EYE if side == "_L" else RIGHT_EYE
    outline = list(eye)
    corners = plan.landmarks[[outline[0], outline[8]], :2]
    along = corners[1] - corners[0]
    length = float(np.linalg.norm(along))
    frame = LocalFrame(corners.mean(0), along / max(length, 1e-6), eye_distance(plan.landmarks))
    before, after = (_edges(frame.to_local(points[outline, :2])) for points in (plan.landmarks, plan.moved))
    brow = frame.to_local(plan.landmarks[list(LOWER_BROW_OF_EYE[side]), :2])
    brow = brow[np.argsort(brow[:, 0])]
    reach = np.concatenate([before.upper, before.lower, after.upper, after.lower, brow])
    low, high = reach.min(0) - _MARGIN, reach.max(0) + _MARGIN
    box = Box.around(frame, np.array([low, high, [low[0], high[1]], [high[0], low[1]]]), shape)
    sizes = dict(zip(plan.names, plan.sizes.tolist(), strict=True))
    return EyeChange(box, before, after, _shift(plan, frame, eye_angles(sizes, side)), sizes[f"eyeBlink{side}"], brow[:, 0], brow[:, 1])


def _edges(outline: Array) -> Edges:
    """Return the edges of an eye's outline (16, 2), local."""
    first, last = outline[:1], outline[8:9]
    return Edges(*(np.concatenate([first, outline[lid], last]) for lid in (UPPER_LID, LOWER_LID)))


def _shift(plan: ActionPlan, frame: LocalFrame, angles: tuple[float, float]) -> tuple[float, float]:
    """Return where the iris goes in the local frame when the eye turns by these angles, to the person's left and up."""
    left, up = np.radians(angles)
    turned = BALL_RADIUS * np.array([[np.sin(left) * np.cos(up), -np.sin(up), 1 - np.cos(left) * np.cos(up)]])
    moved = plan.head.turn(turned)[0, :2]
    u, v = frame.to_local(frame.origin + moved)
    return float(u), float(v)


def draw_eye(change: EyeChange, photo: Floats, skin: Floats, picture: Pixels | DeepPixels) -> None:
    """Draw an eye into a picture in place.

    Parameters
    ----------
    change : EyeChange
    photo, skin : (h, w, 3) float32
        The box of the eye in the photo before any change, and after its skin has moved.
    picture : (H, W, 3) uint8 or uint16
    """
    box, after = change.box, change.after
    if change.after.height > 2 / box.frame.scale:
        ball = Eyeball.seen(box, photo, change.before)
        colours = _shaded(change, ball.colours(box, photo, change.shift))
        colours = _own_where_nothing_moves(change, photo, colours)
        box.lay(picture, colours, after.inside(box.u, box.v, max(SOFTNESS, 1.2 / box.frame.scale)))
    if change.blink > CLOSING[0]:
        box.lay(picture, *_closed_lid(change, photo, skin))


def _own_where_nothing_moves(change: EyeChange, photo: Floats, colours: Floats) -> Floats:
    """Return the colours with the photo's own pixels wherever a lid and the iris stay near their places."""
    if max(map(abs, change.shift)) >= STILL:
        return colours
    box, before = change.box, change.before
    raised = np.abs(change.after.top(box.u) - before.top(box.u))
    lowered = np.abs(change.after.bottom(box.u) - before.bottom(box.u))
    near_top = 1 - smoothstep(box.v - before.top(box.u), 0.02, 0.05)
    near_bottom = 1 - smoothstep(before.bottom(box.u) - box.v, 0.01, 0.03)
    moved = np.maximum(near_top * smoothstep(raised, 0, 0.01), near_bottom * smoothstep(lowered, 0, 0.01))
    own = ((1 - moved) * before.inside(box.u, box.v, 0.01))[..., None].astype(np.float32)
    return (1 - own) * colours + own * photo


def _shaded(change: EyeChange, colours: Floats) -> Floats:
    """Return the eyeball in the shadow of an upper lid that has moved."""
    box = change.box
    depth = box.v - change.after.top(box.u)
    moved = smoothstep(np.abs(change.after.top(box.u) - change.before.top(box.u)), 0.0, 0.02)
    corner = np.minimum(box.u - change.after.left, change.after.right - box.u)
    dark = SHADOW * np.exp(-np.maximum(depth, 0) / SHADOW_DEPTH) * moved + 0.25 * np.exp(-np.maximum(corner, 0) / 0.02)
    return np.asarray(colours * (1 - np.clip(dark, 0, 0.6))[..., None], np.float32)


def _closed_lid(change: EyeChange, photo: Floats, skin: Floats) -> tuple[Floats, Floats]:
    """Return colours and alpha of a lid that closes: skin from above it, without lashes, and a line of lashes."""
    box, before, after = change.box, change.before, change.after
    top, margin = before.top(box.u), after.top(box.u)
    room = np.maximum(top - np.interp(box.u, change.brow_u, change.brow), 0.03)
    high, low = (np.minimum(reach, share * room) for reach, share in zip(LID_STRIP, (0.6, 0.22), strict=True))
    start = top - low
    share = np.clip((box.v - start) / np.maximum(margin - start, 1e-3), 0, 1)
    source = top - low - (1 - share) * 0.0 - share * 0.0
    source = start - (high - low) * (1 - np.abs(1 - 2 * share)) * 0.5
    lid = cv2.GaussianBlur(box.read(photo, box.u, source.astype(np.float32)), (0, 0), max(0.6, 0.004 * box.frame.scale))
    lid = _lifted(lid, photo, change)
    curve = 1 - 0.10 * smoothstep(share, 0.55, 1.0) + 0.05 * np.exp(-(((share - 0.45) / 0.25) ** 2))
    lid = lid * curve[..., None].astype(np.float32)
    inside = smoothstep(box.v - start, -0.012, 0.012) * smoothstep(margin + 0.006 - box.v, -0.006, 0.006)
    ends = smoothstep(np.minimum(box.u - before.left, before.right - box.u), -0.02, 0.02)
    closing = float(smoothstep(change.blink, *CLOSING))
    alpha = inside * ends * closing
    lashes = _lashes(change, photo, box.v - margin) * ends * smoothstep(change.blink, 0.6, 0.95)
    dark = np.percentile(photo.reshape(-1, 3), 3, axis=0).astype(np.float32)
    total = alpha + (1 - alpha) * lashes
    over = lashes[..., None].astype(np.float32)
    colours = (1 - over) * np.where(alpha[..., None] > 0.01, lid, skin) + over * dark
    return np.asarray(colours, np.float32), np.asarray(total, np.float32)


def _lashes(change: EyeChange, photo: Floats, below: Floats) -> Array:
    """Return the alpha of the line of lashes at places this far below the margin of the closed lid."""
    line = np.exp(-((below / LASH_WIDTH) ** 2))
    hairs = np.exp(-np.maximum(below, 0) / 0.018) * (below > 0)
    return np.asarray(np.clip(0.75 * line + 0.25 * hairs, 0, 0.8))


def _lifted(lid: Floats, photo: Floats, change: EyeChange) -> Floats:
    """Return a lid whose brightness is nearer to that of the skin around the eye: it is not painted."""
    box = change.box
    below = (box.v > change.before.bottom(box.u) + 0.05) & (box.u > change.before.left) & (box.u < change.before.right)
    if below.sum() < 20:
        return lid
    around = np.median(photo[below], axis=0)
    rows = (box.v > change.before.top(box.u) - 0.1) & (box.v < change.after.top(box.u))
    own = np.median(lid[rows], axis=0) if rows.any() else around
    gain = np.clip(around / np.maximum(own, 0.02), 0.8, 1.5) ** 0.5
    return np.asarray(np.clip(lid * gain, 0, 1), np.float32)
