"""What a registration says of one face in one photo: which input pixel, and which entry of the maps, an output pixel sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Floats

BAND_HEIGHT = 32  # rows worked on at a time: few enough to stay in the processor's cache

OUTSIDE_COORDINATE = -1e6
"""Model-grid coordinate of pixels that no map reaches; far enough that interpolation towards it never crosses a map."""

OUTSIDE_MAP = np.array([0, 0, OUTSIDE_COORDINATE, 0, 0, OUTSIDE_COORDINATE], np.float32)
"""The affine map, as of `pixelfes.face.raster.affine_maps`, of pixels that no triangle covers."""


@dataclass(frozen=True)
class Placement:
    """Correspondence over a box of the photo.

    Convention: ``source`` is in pixels of the box, (0, 0) its top left one, ``grid`` in model-grid pixels; both (x, y), pixel
    centres at whole numbers.

    Attributes
    ----------
    rows, columns : slice
        The box of output pixels, inside the photo.
    drawn_source : (ceil(h / factor), ceil(w / factor), 2) float32, or None
        Where each output pixel comes from, for the middles of factor x factor pixels; None: from itself.
    drawn_grid : like it
        Where its weight and bias are looked up.
    active : (ceil(h / factor), ceil(w / factor)) bool
        Which squares of factor x factor output pixels move or change at all.
    factor : int
    """

    rows: slice
    columns: slice
    drawn_source: Floats | None
    drawn_grid: Floats
    active: npt.NDArray[np.bool_]
    factor: int

    @classmethod
    def nowhere(cls) -> Self:
        """Return the placement of a face that lies outside the photo."""
        field = np.empty((0, 0, 2), np.float32)
        return cls(slice(0, 0), slice(0, 0), field, field, np.empty((0, 0), np.bool_), 1)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the box."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def source(self) -> Floats | None:
        """Where each output pixel comes from, (h, w, 2)."""
        return None if self.drawn_source is None else enlarged_coordinates(self.drawn_source, self.factor, self.shape)

    @property
    def grid(self) -> Floats:
        """Where weight and bias of each output pixel are looked up, (h, w, 2)."""
        return enlarged_coordinates(self.drawn_grid, self.factor, self.shape)

    def coordinates_in(self, part: tuple[slice, slice]) -> tuple[Floats | None, Floats]:
        """Return source and grid of a part of the box that begins at whole squares of factor x factor pixels."""
        squares = tuple(slice(p.start // self.factor, -(-p.stop // self.factor)) for p in part)
        shape = (part[0].stop - part[0].start, part[1].stop - part[1].start)
        source = None if self.drawn_source is None else _enlarged_part(self.drawn_source, squares, self.factor, shape)
        return source, _enlarged_part(self.drawn_grid, squares, self.factor, shape)

    def bands(self) -> Iterator[tuple[slice, slice]]:
        """Yield rows and columns of the box, band by band, that hold all pixels that move or change."""
        height, width = self.shape
        step = max(1, round(BAND_HEIGHT / self.factor))
        for top in range(0, len(self.active), step):
            columns = np.flatnonzero(self.active[top : top + step].any(0)) * self.factor
            if len(columns):
                rows = slice(top * self.factor, min((top + step) * self.factor, height))
                yield rows, slice(int(columns[0]), min(int(columns[-1]) + self.factor, width))


def box_around(points: npt.NDArray[np.float64], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of a photo that hold all points (K, 2), with a pixel to spare; may be empty."""
    height, width = shape[:2]
    low = np.floor(points.min(0)).astype(int) - 2
    high = np.ceil(points.max(0)).astype(int) + 3
    x0, y0 = int(np.clip(low[0], 0, width)), int(np.clip(low[1], 0, height))
    x1, y1 = int(np.clip(high[0], x0, width)), int(np.clip(high[1], y0, height))
    return slice(y0, y1), slice(x0, x1)


def enlarged_coordinates(field: Floats, factor: int, shape: tuple[int, int]) -> Floats:
    """Enlarge a field of coordinates, of which each entry is the middle of factor x factor pixels, and cut it to shape.

    Linear inside, and beyond the outermost middles too.
    """
    if factor == 1 or field.size == 0:
        return field
    squares = (slice(0, field.shape[0]), slice(0, field.shape[1]))
    return _enlarged_part(field, squares, factor, shape)


def _enlarged_part(field: Floats, squares: tuple[slice, ...], factor: int, shape: tuple[int, int]) -> Floats:
    """Enlarge some squares of a field of coordinates, with their neighbours in view, and cut the result to shape."""
    if factor == 1:
        return field[squares]
    near = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in squares)
    beyond = [(int(s.start == 0), int(s.stop >= n)) for s, n in zip(squares, field.shape, strict=False)]
    padded = np.pad(field[near], (*beyond, (0, 0)), mode="reflect", reflect_type="odd")
    size = (padded.shape[1] * factor, padded.shape[0] * factor)
    large = cv2.resize(padded, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[factor : factor + shape[0], factor : factor + shape[1]], np.float32)
