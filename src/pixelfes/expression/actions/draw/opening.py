"""An opening of the face, an eye or a mouth, between an upper and a lower line; and the picture around it.

Convention: a *local* frame has u along the opening, from the left of the image to the right for an upright face, and v down
the face; the unit is the distance between the eyes. Box pixels are image pixels counted from the corner of a box around the
opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.face.smooth import sample_linear

UNSEEN = 1 / 512
FINE = 64
"""Count of points that a line is drawn with."""
DEGREE, END_WEIGHT = 6, 41.0
"""Degree of the polynomials that lines are smoothed by, and what an end counts for."""
SHORTEST = 1e-6


@dataclass(frozen=True)
class LocalFrame:
    """A similarity from the local frame to image pixels.

    Attributes
    ----------
    origin : (2,), image pixels
    along : (2,)
        The unit vector of u in the image.
    scale : float
        Distance between the eyes, image pixels.
    """

    origin: Array
    along: Array
    scale: float

    @property
    def down(self) -> Array:
        """The unit vector of v in the image."""
        return np.array([-self.along[1], self.along[0]])

    def to_local(self, points: Array) -> Array:
        """Convert image pixels (..., 2) to the local frame."""
        offset = points - self.origin
        return np.stack([offset @ self.along, offset @ self.down], axis=-1) / self.scale

    def to_image(self, points: Array) -> Array:
        """Convert local points (..., 2) to image pixels."""
        return np.asarray(self.origin + self.scale * (points[..., :1] * self.along + points[..., 1:] * self.down))


@dataclass(frozen=True)
class Edges:
    """The upper and the lower line of an opening, local, from its left corner to its right one; each (K, 2)."""

    upper: Array
    lower: Array

    @cached_property
    def left(self) -> float:
        """U of the left corner."""
        return float(self.upper[0, 0])

    @cached_property
    def right(self) -> float:
        """U of the right corner."""
        return float(self.upper[-1, 0])

    def top(self, u: Array | Floats) -> Array:
        """Return v of the upper line at u."""
        return self._known(u)[0]

    def bottom(self, u: Array | Floats) -> Array:
        """Return v of the lower line at u; nowhere above the upper one."""
        return self._known(u)[1]

    def _known(self, u: Array | Floats) -> tuple[Array, Array]:
        """Return v of both lines at u; those of the last array are kept, because one box is looked at many times."""
        if self._last and self._last[0][0] is u:
            return self._last[0][1]
        top = _read(self._fine_upper, u)
        found = top, np.maximum(_read(self._fine_lower, u), top)
        if np.size(u) > FINE:
            self._last[:] = [(u, found)]
        return found

    @cached_property
    def _last(self) -> list[tuple[Array | Floats, tuple[Array, Array]]]:
        return []

    @cached_property
    def height(self) -> float:
        """Largest distance between the lines."""
        u = np.linspace(self.left, self.right, FINE)
        return float((self.bottom(u) - self.top(u)).max())

    def inside(self, u: Floats, v: Floats, softness: float) -> Floats:
        """Return how far inside the opening places are, 0 to 1: a ramp of this width across each line."""
        width = max(softness, 1e-6)
        share = np.minimum((v - self.top(u)) / width, (self.bottom(u) - v) / width) + 0.5
        share = np.minimum(share, np.minimum(u - self.left, self.right - u) / width + 0.5)
        return np.asarray(np.clip(share, 0, 1), np.float32)

    @cached_property
    def _fine_upper(self) -> Array:
        return _smooth(self.upper)

    @cached_property
    def _fine_lower(self) -> Array:
        return _smooth(self.lower)


@dataclass(frozen=True)
class Box:
    """A box of a photo around an opening.

    Attributes
    ----------
    rows, columns : slice
    u, v : (h, w) float32
        Local coordinates of its pixels.
    frame : LocalFrame
    """

    rows: slice
    columns: slice
    u: Floats
    v: Floats
    frame: LocalFrame

    @classmethod
    def around(cls, frame: LocalFrame, points: Array, margin: float, shape: tuple[int, ...]) -> Box:
        """Return the box around local points (K, 2), and a margin, in a photo of this shape (H, W, ...); may be empty."""
        (left, top), (right, bottom) = points.min(0) - margin, points.max(0) + margin
        points = frame.to_image(np.array([[left, top], [right, bottom], [left, bottom], [right, top]]))
        low = np.clip(np.floor(points.min(0)).astype(int), 0, [shape[1], shape[0]])
        high = np.clip(np.ceil(points.max(0)).astype(int) + 1, low, [shape[1], shape[0]])
        x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        local = frame.to_local(np.stack([x, y], axis=-1).astype(np.float64)).astype(np.float32)
        return cls(slice(low[1], high[1]), slice(low[0], high[0]), local[..., 0], local[..., 1], frame)

    @property
    def is_empty(self) -> bool:
        """Whether the box has no pixels."""
        return self.u.size == 0

    def part(self, picture: Pixels | DeepPixels) -> Floats:
        """Return the pixels of a photo in the box, (h, w, 3) float32, 1 for white."""
        return picture[self.rows, self.columns].astype(np.float32) / np.float32(np.iinfo(picture.dtype).max)

    def read(self, part: Floats, u: Floats, v: Floats) -> Floats:
        """Return `part` of the box at local places (h, w), which may be none; its border outside it."""
        if u.size == 0:
            return np.empty((*u.shape, 3), np.float32)
        points = self.frame.to_image(np.stack([u, v], axis=-1).astype(np.float64))
        height, width = part.shape[:2]
        places = np.clip(points - [self.columns.start, self.rows.start], 0, [width - 1, height - 1])
        return sample_linear(part, places.astype(np.float32), (0.0, 0.0, 0.0))

    def lay(self, picture: Pixels | DeepPixels, colours: Floats, alpha: Floats) -> None:
        """Lay colours (h, w, 3) over the box of a photo, as far as alpha (h, w) says, in place; alpha 0 changes no bit."""
        seen = alpha > UNSEEN
        if not seen.any():
            return
        white = float(np.iinfo(picture.dtype).max)
        target = picture[self.rows, self.columns]
        share = alpha[seen][:, None]
        mixed = (1 - share) * target[seen].astype(np.float32) + share * white * colours[seen]
        target[seen] = np.clip(np.rint(mixed), 0, white).astype(picture.dtype)


def _smooth(line: Array) -> Array:
    """Return a line (K, 2) as (64, 2), at places u that are evenly spaced: as smooth as lids and lips are; its ends stay."""
    curve = smoother(len(line)) @ line
    u = np.maximum.accumulate(curve[:, 0])
    fine = np.linspace(u[0], max(u[-1], u[0] + SHORTEST), FINE)
    return np.column_stack([fine, np.interp(fine, u, curve[:, 1])])


@cache
def smoother(count: int) -> Array:
    """Return the matrix (64, count) from the points of a line to a smooth curve along it.

    It is the least-squares fit of polynomials in the number of the point; what they miss at the ends is taken from the chord.
    """
    t, fine = np.linspace(-1, 1, count), np.linspace(-1, 1, FINE)
    basis, weights = np.vander(t, DEGREE + 1), np.ones(count)
    weights[[0, -1]] = END_WEIGHT
    fit = np.linalg.pinv(weights[:, None] * basis) * weights
    curve, ends = np.vander(fine, DEGREE + 1) @ fit, np.eye(count)[[0, -1]]
    missed = ends - curve[[0, -1]]
    share = ((fine + 1) / 2)[:, None]
    return np.asarray(curve + (1 - share) * missed[0] + share * missed[1])


def _read(line: Array, u: Array | Floats) -> Array:
    return np.asarray(np.interp(u, line[:, 0], line[:, 1]))
