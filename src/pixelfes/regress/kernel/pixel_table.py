"""A fitted model of 8-bit pixels as a table: the output of every pixel for each of its 256 levels."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.images import check_images
from pixelfes.regress.kernel.features import N_LEVELS
from pixelfes.regress.kernel.predict import check_maps_serve, look_up


class PixelTable:
    """Predict 8-bit images from 8-bit images by one look-up per pixel; ``compile`` of a fitted model makes it.

    Parameters
    ----------
    table : array of shape (H, W, 256), or (H, W, C, 256) for separate channels, uint8
        The output of every pixel for each level.

    Examples
    --------
    >>> negative = PixelTable(np.tile(np.arange(256, dtype=np.uint8)[::-1], (4, 4, 1)))
    >>> negative.predict(np.full((1, 4, 4, 3), 200, np.uint8))[0, 0, 0]
    array([55, 55, 55], dtype=uint8)
    """

    def __init__(self, table: AnyArray) -> None:
        known = isinstance(table, np.ndarray) and table.dtype == np.uint8 and table.ndim in (3, 4)
        if not known or table.shape[-1] != N_LEVELS or table.size == 0:
            found = f"{table.dtype} {table.shape}" if isinstance(table, np.ndarray) else type(table).__name__
            raise InputError(f"a table must be uint8 of shape (H, W, 256) or (H, W, C, 256); found {found}")
        self.table = np.ascontiguousarray(table)

    @classmethod
    def of_values(cls, values: AnyArray) -> Self:
        """Return the table of predictions at the levels, (H, W[, C], 256), clipped to [0, 1] and rounded to a level."""
        scaled = np.clip(values, 0, 1) * (N_LEVELS - 1)
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
            If the images are not uint8, or not of the shape of the table.
        """
        images = check_images(X)
        if images.dtype != np.uint8:
            raise InputError(f"a table takes uint8 images; found {images.dtype}")
        check_maps_serve(self.table.shape[:-1], images.shape[1:], "this table")
        return look_up(self.table, images)

    @property
    def n_parameters_(self) -> int:
        """Number of entries."""
        return self.table.size

    def state_arrays(self) -> dict[str, AnyArray]:
        """Return the table."""
        return {"table": self.table}

    @classmethod
    def from_state(cls, arrays: Arrays) -> Self:
        """Rebuild a table from what `state_arrays` returned, or raise `ModelError`."""
        if set(arrays) != {"table"}:
            raise ModelError(f"a PixelTable is stored as the array table; found {', '.join(sorted(map(str, arrays)))}")
        try:
            return cls(arrays["table"])
        except InputError as error:
            raise ModelError(str(error)) from error
