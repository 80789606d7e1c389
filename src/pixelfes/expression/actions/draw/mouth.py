"""Draw the inside of a mouth that facial actions open: teeth fixed to the skull, lower teeth, tongue, and the dark behind them.

Teeth are the bias of the shipped smile: what a pixel-wise regression adds where a neutral face has no inside of the mouth.

Convention: everything between the lips is canonical (see `pixelfes.face.alignment`), in the plane of the lips.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Array, DeepPixels, Floats, Pixels
from pixelfes.assets import asset_path
from pixelfes.expression.actions.draw.opening import Box, Edges, LocalFrame
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.planning import ActionPlan, lip_gap_of
from pixelfes.expression.synthesis import mesh_of
from pixelfes.face.alignment import HeadPose
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.appearance.mouth_view import LOWER_INNER, UPPER_INNER
from pixelfes.face.smooth import sample_linear, smoothstep
from pixelfes.face.topology import INNER_LIPS, MOUTH_CORNERS

STEP = 0.004
"""Size of a pixel of the picture of teeth, distances between the eyes."""
HALF_WIDTH, ABOVE, BELOW = 0.42, 0.10, 0.22
"""What the picture of teeth shows, from the middle of the resting lips."""
WIDTH_RATIOS = (0.85, 1.2)
OPENED = 0.004
"""Lips that part by less are left alone."""
SOFTNESS = 0.008
OWN_GAP = (0.02, 0.06)
"""Gap of the photo's own lips from which on what it shows between them is kept."""
WIDE = (0.05, 0.11)
"""Gap of the photo's own lips from which on their inside is stretched with them; up to the first it stays, and the rest is
painted."""
SIDE_TEETH = 0.20
"""How far teeth go on behind the outermost that are seen."""
DARK = 0.26
"""Brightness of the cavity, in units of the lips."""
TONGUE = 0.72
"""Brightness of the tongue, in units of the lips."""
TONGUE_FROM = (0.10, 0.22)
"""Gap from which on the tongue is seen."""
LOWER_TEETH_FROM = (0.06, 0.16)
LIP_SHADOW, SHADOW_DEPTH = 0.4, 0.03
GUM = 0.47
"""Brightness of gums, in units of white; their hue is that of the lips."""
GUM_HEIGHT, TOOTH_WIDTH = 0.15, 0.13
"""How far above the resting lips the gums of the front teeth begin; and their width."""
LINE_WIDTH, LINE_DARKNESS, LINE_COLOUR = 0.008, 0.8, 0.42
"""Width of the line between closed lips; how much it covers; its brightness in units of the lips."""
CHIN = 152
MARGIN = 0.03


@dataclass(frozen=True)
class TeethPicture:
    """Upper teeth around the middle of resting lips.

    Attributes
    ----------
    colours : (h, w, 3) float32
        In units of white.
    shown : (h, w) float32
        1 where there are teeth, 0 elsewhere.
    mouth_width : float
        Of the face that they belong to.
    """

    colours: Floats
    shown: Floats
    mouth_width: float


@cache
def teeth_picture() -> TeethPicture:
    """Return the teeth of the shipped smile, made once."""
    from pixelfes.expression.model_file import read_model

    with asset_path("smile.safetensors") as path:
        learned, _ = read_model(path)
    registration, displacement = mesh_of(learned)
    size = registration.size
    bias = learned.regressor.local_affine(np.zeros((size, size, 3), np.float32))[1]
    resting = displacement.reference
    middle = float(resting[list(INNER_LIPS), 1].mean())
    x, y = np.meshgrid(np.arange(-HALF_WIDTH, HALF_WIDTH, STEP), np.arange(-ABOVE, BELOW, STEP))
    places = (
        registration.on_grid(np.column_stack([x.ravel(), y.ravel() + middle])).reshape(*x.shape, 2).astype(np.float32)
    )
    colours = sample_linear(np.ascontiguousarray(bias, np.float32), places, (0.0, 0.0, 0.0))
    inside = sample_linear(registration.mouth_mask, places)
    bright = colours @ LUMINANCE.astype(np.float32)
    shown = (smoothstep(inside, 0.5, 0.95) * smoothstep(bright, 0.32, 0.5)).astype(np.float32)
    colours, shown = _extended(colours, shown)
    left, right = resting[list(MOUTH_CORNERS)]
    return TeethPicture(colours, shown, float(abs(right[0] - left[0])))


