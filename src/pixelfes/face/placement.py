"""The correspondence of output pixels to input pixels and to the model grid, for one face in one photo.

Convention: everything is (x, y), x right, y down, pixel centres at whole numbers. *Box pixels* are image pixels counted from
the top left pixel of the box of a placement; model-grid pixels index the maps of weight and bias.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Floats

BAND_HEIGHT = 128
"""Rows of the photo that are worked on at a time; few enough to stay in the processor's cache."""

OUTSIDE_COORDINATE = -1e6
"""Model-grid coordinate of pixels outside all triangles; so far away that interpolation towards it never meets the grid."""

OUTSIDE_MAP = np.array([0, 0, OUTSIDE_COORDINATE, 0, 0, OUTSIDE_COORDINATE], np.float32)
"""The affine map of pixels outside all triangles, in the form of `pixelfes.face.raster.affine_maps`."""


class Part(NamedTuple):
    """A part of the box of a placement.

    Attributes
    ----------
    rows, columns : slice
        Pixels of the box; they start at multiples of the factor.
    is_detailed : bool
        Whether the maps may have detail there that is finer than a drawn pixel.
    """

    rows: slice
    columns: slice
    is_detailed: bool


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

    def source_in(self, part: Part) -> Floats | None:
        """Return `source` in a part of the box."""
        return None if self._extended_source is None else self.enlarged(self._extended_source, part)

    def grid_in(self, part: Part) -> Floats:
        """Return `grid` in a part of the box."""
        return self.enlarged(self._extended_grid, part)

    def enlarged(self, extended: Floats, part: Part) -> Floats:
        """Enlarge values that are drawn with a border of one pixel, see `continued`, to a part of the box."""
        squares = tuple(slice(p.start // self.factor, -(-p.stop // self.factor)) for p in part[:2])
        shape = (part.rows.stop - part.rows.start, part.columns.stop - part.columns.start)
        return _enlarged_part(extended, squares, self.factor, shape)

    @cached_property
    def _extended_source(self) -> Floats | None:
        return None if self.drawn_source is None else continued(self.drawn_source)

    @cached_property
    def _extended_grid(self) -> Floats:
        return continued(self.drawn_grid)

    def parts(self, detailed: Booleans) -> Iterator[Part]:
        """Yield parts of the box, band by band, that contain all pixels that move or change.

        Parameters
        ----------
        detailed : bool array of the shape of `active`
            Where the maps have detail that is finer than a drawn pixel.
        """
        step = max(1, round(BAND_HEIGHT / self.factor))
        for top in range(0, len(self.active), step):
            columns = np.flatnonzero(self.active[top : top + step].any(0))
            if not len(columns):
                continue
            first, last = int(columns[0]), int(columns[-1]) + 1
            fine_first, fine_last = _range_of(detailed[top : top + step, first:last], first, last)
            for start, stop in ((first, fine_first), (fine_first, fine_last), (fine_last, last)):
                if stop > start:
                    yield self._part(slice(top, top + step), slice(start, stop), start == fine_first)

    def _part(self, rows: slice, columns: slice, is_detailed: bool) -> Part:
        height, width = self.shape
        tall, wide = (
            slice(s.start * self.factor, min(s.stop * self.factor, n)) for s, n in ((rows, height), (columns, width))
        )
        return Part(tall, wide, is_detailed)


def _range_of(mask: Booleans, first: int, last: int) -> tuple[int, int]:
    """Return the range of columns of a mask (h, w) that have an entry, counted from ``first``; an empty one at ``last``."""
    columns = np.flatnonzero(mask.any(0))
    return (first + int(columns[0]), first + int(columns[-1]) + 1) if len(columns) else (last, last)


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
    return _enlarged_part(continued(drawn), squares, factor, shape)


def continued(drawn: Floats) -> Floats:
    """Return drawn values (h, w, C) with a border of one pixel that continues them linearly."""
    return np.pad(drawn, ((1, 1), (1, 1), (0, 0)), mode="reflect", reflect_type="odd")


def _enlarged_part(extended: Floats, squares: tuple[slice, ...], factor: int, shape: tuple[int, int]) -> Floats:
    """Enlarge the coordinates of some squares, interpolated with their neighbours, and cut the result to a shape.

    ``extended`` has a border of one square, so squares are counted from its second row and column.
    """
    near = extended[squares[0].start : squares[0].stop + 2, squares[1].start : squares[1].stop + 2]
    if factor == 1:
        return near[1:-1, 1:-1]
    size = (near.shape[1] * factor, near.shape[0] * factor)
    large = cv2.resize(near, size, interpolation=cv2.INTER_LINEAR).reshape(size[1], size[0], -1)
    return np.asarray(large[factor : factor + shape[0], factor : factor + shape[1]], np.float32)
