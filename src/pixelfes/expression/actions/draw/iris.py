"""Where the iris is in an eye, and what the eyeball looks like where a lid hides it.

Convention: places are in the local frame of the eye, see `pixelfes.expression.actions.draw.opening`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Floats
from pixelfes.expression.actions.draw.opening import Box, Edges
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.smooth import smoothstep

RADIUS = 0.094
"""Radius of the iris of all people: 5.9 mm, where the eyes are 62.5 mm apart."""
STEP = 0.008
REACH_ACROSS, REACH_DOWN = 0.09, 0.045
"""How far from the middle of the opening the iris is looked for."""
FAR_AWAY = 0.6
"""What a unit of distance from the middle of the opening costs."""
SIDES = np.radians([-40.0, -25, -10, 10, 25, 40, 140, 155, 170, 190, 205, 220])
RIMS = ((0.8, 1.25), (0.65, 1.4))
"""Pairs of circles, in radii of the iris, between which its edge lies; and at which angles it is looked at."""
LARGEST_STEP = 0.3
RINGS = 12
GLINT = 1.6
"""Brightness from which on a pixel of the iris is a glint, in units of the mean."""
DARK_IRIS = 0.1
LASHES = 0.9
"""Brightness up to which what is beside the iris are lashes and shadow, in units of the mean."""
ABOUT = 0.999
"""What rounding may make of 1: values that are all the same are not below their mean."""
WHITE_FROM = 1.12
"""Distance from the middle of the iris, in radii, from which on the eyeball is white."""
IRIS_EDGE = (1.0, 1.14)
"""Where the iris fades into the white, in radii."""
MARGINS = (0.022, 0.012)
"""What the upper and the lower lid cover with lashes and shadow."""


@dataclass(frozen=True)
class Eyeball:
    """What a photo shows of an eyeball, and what it would show without lids.

    Attributes
    ----------
    centre : (2,)
        The middle of the iris.
    radius : float
    profile : (RINGS, 3)
        The colour of the iris from its middle to its edge.
    whites : (2, 2, 3)
        Colour of the white left and right of the iris, as a line: at the iris, and at the corner.
    edges : Edges
        The opening in the photo.
    """

    centre: Array
    radius: float
    profile: Floats
    whites: Floats
    edges: Edges

    @classmethod
    def seen(cls, box: Box, part: Floats, edges: Edges) -> Self:
        """Find the iris in a box of a photo, (h, w, 3), whose opening has these edges."""
        shown = shown_share(edges, box.u, box.v)
        centre, radius = _iris(box, part, edges)
        distance = np.hypot(box.u - centre[0], box.v - centre[1]) / radius
        return cls(centre, radius, _profile(part, distance, shown), _whites(box, part, distance, shown, centre), edges)

    def colours(self, box: Box, part: Floats, shift: tuple[float, float]) -> Floats:
        """Return the eyeball without lids at the pixels of a box, (h, w, 3), its iris shifted by (u, v)."""
        u, v = (places - np.float32(step) for places, step in zip((box.u, box.v), shift, strict=True))
        colours = self._white_at(box, part)
        distance = np.hypot(u - np.float32(self.centre[0]), v - np.float32(self.centre[1])) / self.radius
        near = _bounds(distance < IRIS_EDGE[1])
        share = (1 - smoothstep(distance[near], *IRIS_EDGE)).astype(np.float32)[..., None]
        colours[near] += share * (self._iris_at(box, part, u[near], v[near]) - colours[near])
        return colours

    def _iris_at(self, box: Box, part: Floats, u: Floats, v: Floats) -> Floats:
        """Return the iris at local places: the photo's own where it is shown, else the opposite place, else its rings."""
        distance = np.hypot(u - self.centre[0], v - self.centre[1]) / self.radius
        rings = np.clip(distance * RINGS - 0.5, 0, RINGS - 1)
        low = np.floor(rings).astype(int)
        high = np.minimum(low + 1, RINGS - 1)
        share = (rings - low)[..., None].astype(np.float32)
        found = (1 - share) * self.profile[low] + share * self.profile[high]
        flipped = (np.float32(2 * self.centre[0]) - u, np.float32(2 * self.centre[1]) - v)
        for places in (flipped, (u, flipped[1]), (u, v)):
            shown = shown_share(self.edges, *places)[..., None]
            found = (1 - shown) * found + shown * box.read(part, *places)
        return np.asarray(found, np.float32)

    def _white_at(self, box: Box, part: Floats) -> Floats:
        """Return the white of the eye: the photo's own where it is shown and white, else a line of colours."""
        u = box.u - self.centre[0]
        corner = np.where(u < 0, self.centre[0] - self.edges.left, self.edges.right - self.centre[0])
        along = np.clip((np.abs(u) - self.radius) / np.maximum(corner - self.radius, 0.02), 0, 1)[..., None]
        side = (u > 0).astype(int)
        line = (1 - along) * self.whites[side, 0] + along * self.whites[side, 1]
        middle = smoothstep(u, -self.radius, self.radius)[..., None]
        across = (1 - middle) * self.whites[0, 0] + middle * self.whites[1, 0]
        line = np.where(np.abs(u)[..., None] < self.radius, across, line)
        distance = np.hypot(u, box.v - self.centre[1]) / self.radius
        own = shown_share(self.edges, box.u, box.v) * smoothstep(distance, WHITE_FROM, WHITE_FROM + 0.15)
        return np.asarray((1 - own[..., None]) * line + own[..., None] * part, np.float32)


