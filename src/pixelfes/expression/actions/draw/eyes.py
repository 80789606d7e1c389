"""Draw eyes: the eyeball of the photo, unwarped, behind lids that have moved; and the skin of a closed lid.

Convention: see `pixelfes.expression.actions.draw.opening`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.expression.actions.draw.iris import Eyeball
from pixelfes.expression.actions.draw.opening import Box, Edges, LocalFrame
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.gaze import eye_angles
from pixelfes.expression.actions.planning import LOWER_LID, UPPER_LID, ActionPlan
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import LEFT_EYE, RIGHT_EYE

BALL_RADIUS = 0.19
SOFTNESS = 0.010
"""Width of the border between a lid and the eyeball."""
STILL = 0.002
"""A lid that moves less is left alone."""
LASH_BAND = 0.026
"""What is above the upper lid's margin and belongs to its lashes."""
CLOSING = (0.35, 0.75)
"""Sizes of a blink between which the painted lid appears."""
LASHES_SHOWN = (0.35, 0.8)
SHUT = (0.85, 0.98)
LOWER_MARGIN, LOWER_FADE = 0.006, (0.015, 0.045)
"""Where the lower lid begins below its line; and how far below a shut lid it is drawn."""
SHADOW, SHADOW_DEPTH = 0.30, 0.030
LASH_WIDTH = 0.011
LID_TOP = {"_L": (413, 441, 442, 443, 444, 445, 342), "_R": (113, 225, 224, 223, 222, 221, 189)}
"""Points on the skin above the eye, below the brow: what a closing lid is drawn from begins there."""
LOWER_BROW = {"_L": (285, 295, 282, 283, 276), "_R": (55, 65, 52, 53, 46)}
MARGIN = 0.06


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
    lid_before, lid_after : (7, 2)
        The line above the eye from which on a closing lid is drawn, local, before and after.
    brow : (5, 2)
        The lower edge of the brow, local.
    """

    box: Box
    before: Edges
    after: Edges
    shift: tuple[float, float]
    blink: float
    lid_before: Array
    lid_after: Array
    brow: Array

    @property
    def shut(self) -> float:
        """How far a blink hides even a slit between lids whose lines do not quite meet, 0 to 1."""
        return float(smoothstep(self.blink, *SHUT))

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
    brow = frame.to_local(plan.landmarks[list(LOWER_BROW[side]), :2])
    lids = [frame.to_local(points[list(LID_TOP[side]), :2]) for points in (plan.landmarks, plan.moved)]
    blink = plan.by_name[f"eyeBlink{side}"]
    skin = (lids[0], brow) if blink > CLOSING[0] else ()
    reach = np.concatenate([before.upper, before.lower, after.upper, after.lower, *skin])
    box = Box.around(frame, reach, MARGIN, shape)
    shift = _shift(plan, frame, eye_angles(plan.by_name, side))
    return EyeChange(box, before, after, shift, blink, *map(_from_left, (*lids, brow)))


def _from_left(line: Array) -> Array:
    return line[np.argsort(line[:, 0])]


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


def draw_eye(change: EyeChange, photo: Floats, skin: Floats, look: PhotoLook, picture: Pixels | DeepPixels) -> None:
    """Draw an eye into a picture in place.

    Parameters
    ----------
    change : EyeChange
    photo, skin : (h, w, 3) float32
        The box of the eye in the photo before any change, and after its skin has moved.
    look : PhotoLook
    picture : (H, W, 3) uint8 or uint16
    """
    box, after = change.box, change.after
    shut = change.shut
    if shut < 1 and change.after.height > 2 / box.frame.scale:
        ball = Eyeball.seen(box, photo, change.before)
        colours = _shaded(change, ball.colours(box, photo, change.shift))
        colours = _own_where_nothing_moves(change, photo, colours)
        inside = after.inside(box.u, box.v, max(SOFTNESS, 1.2 / box.frame.scale))
        box.lay(picture, colours, look.taken_on(inside * np.float32(1 - shut)))
    if change.blink > CLOSING[0]:
        box.lay(picture, *map(look.taken_on, _closed_lid(change, photo, skin)))


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
    """Return colours and alpha of a lid that closes: the skin above it, stretched down without its lashes, and their line."""
    box, before, after = change.box, change.before, change.after
    top, margin = before.top(box.u), after.top(box.u)
    margin = margin + change.shut * (after.bottom(box.u) - margin)
    start, given = (_line_at(line, box.u) for line in (change.lid_after, change.lid_before))
    given = np.maximum(given, np.minimum(_line_at(change.brow, box.u) + 0.02, top - 2 * LASH_BAND))
    share = np.clip((box.v - start) / np.maximum(margin - start, 1e-3), 0, 1)
    clear = np.maximum(top - LASH_BAND, given + 0.01)
    lid = box.read(photo, box.u, (given + share * (clear - given)).astype(np.float32))
    lid = cv2.GaussianBlur(
        lid, (0, 0), sigmaX=max(0.6, 0.010 * box.frame.scale), sigmaY=max(0.6, 0.004 * box.frame.scale)
    )
    rounded = 1 + 0.04 * np.exp(-(((share - 0.6) / 0.2) ** 2)) - 0.08 * smoothstep(share, 0.75, 1.0)
    lid = _lifted(lid, photo, change, smoothstep(share, 0.0, 0.5)) * rounded[..., None].astype(np.float32)
    inside = smoothstep(share, 0.0, 0.35) * smoothstep(margin + 0.006 - box.v, -0.006, 0.006) * (box.v > start)
    ends = smoothstep(np.minimum(box.u - before.left, before.right - box.u), -0.015, 0.035)
    lower, under = _lower_lid(change, photo, box.v - margin)
    lid = np.where((box.v > margin)[..., None], lower, lid)
    inside = np.maximum(inside, under)
    alpha = inside * ends * float(smoothstep(change.blink, *CLOSING))
    lashes = _lashes(box.v - margin) * ends * smoothstep(change.blink, *LASHES_SHOWN)
    over = lashes[..., None].astype(np.float32)
    below = np.where(alpha[..., None] > 0.01, lid, skin)
    colours = (1 - over) * below + over * _lash_colour(change, photo)
    return np.asarray(colours, np.float32), np.asarray(alpha + (1 - alpha) * lashes, np.float32)


def _lower_lid(change: EyeChange, photo: Floats, below: Array) -> tuple[Floats, Array]:
    """Return colours and alpha of the lower lid under a shut one, where the coarse warp leaves a slit of the eye."""
    box = change.box
    source = change.before.bottom(box.u) + np.maximum(below, 0) + LOWER_MARGIN
    alpha = (below > 0) * (1 - smoothstep(below, *LOWER_FADE)) * change.shut
    return box.read(photo, box.u, source.astype(np.float32)), alpha


def _line_at(line: Array, u: Floats) -> Array:
    return np.asarray(np.interp(u, line[:, 0], line[:, 1]))


def _lash_colour(change: EyeChange, photo: Floats) -> Floats:
    """Return the colour (3,) of the upper lashes: that of the dark line along the upper lid."""
    box, before = change.box, change.before
    shares, depths = lash_places()
    u = (before.left + shares * (before.right - before.left)).astype(np.float32)
    v = before.top(u)[:, None] + depths
    found = box.read(photo, np.repeat(u[:, None], v.shape[1], axis=1), v.astype(np.float32))
    darkest = np.argmin(found @ LUMINANCE.astype(np.float32), axis=1)
    return np.asarray(np.median(found[np.arange(len(u)), darkest], axis=0), np.float32)


def lash_places() -> tuple[Array, Array]:
    """Return shares of the eye's width (25,), and depths below its upper lid (7,), where the colour of lashes is looked for."""
    return np.linspace(0, 1, 33)[4:-4], np.linspace(-0.015, 0.008, 7)


def _lashes(below: Array) -> Array:
    """Return the alpha of the line of lashes at places this far below the margin of the closed lid."""
    line = np.exp(-((below / LASH_WIDTH) ** 2))
    hairs = np.exp(-np.maximum(below, 0) / 0.018) * (below > 0)
    return np.asarray(np.clip(0.65 * line + 0.25 * hairs, 0, 0.8))


def _lifted(lid: Floats, photo: Floats, change: EyeChange, share: Array) -> Floats:
    """Return a lid that is nearer in brightness to the skin below the eye, as far as a share (h, w): it is not painted."""
    box = change.box
    across = (box.u > change.before.left) & (box.u < change.before.right)
    below = across & (box.v > change.before.bottom(box.u) + 0.04)
    above = across & (box.v > _line_at(change.lid_before, box.u)) & (box.v < change.before.top(box.u) - LASH_BAND)
    if below.sum() < 20 or above.sum() < 20:
        return lid
    around, own = (float((photo[mask] @ LUMINANCE).mean()) for mask in (below, above))
    gain = float(np.clip(around / max(own, 0.02), 0.85, 1.25)) ** 0.5
    return np.asarray(np.clip(lid * (1 + (gain - 1) * share[..., None]), 0, 1), np.float32)