def _extended(colours: Floats, shown: Floats) -> tuple[Floats, Floats]:
    """Return teeth that go on behind the lips: upwards as their brightest row, sideways ever darker."""
    colours, shown = colours.copy(), shown.copy()
    for column in range(shown.shape[1]):
        rows = np.flatnonzero(shown[:, column] > 0.9)
        if len(rows) > 3:
            brightest = rows[int(np.argmax(colours[rows, column] @ LUMINANCE))]
            colours[:brightest, column] = colours[brightest, column]
            shown[:brightest, column] = 1
    full = np.flatnonzero((shown > 0.9).any(0))
    if len(full):
        for column in (*range(full[0]), *range(full[-1] + 1, shown.shape[1])):
            edge = full[0] + 3 if column < full[0] else full[-1] - 3
            left = max(0.0, 1 - (abs(column - edge) - 3) * STEP / SIDE_TEETH)
            colours[:, column], shown[:, column] = colours[:, edge] * (0.55 + 0.45 * left), shown[:, edge] * left
    return _in_bytes(cv2.GaussianBlur(colours, (0, 0), 0.8)), _in_bytes(cv2.GaussianBlur(shown, (0, 0), 1.0))


def _in_bytes(values: AnyArray) -> Floats:
    """Return values from 0 to 1 in whole steps of 1/255: exports store bytes."""
    return np.asarray(np.round(np.clip(values, 0, 1) * 255).astype(np.float32) / np.float32(255), np.float32)


@dataclass(frozen=True)
class MouthChange:
    """The change of the inside of a mouth.

    Attributes
    ----------
    box : Box
    before, after : Edges
    inner : (float, float)
        The middle of the resting lips, local: u, v.
    gaps : (float, float)
        Distance of the lips, before and after, canonical.
    width : float
        Of the resting mouth.
    jaw : float
        How far the jaw went down, canonical.
    """

    box: Box
    before: Edges
    after: Edges
    inner: tuple[float, float]
    gaps: tuple[float, float]
    width: float
    jaw: float

    @property
    def is_still(self) -> bool:
        """Whether there is nothing to draw between the lips."""
        return self.after.height < OPENED or np.abs(self.after.height - self.before.height) < OPENED


def draw_lip_line(
    landmarks: Array, head: HeadPose, amount: float, look: PhotoLook, picture: Pixels | DeepPixels
) -> None:
    """Draw the dark line between lips that were closed into a picture in place, as far as an amount, 0 to 1, says."""
    frame = _frame(landmarks, head)
    edges = _edges(frame, landmarks)
    box = _box(frame, edges, picture.shape)
    if box.is_empty:
        return
    away = box.v - (edges.top(box.u) + edges.bottom(box.u)) / 2
    taper = smoothstep(np.minimum(box.u - edges.left, edges.right - box.u), 0.0, 0.06)
    alpha = amount * LINE_DARKNESS * np.exp(-((away / LINE_WIDTH) ** 2)) * taper
    colours = np.broadcast_to((LINE_COLOUR * look.lips).astype(np.float32), (*alpha.shape, 3))
    box.lay(picture, colours, look.taken_on(np.asarray(alpha, np.float32)))


def mouth_change(plan: ActionPlan, shape: tuple[int, ...]) -> MouthChange:
    """Return the change of the inside of a mouth in a photo of this shape."""
    head = plan.head
    frame = _frame(plan.landmarks, head)
    before, after = (_edges(frame, points) for points in (plan.landmarks, plan.moved))
    inner = frame.to_local(plan.landmarks[list(INNER_LIPS), :2])
    box = _box(frame, after, shape)
    shape_before, shape_after = (head.to_canonical(points) for points in (plan.landmarks, plan.moved))
    width = float(abs(np.diff(shape_before[list(MOUTH_CORNERS), 0])[0]))
    return MouthChange(
        box,
        before,
        after,
        (float(inner[:, 0].mean()), float(inner[0, 1])),
        (lip_gap_of(plan.landmarks, head), lip_gap_of(plan.moved, head)),
        width,
        max(0.0, float(shape_after[CHIN, 1] - shape_before[CHIN, 1])),
    )


def _frame(landmarks: Array, head: HeadPose) -> LocalFrame:
    axis = head.rotation[:2, 0]
    along = axis / max(float(np.linalg.norm(axis)), 1e-6)
    return LocalFrame(landmarks[list(MOUTH_CORNERS), :2].mean(0), along, head.scale)


def _edges(frame: LocalFrame, landmarks: Array) -> Edges:
    return Edges(*(frame.to_local(landmarks[list(line), :2]) for line in (UPPER_INNER, LOWER_INNER)))


def _box(frame: LocalFrame, edges: Edges, shape: tuple[int, ...]) -> Box:
    return Box.around(frame, np.concatenate([edges.upper, edges.lower]), MARGIN, shape)


def draw_mouth(change: MouthChange, photo: Floats, look: PhotoLook, picture: Pixels | DeepPixels) -> None:
    """Draw the inside of a mouth into a picture in place.

    Parameters
    ----------
    change : MouthChange
    photo : (h, w, 3) float32
        The box of the mouth in the photo before any change.
    look : PhotoLook
    picture : (H, W, 3) uint8 or uint16
    """
    box, after = change.box, change.after
    inside = after.inside(box.u, box.v, max(SOFTNESS, 1.2 / box.frame.scale))
    colours = look.taken_on(_shaded(change, _behind_lips(change, look)))
    wide = np.float32(smoothstep(change.gaps[0], *WIDE))
    if wide > 0:
        colours = (1 - wide) * colours + wide * box.part(picture)
    own = (1 - wide) * _own_share(change)[..., None]
    box.lay(picture, (1 - own) * colours + own * photo, look.taken_on(inside))


