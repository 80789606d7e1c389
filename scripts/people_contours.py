"""Measure the contours of heads (hair, ears, neck and hairline), and fit portrait meshes to them.

Convention: everything is in frame pixels (see `people_photos`). Outlines are measured along rays from `CENTRE` above the ears,
and along rows at the neck. Angles are 0 to the right and increase counter-clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from people_photos import EYE_DISTANCE, EYES_MIDDLE, FRAME_SIDE, Person, Portrait, lab, person_mask
from pixelfes.arrays import Array
from pixelfes.face.topology import N_POINTS, OVAL
from pixelfes.people.portrait_mesh import FOREHEAD, N_RING, N_VERTICES

CENTRE = EYES_MIDDLE + np.array([0, 0.27 * EYE_DISTANCE])

# Judged by eye; no simple rule finds these people.
# fmt: off
LOOSE_HAIR = frozenset(
    (
        "002", "003", "004", "006", "007", "011", "014", "016", "020", "030", "039", "041", "045",
        "062", "064", "067", "081", "087", "092", "120", "123", "131", "134", "143", "173",
    )
)
# fmt: on
"""People whose hair covers ears or neck or stands away; only their faces are used, not their outlines and hair."""
HAIR_IN_FACE = frozenset(("003", "031", "045", "067", "138", "143"))
"""People whose hair covers the forehead, which is not used."""
HAIRLINE_UNSEEN = frozenset(("042", "043", "061", "096", "099", "137"))
"""People with shaven hair in the colour of their skin."""

UPPER_OVAL = (21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251)
_BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_BETWEEN_BROWS_AND_HAIR = (151, 9, 108, 337)
_RAYS = np.deg2rad(np.linspace(190, -10, 61))
_ROWS = np.arange(int(CENTRE[1] + 20), FRAME_SIDE, 8)
_RADII = np.arange(0, 400, 0.5)
_ABOVE_BROWS = 0.14
_DIFFERENT_HAIR = 12.0  # CIELAB; the hairline is measured only if hair and skin differ by more
_JUMP = 0.42  # distances between the eyes; a hairline further from the median is a highlight or a shadow
_COMPONENTS = 4
_DOME = 0.06 * EYE_DISTANCE  # half of how much further hair reaches upwards than sidewards

# Points of the outline beside the lower half of the oval: indices on the person's left, and their heights.
_NECK = (9, 10, 11, 12, 13)
_NECK_Y = EYES_MIDDLE[1] + EYE_DISTANCE * np.array([0.62, 1.0, 1.4, 1.85, 2.25])
_BELOW = (14, 15, 16, 17)
_BELOW_SHARES = (1.0, 0.75, 0.5, 0.25)
BOTTOM_Y = EYES_MIDDLE[1] + 2.47 * EYE_DISTANCE
_HALO_REACH, _HALO_WIDTH = 1.22, 0.45


@dataclass(frozen=True)
class Contours:
    """The outlines of N people, frame pixels.

    Attributes
    ----------
    outline : (N, 61)
        Distance from `CENTRE` to the edge of hair and ears, along each ray.
    hairline : (N, 11)
        Distance from each point of `UPPER_OVAL` to the hair, along its ray.
    neck : (N, R)
        Half the width of the neck in each row.
    """

    outline: Array
    hairline: Array
    neck: Array


def polar(points: Array) -> tuple[Array, Array]:
    """Return the angles and distances of points (..., 2 or more) from `CENTRE`."""
    away = points[..., :2] - CENTRE
    return np.arctan2(-away[..., 1], away[..., 0]), np.hypot(away[..., 0], away[..., 1])


def contours(people: list[Person]) -> Contours:
    """Measure the contours of all people; what is not visible is filled in by principal components of the others."""
    seen = [_measure(person.neutral, person.name) for person in people]
    outline, hairline, neck = (np.array(part) for part in zip(*seen, strict=True))
    hairline[np.abs(hairline - np.nanmedian(hairline, axis=0)) > _JUMP * EYE_DISTANCE] = np.nan
    tidy = np.array([person.name not in LOOSE_HAIR for person in people])
    rows = np.column_stack([outline, hairline, neck])
    flipped = np.column_stack([outline[:, ::-1], hairline[:, ::-1], neck])
    both = np.concatenate([rows, flipped])
    filled = _completed(both[np.tile(tidy, 2)])[: tidy.sum()]
    rows = np.tile(filled.mean(0), (len(people), 1))
    rows[tidy] = filled
    a, b = outline.shape[1], outline.shape[1] + hairline.shape[1]
    lines = rows[:, a:b]
    own = ~tidy & np.isfinite(hairline).all(1)
    lines[own] = hairline[own]
    return Contours(rows[:, :a], lines, rows[:, b:])


def _completed(rows: Array) -> Array:
    """Fill in missing values (NaN) iteratively by principal components of the rows (N, D)."""
    missing = np.isnan(rows)
    seen = np.flatnonzero(~missing.all(0))  # no photo may show the lowest rows of the neck
    typical = np.interp(np.arange(rows.shape[1]), seen, np.nanmean(rows[:, seen], axis=0))
    full = np.where(missing, typical, rows)
    for _ in range(60):
        mean = full.mean(0)
        scores, singular, axes = np.linalg.svd(full - mean, full_matrices=False)
        kept = np.maximum(singular[:_COMPONENTS] - singular[_COMPONENTS], 0)
        full = np.where(missing, (scores[:, :_COMPONENTS] * kept) @ axes[:_COMPONENTS] + mean, rows)
    return full


def _measure(portrait: Portrait, name: str) -> tuple[Array, Array, Array]:
    """Return outline, hairline and neck of one person, NaN where they are not visible."""
    person = person_mask(portrait)
    outline = _outline(portrait, person)
    neck = np.array([_half_width(person[y], portrait.inside[y]) for y in _ROWS])
    hidden = name in HAIR_IN_FACE or name in HAIRLINE_UNSEEN
    hairline = np.full(len(UPPER_OVAL), np.nan) if hidden else _hairline(portrait, outline)
    return _domed(outline, _cut(portrait, outline)), hairline, neck


def _cut(portrait: Portrait, outline: Array) -> npt.NDArray[np.bool_]:
    """Return along which rays the photo cuts off the hair."""
    inside = _along(portrait.inside, _RAYS) > 0.5
    just_beyond = np.minimum(2 * outline.astype(int) + 8, len(_RADII) - 1)
    return np.asarray(~inside[np.arange(len(_RAYS)), just_beyond])


def _domed(outline: Array, cut: npt.NDArray[np.bool_]) -> Array:
    """Complete an outline where the photo cuts off the hair, by a smooth curve through the visible rays.

    The curve ``r = a + b cos 2φ + c sin φ + d sin 2φ``, φ the angle from straight up, is fitted by regularised least squares
    to the rays above the ears.
    """
    phi = _RAYS - np.pi / 2
    terms = np.stack([np.ones_like(phi), np.cos(2 * phi), np.sin(phi), np.sin(2 * phi)], axis=1)
    used = ~cut & (np.abs(phi) < np.deg2rad(75))
    penalty = np.diag([0, 2.0, 0.5, 0.5])
    typical = np.array([0, _DOME, 0, 0])
    flat = terms[used].T @ outline[used] + penalty @ typical
    curve = terms @ np.linalg.solve(terms[used].T @ terms[used] + penalty, flat)
    return np.where(cut, np.maximum(curve, outline + 2), outline)


def _along(picture: npt.NDArray[np.generic], angles: Array) -> npt.NDArray[np.float32]:
    """Sample a picture along rays, (len(angles), len(_RADII)[, C])."""
    x = CENTRE[0] + np.cos(angles)[:, None] * _RADII
    y = CENTRE[1] - np.sin(angles)[:, None] * _RADII
    sampled = cv2.remap(np.float32(picture), np.float32(x), np.float32(y), cv2.INTER_LINEAR, borderValue=0)
    return np.asarray(sampled, np.float32)


def _outline(portrait: Portrait, person: npt.NDArray[np.bool_]) -> Array:
    rays = _along(person, _RAYS) > 0.5
    return np.array([_RADII[np.flatnonzero(ray)[-1]] for ray in rays])


def _half_width(row: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> float:
    """Return the distance from the middle to the nearer edge, since hair may cover the other one; NaN if not visible."""
    at = np.flatnonzero(row)
    middle = slice(FRAME_SIDE // 2 - 20, FRAME_SIDE // 2 + 20)
    if len(at) < 20 or not inside[middle].all():
        return float("nan")
    return float(max(0.0, min(EYES_MIDDLE[0] - at[0], at[-1] - EYES_MIDDLE[0])))


def _hairline(portrait: Portrait, outline: Array) -> Array:
    """Find where, upwards from the brows, the colour becomes and stays more similar to the hair than to the skin."""
    colours = cv2.GaussianBlur(lab(portrait.pixels), (0, 0), 1.5)
    skin = np.median([patch(colours, portrait.points[k]) for k in _BETWEEN_BROWS_AND_HAIR], axis=0)
    rays = _along(colours, _RAYS[18:43])
    ends = 2 * outline[18:43].astype(int)
    hair = np.median(np.concatenate([ray[end - 24 : end - 6] for ray, end in zip(rays, ends, strict=True)]), axis=0)
    line = np.full(len(UPPER_OVAL), np.nan)
    if np.linalg.norm(hair - skin) < _DIFFERENT_HAIR:
        return line
    angles, radii = polar(portrait.points[list(UPPER_OVAL)])
    starts = _brow_radius(portrait.points, angles) + _ABOVE_BROWS * EYE_DISTANCE
    limits = np.interp(angles, _RAYS[::-1], outline[::-1])
    like_hair = (_along(colours, angles) - skin) @ (hair - skin) / ((hair - skin) ** 2).sum() > 0.5
    for n, like in enumerate(like_hair):
        first, last = int(2 * starts[n]), int(2 * limits[n])
        runs = np.convolve(like[first:last], np.ones(14), "valid") if last - first >= 24 else np.zeros(0)
        hits = np.flatnonzero(runs >= 13.5)
        line[n] = _RADII[first + hits[0]] - radii[n] if len(hits) else np.nan
    return line


def patch(colours: npt.NDArray[np.float32], point: Array) -> Array:
    """Return the median colour of a small square around a point."""
    x, y = point[:2].astype(int)
    return np.asarray(np.median(colours[y - 4 : y + 5, x - 4 : x + 5].reshape(-1, 3), axis=0), np.float64)


def _brow_radius(points: Array, angles: Array) -> Array:
    """Return the distance of the brows from `CENTRE` at these angles."""
    at, radius = polar(points[list(_BROWS)])
    order = np.argsort(at)
    return np.interp(angles, at[order], radius[order])


@dataclass(frozen=True)
class PortraitMeshes:
    """Fits portrait meshes to landmarks and contours.

    Parameters
    ----------
    mean : (468, 2 or 3), frame pixels
        The mean neutral face; it fixes the directions of the outline's points.
    """

    mean: Array

    def vertices(self, points: Array, outline: Array, hairline: Array, neck: Array) -> Array:
        """Return the portrait mesh (540, 2), frame pixels, of a person's landmarks (468, 3) and contours."""
        vertices = np.zeros((N_VERTICES, 2))
        vertices[:N_POINTS] = points[:, :2]
        vertices[list(FOREHEAD)] = self._forehead(points, hairline)
        ring, halo = vertices[N_POINTS : N_POINTS + N_RING], vertices[N_POINTS + N_RING :]
        oval = points[list(OVAL), :2]
        angles = polar(self.mean[list(OVAL)])[0]
        for i in range(N_RING):
            angle = angles[i] + 2 * np.pi * (angles[i] < np.deg2rad(-170))
            if np.deg2rad(-9) < angle < np.deg2rad(189):
                radius = max(np.interp(angle, _RAYS[::-1], outline[::-1]), np.hypot(*(oval[i] - CENTRE)) + 3)
                ring[i] = CENTRE + radius * np.array([np.cos(angle), -np.sin(angle)])
                halo[i] = CENTRE + _HALO_REACH * (ring[i] - CENTRE)
        for side in (1, -1):
            _put_neck(ring, halo, oval, neck, side)
        ring[N_RING // 2] = EYES_MIDDLE[0], BOTTOM_Y
        halo[N_RING // 2] = EYES_MIDDLE[0], BOTTOM_Y + 0.1 * EYE_DISTANCE
        return vertices

    def _forehead(self, points: Array, hairline: Array) -> Array:
        """Return the forehead's points moved outwards: those of the oval to the hairline, those at the brows not at all."""
        upper, reach = polar(self.mean[list(UPPER_OVAL)])
        order = np.argsort(upper)
        angle, radius = polar(self.mean[list(FOREHEAD)])
        brows = _brow_radius(self.mean, angle) + 0.1 * EYE_DISTANCE
        share = np.clip((radius - brows) / (np.interp(angle, upper[order], reach[order]) - brows), 0, 1)
        own = points[list(FOREHEAD), :2]
        angles, radii = polar(own)
        step = share * np.interp(angles, upper[order], hairline[order])
        return np.asarray(CENTRE + (own - CENTRE) * (1 + step / np.maximum(radii, 1))[:, None])


def _put_neck(ring: Array, halo: Array, oval: Array, neck: Array, side: int) -> None:
    """Set the points of one side (1: the person's left, at larger x; -1: right) from below the ear to the bottom."""

    def at(i: int) -> int:
        return i if side == 1 else N_RING - i

    for i, y in zip(_NECK, _NECK_Y, strict=True):
        beside = (np.abs(oval[:, 1] - y) < 0.28 * EYE_DISTANCE) & (side * (oval[:, 0] - EYES_MIDDLE[0]) > 0)
        jaw = side * (oval[beside, 0] - EYES_MIDDLE[0])
        width = max(float(np.interp(y, _ROWS, neck)), float(jaw.max()) + 3 if len(jaw) else 0.0)
        ring[at(i)] = EYES_MIDDLE[0] + side * width, y
        halo[at(i)] = ring[at(i)] + [side * _HALO_WIDTH * EYE_DISTANCE, 0]
    width = ring[at(_NECK[-1]), 0] - EYES_MIDDLE[0]
    for i, share in zip(_BELOW, _BELOW_SHARES, strict=True):
        ring[at(i)] = EYES_MIDDLE[0] + share * width, BOTTOM_Y
        halo[at(i)] = ring[at(i)] + [side * share * _HALO_WIDTH * EYE_DISTANCE, 0.1 * EYE_DISTANCE]
