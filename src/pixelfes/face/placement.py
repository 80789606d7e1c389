"""The correspondence of output pixels to input pixels and to the model grid, for one face in one photo.

Convention: everything is (x, y), x right, y down, pixel centres at whole numbers. *Box pixels* are image pixels counted from
the top left pixel of the box of a placement; model-grid pixels index the maps of weight and bias.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Floats

BAND_HEIGHT = 32
"""Rows of the photo that are worked on at a time; few enough to stay in the processor's cache."""

OUTSIDE_COORDINATE = -1e6
"""Model-grid coordinate of pixels outside all triangles; so far away that interpolation towards it never meets the grid."""

OUTSIDE_MAP = np.array([0, 0, OUTSIDE_COORDINATE, 0, 0, OUTSIDE_COORDINATE], np.float32)
"""The affine map of pixels outside all triangles, in the form of `pixelfes.face.raster.affine_maps`."""


@dataclass(frozen=True)
class Placement:
    """The correspondence over a box of the photo, drawn at a coarser size and enlarged when it is read.

    Attributes
    ----------
    rows, columns : slice
        The box of h x w output pixels, inside the photo.
    drawn_source : (ceil(h / factor), ceil(w / factor), 2) float32, or None
        Where output pixels come from, in box pixels, for the middle of each square of factor x factor pixels. None if each
        comes from itself.
    drawn_grid : float32 array of the same shape
        Where their weight and bias are looked up, in model-grid pixels.
    active : (ceil(h / factor), ceil(w / factor)) bool
        Which squares of factor x factor output pixels move or change.
    factor : int
        Output pixels per drawn pixel, along each axis.
    """

    rows: slice
    columns: slice
    drawn_source: Floats | None
    drawn_grid: Floats
    active: Booleans
    factor: int

    @classmethod
    def nowhere(cls) -> Self:
        """Return the placement of a face outside the photo."""
        empty = np.empty((0, 0, 2), np.float32)
        return cls(slice(0, 0), slice(0, 0), empty, empty, np.empty((0, 0), np.bool_), 1)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the box, (h, w)."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def source(self) -> Floats | None:
        """Where each output pixel comes from, (h, w, 2) box pixels; None if from itself."""
        return None if self.drawn_source is None else enlarged_coordinates(self.drawn_source, self.factor, self.shape)

    @property
    def grid(self) -> Floats:
        """Where weight and bias of each output pixel are looked up, (h, w, 2) model-grid pixels."""
        return enlarged_coordinates(self.drawn_grid, self.factor, self.shape)

    def coordinates_in(self, part: tuple[slice, slice]) -> tuple[Floats | None, Floats]:
        """Return `source` and `grid` in a part of the box, given as rows and columns that start at multiples of the factor."""
        squares = tuple(slice(p.start // self.factor, -(-p.stop // self.factor)) for p in part)
        shape = (part[0].stop - part[0].start, part[1].stop - part[1].start)
        source = None if self.drawn_source is None else _enlarged_part(self.drawn_source, squares, self.factor, shape)
        return source, _enlarged_part(self.drawn_grid, squares, self.factor, shape)

    def bands(self) -> Iterator[tuple[slice, slice]]:
        """Yield rows and columns of the box, band by band, that contain all pixels that move or change."""
        height, width = self.shape
        step = max(1, round(BAND_HEIGHT / self.factor))
        for top in range(0, len(self.active), step):
            columns = np.flatnonzero(self.active[top : top + step].any(0)) * self.factor
            if len(columns):
                rows = slice(top * self.factor, min((top + step) * self.factor, height))
                yield rows, slice(int(columns[0]), min(int(columns[-1]) + self.factor, width))


def box_around(points: Array, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return rows and columns of a photo of this shape (H, W, ...) around points (K, 2), with a margin; may be empty."""
    height, width = shape[:2]
    low = np.floor(points.min(0)).astype(int) - 2
    high = np.ceil(points.max(0)).astype(int) + 3
    x0, y0 = int(np.clip(low[0], 0, width)), int(np.clip(low[1], 0, height))
    x1, y1 = int(np.clip(high[0], x0, width)), int(np.clip(high[1], y0, height))
    return slice(y0, y1), slice(x0, x1)


def enlarged_coordinates(drawn: Floats, factor: int, shape: tuple[int, int]) -> Floats:
    """Enlarge coordinates linearly, and cut them to a shape (h, w).

    Parameters
    ----------
    drawn : (ceil(h / factor), ceil(w / factor), 2) float32
        Coordinates at the middles of squares of factor x factor pixels; extrapolated beyond the outermost ones.
    factor : int
    shape : (h, w)

    Returns
    -------
    (h, w, 2) float32
    """
    if factor == 1 or drawn.size == 0:
        return drawn
    squares = (slice(0, drawn.shape[0]), slice(0, drawn.shape[1]))
    return _enlarged_part(drawn, squares, factor, shape)


def _enlarged_part(drawn: Floats, squares: tuple[slice, ...], factor: int, shape: tuple[int, int]) -> Floats:
    """Enlarge the coordinates of some squares, interpolated with their neighbours, and cut the result to a shape."""
    if factor == 1:
        return drawn[squares]
    near = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in squares)
    beyond = [(int(s.start == 0), int(s.stop >= n)) for s, n in zip(squares, drawn.shape, strict=False)]
    padded = np.pad(drawn[near], (*beyond, (0, 0)), mode="reflect", reflect_type="odd")
    size = (padded.shape[1] * factor, padded.shape[0] * factor)
    large = cv2.resize(padded, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[factor : factor + shape[0], factor : factor + shape[1]], np.float32)