def _behind_lips(change: MouthChange, look: PhotoLook) -> Floats:
    """Return the cavity, the tongue, the lower and the upper teeth at the pixels of a box, (h, w, 3)."""
    box, light, lips = change.box, look.light, look.lips
    gap = change.gaps[1]
    u, v = box.u - np.float32(change.inner[0]), box.v - np.float32(change.inner[1])
    colours = np.broadcast_to((DARK * lips).astype(np.float32), (*u.shape, 3))
    tongue = _tongue(change, gap)[..., None]
    texture = 1 + 0.10 * np.sin(38 * u + 1.0) * np.sin(53 * v) - 0.18 * np.exp(-((u / 0.012) ** 2))
    colours = (1 - tongue) * colours + tongue * (TONGUE * lips).astype(np.float32) * texture[..., None].astype(
        np.float32
    )
    scale = float(np.clip(change.width / teeth_picture().mouth_width, *WIDTH_RATIOS))
    lower = float(smoothstep(change.jaw, *LOWER_TEETH_FROM))
    for colour, shown, brightness in (
        (*_teeth_at(u * 1.25, 0.028 + change.jaw * 0.93 - v, scale), 0.55 * lower),
        (*_teeth_at(u, v, scale), 0.97),
    ):
        share = (shown * min(1.0, 2 * brightness))[..., None]
        colours = (1 - share) * colours + share * colour * (brightness * light.white).astype(np.float32)
    line = -GUM_HEIGHT * scale + 0.008 * np.cos(2 * np.pi * u / (TOOTH_WIDTH * scale))
    gum = (1 - smoothstep(v, line - 0.006, line + 0.006))[..., None].astype(np.float32)
    return np.asarray((1 - gum) * colours + gum * _gum_colour(look), np.float32)


def _gum_colour(look: PhotoLook) -> Floats:
    brightness = GUM * float(look.light.white @ LUMINANCE) / max(float(look.lips @ LUMINANCE), 0.02)
    return np.asarray(np.clip(brightness * look.lips, 0, 1), np.float32)


def _teeth_at(u: Floats, v: Floats, scale: float) -> tuple[Floats, Floats]:
    """Return colour, in units of white, and alpha of the upper teeth at places from the middle of the resting lips."""
    teeth = teeth_picture()
    places = np.stack([(u / scale + HALF_WIDTH) / STEP, (v / scale + ABOVE) / STEP], axis=-1).astype(np.float32)
    places[..., 1] = np.maximum(places[..., 1], 0)
    return sample_linear(teeth.colours, places, (0.0, 0.0, 0.0)), sample_linear(teeth.shown, places)


def _tongue(change: MouthChange, gap: float) -> Floats:
    """Return the alpha of the tongue at the pixels of a box: a mound on the floor of a mouth that is wide open."""
    box = change.box
    middle, half = (change.after.left + change.after.right) / 2, (change.after.right - change.after.left) / 2
    across = (box.u - middle) / max(0.72 * half, 1e-3)
    height = np.clip(1 - across**2, 0, 1) ** 0.5 * 0.48 * gap
    surface = change.after.bottom(box.u) - height
    edge = 0.25 * gap + 1e-3
    sides = smoothstep(1 - np.abs(across), 0.0, 0.45)
    return np.asarray(smoothstep(box.v - surface, -edge, edge) * sides * smoothstep(gap, *TONGUE_FROM), np.float32)


def _shaded(change: MouthChange, colours: Floats) -> Floats:
    """Return the inside of the mouth in the shadow of the lips and of its corners."""
    box, after = change.box, change.after
    below = np.maximum(box.v - after.top(box.u), 0)
    above = np.maximum(after.bottom(box.u) - box.v, 0)
    corner = np.maximum(np.minimum(box.u - after.left, after.right - box.u), 0)
    narrow = 1 - smoothstep(after.height, 0.03, 0.12)
    dark = LIP_SHADOW * np.exp(-below / SHADOW_DEPTH) + 0.25 * np.exp(-above / 0.02)
    dark = dark + 0.40 * np.exp(-corner / 0.04) + 0.25 * narrow
    return np.asarray(colours * np.clip(1 - dark, 0.08, 1)[..., None], np.float32)


def _own_share(change: MouthChange) -> Floats:
    """Return where the photo's own mouth is kept: between lips that were open, and where they still are."""
    box, before = change.box, change.before
    own = before.inside(box.u, box.v - np.float32(0.004), 0.02) * smoothstep(change.gaps[0], *OWN_GAP)
    from_top = (box.v - before.top(box.u)) / max(change.gaps[0], 1e-3)
    upper = 1 - smoothstep(from_top, 0.4, 1.0)
    still = 1 - float(smoothstep(change.jaw, 0.02, 0.10))
    return np.asarray(own * np.maximum(upper, still), np.float32)
