"""A fitted model of 8-bit pixels as a table: what every pixel makes of every level it may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.images import check_images
from pixelfes.regress.kernel.features import LEVELS


class PixelTable:
    """Predicts 8-bit images from 8-bit images at one look-up a pixel; made by ``compile`` of a fitted model.

    Parameters
    ----------
    table : array of shape (H, W, 256), or (H, W, C, 256) for separate channels, uint8
        What every pixel becomes of every level.

    Examples
    --------
    >>> negative = PixelTable(np.tile(np.arange(256, dtype=np.uint8)[::-1], (4, 4, 1)))
    >>> negative.predict(np.full((1, 4, 4, 3), 200, np.uint8))[0, 0, 0]
    array([55, 55, 55], dtype=uint8)
    """

    def __init__(self, table: AnyArray) -> None:
        known = isinstance(table, np.ndarray) and table.dtype == np.uint8 and table.ndim in (3, 4)
        if not known or table.shape[-1] != LEVELS or table.size == 0:
            found = f"{table.dtype} {table.shape}" if isinstance(table, np.ndarray) else type(table).__name__
            raise InputError(f"a table must be uint8 of shape (H, W, 256) or (H, W, C, 256); found {found}")
        self.table = np.ascontiguousarray(table)

    @classmethod
    def of_values(cls, values: AnyArray) -> Self:
        """Make a table of predictions at the levels, (H, W[, C], 256): clipped to [0, 1], rounded to the nearest level."""
        scaled = np.clip(values, 0, 1) * (LEVELS - 1)
        return cls(np.rint(scaled, out=scaled).astype(np.uint8))

    def predict(self, X: npt.ArrayLike) -> AnyArray:
        """Predict a batch of images.

        Parameters
        ----------
        X : array of shape (N, H, W) or (N, H, W, C), uint8

        Returns
        -------
        array of the same shape, uint8

        Raises
        ------
        InputError
            Where the images are something else, floats among them.
        """
        images = check_images(X)
        if images.dtype != np.uint8:
            raise InputError(f"a table takes uint8 images; found {images.dtype}")
        check_maps_fit(self.table.shape[:-1], images.shape[1:], "this table")
        return look_up(self.table, images)

    @property
    def n_parameters_(self) -> int:
        """Count of the entries."""
        return self.table.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return the table."""
        return {"table": self.table}

    @classmethod
    def from_state(cls, arrays: Mapping[str, AnyArray]) -> Self:
        """Rebuild a table from what `state_arrays` gave, or raise `ModelError`."""
        if set(arrays) != {"table"}:
            raise ModelError(f"a PixelTable is stored as the array table; found {', '.join(sorted(map(str, arrays)))}")
        try:
            return cls(arrays["table"])
        except InputError as error:
            raise ModelError(str(error)) from error


def check_maps_fit(maps: tuple[int, ...], image: tuple[int, ...], owner: str) -> None:
    """Raise `InputError` unless maps of shape (H, W) or (H, W, C) serve images of this shape."""
    if image != maps and not (len(maps) == 2 and image[:2] == maps):
        raise InputError(f"{owner} was fitted with maps of shape {maps}; found images of shape {image}")


def look_up(table: AnyArray, images: AnyArray) -> AnyArray:
    """Entries of a table (H, W[, C], 256) at the levels of 8-bit images (N, H, W[, C]): the shape of the images."""
    maps = table.shape[:-1]
    start = np.arange(0, table.size, LEVELS, dtype=np.intp).reshape(maps)
    start = start if len(maps) == images.ndim - 1 else start[..., np.newaxis]
    out = np.empty(images.shape, table.dtype)
    entries, place = table.reshape(-1), np.empty(images.shape[1:], np.intp)
    for image, result in zip(images, out, strict=True):
        place[...] = image
        place += start
        np.take(entries, place, out=result, mode="clip")
    return out