def _bounds(mask: Booleans) -> tuple[slice, slice]:
    """Return the rows and columns of a mask (h, w) that have an entry, as slices."""
    ends = []
    for axis in (1, 0):
        places = np.flatnonzero(mask.any(axis))
        ends.append(slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0))
    return ends[0], ends[1]


def shown_share(edges: Edges, u: Array | Floats, v: Array | Floats) -> Floats:
    """Return how surely a photo shows the eyeball at local places: clear of lids, lashes and their shadow."""
    height = max(edges.height, 1e-3)
    above, below = (min(margin, share * height) for margin, share in zip(MARGINS, (0.25, 0.15), strict=True))
    top = smoothstep(v - edges.top(u), 0.5 * above, 1.5 * above)
    bottom = smoothstep(edges.bottom(u) - v, 0.5 * below, 1.5 * below)
    return np.asarray(top * bottom, np.float32)


def _iris(box: Box, part: Floats, edges: Edges) -> tuple[Array, float]:
    """Return middle and radius of the iris: the dark disc whose left and right edges are steepest."""
    middle = np.array([(edges.left + edges.right) / 2, 0.0])
    middle[1] = float((edges.top(middle[0]) + edges.bottom(middle[0])) / 2)
    radius = float(np.clip(RADIUS, 0.2 * (edges.right - edges.left), 0.32 * (edges.right - edges.left)))
    grey = cv2.GaussianBlur(part @ LUMINANCE.astype(np.float32), (0, 0), max(0.8, 0.01 * box.frame.scale))
    scores = _contrast(box, grey, edges, middle + shifts(), radius) - FAR_AWAY * np.abs(shifts()).sum(1)
    return middle + shifts()[int(np.argmax(scores))], radius


@cache
def shifts() -> Array:
    """Return how far from the middle of the opening the iris is looked for, (K, 2)."""
    across, down = (np.arange(-reach, reach + 1e-9, STEP) for reach in (REACH_ACROSS, REACH_DOWN))
    return np.stack(np.meshgrid(across, down, indexing="ij"), axis=-1).reshape(-1, 2)


def _contrast(box: Box, grey: Floats, edges: Edges, centres: Array, radius: float) -> Array:
    """Return how much brighter it is outside the sides of discs (K, 2) than inside, where the eyeball is shown, (K,)."""
    directions = np.column_stack([np.cos(SIDES), np.sin(SIDES)])
    total, weight = np.zeros(len(centres)), np.full(len(centres), 2.0)
    for near, far in RIMS:
        places = [centres[:, None] + radius * share * directions for share in (near, far)]
        inner, outer = (_at(box, grey, place) for place in places)
        shown = np.minimum(*(shown_share(edges, place[..., 0], place[..., 1]) for place in places))
        total += (shown * np.clip(outer - inner, -LARGEST_STEP, LARGEST_STEP)).sum(1)
        weight += shown.sum(1)
    return np.asarray(total / weight)


def _at(box: Box, grey: Floats, places: Array) -> Floats:
    """Return a grey box at local places (..., 2), the nearest pixels."""
    points = np.round(box.frame.to_image(places) - [box.columns.start, box.rows.start]).astype(int)
    column = np.clip(points[..., 0], 0, grey.shape[1] - 1)
    row = np.clip(points[..., 1], 0, grey.shape[0] - 1)
    return np.asarray(grey[row, column], np.float32)


def _profile(part: Floats, distance: Floats, shown: Floats) -> Floats:
    """Return the mean colour of rings of the iris without glints, (RINGS, 3)."""
    iris = (shown > 0.5) & (distance < 1)
    if not iris.any():
        return np.full((RINGS, 3), DARK_IRIS, np.float32)
    colours, ring = part[iris], (distance[iris] * RINGS).astype(int)
    brightness = colours @ LUMINANCE
    clear = brightness <= GLINT * brightness.mean()
    colours, ring = colours[clear], ring[clear]
    counts = np.bincount(ring, minlength=RINGS)[:, None]
    sums = np.stack([np.bincount(ring, colours[:, channel], RINGS) for channel in range(3)], axis=1)
    return np.where(counts > 3, sums / np.maximum(counts, 1), colours.mean(0, dtype=np.float64)).astype(np.float32)


def _whites(box: Box, part: Floats, distance: Floats, shown: Floats, centre: Array) -> Floats:
    """Return the colour of the white left and right of the iris, at the iris and at the corner, (2, 2, 3)."""
    white = (shown > 0.5) & (distance > WHITE_FROM)
    everywhere = _bright_colour(part[white] if white.sum() > 5 else part.reshape(-1, 3))
    found = np.tile(everywhere, (2, 2, 1))
    for side, there in enumerate((box.u < centre[0], box.u > centre[0])):
        here = white & there
        if here.sum() > 12:
            away = np.abs(box.u[here] - centre[0])
            near = ABOUT * away <= away.mean(dtype=np.float64)
            found[side] = [_bright_colour(part[here][mask]) if mask.any() else everywhere for mask in (near, ~near)]
    return found


def _bright_colour(colours: Floats) -> Floats:
    """Return the colour (3,) of white among colours (n, 3): a little brighter than the mean of those that are no lashes."""
    brightness = colours @ LUMINANCE
    clear = brightness >= LASHES * brightness.mean()
    colours, brightness = colours[clear], brightness[clear]
    bright = brightness >= ABOUT * brightness.mean()
    return np.asarray((colours.mean(0, dtype=np.float64) + colours[bright].mean(0, dtype=np.float64)) / 2, np.float32)
