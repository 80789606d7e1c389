"""The paper's figure: kept-out people, before, after, and as each method makes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixelfes.arrays import AnyArray, Pixels
from pixelfes.evaluate.paper.crops import Crops
from pixelfes.evaluate.paper.methods import METHODS, kept_out_pictures, unit

COLUMNS = ("input", "real", *METHODS)
_GAP = 4
_WHITE = 255


def kept_out_sheet(crops: Crops, folds: int, n_people: int) -> Pixels:
    """Return a sheet in colour: a row for each of some kept-out people of the first fold; the columns are `COLUMNS`."""
    made: list[AnyArray] = []
    chosen = np.arange(0)
    for fit in METHODS.values():
        test, pictures = next(kept_out_pictures(crops, fit, folds))
        chosen = test[:n_people]
        made.append(pictures[:n_people])
    return sheet([unit(crops.X[chosen]), unit(crops.T[chosen]), *made])


def sheet(columns: Sequence[AnyArray]) -> Pixels:
    """Return pictures in columns, each (N, H, W, 3) from 0 to 1, as one picture with white between them."""
    n, height, width = columns[0].shape[:3]
    full = np.full((n * (height + _GAP) - _GAP, len(columns) * (width + _GAP) - _GAP, 3), _WHITE, np.uint8)
    for x, pictures in enumerate(columns):
        for y, picture in enumerate(pictures):
            top, left = y * (height + _GAP), x * (width + _GAP)
            full[top : top + height, left : left + width] = np.rint(_WHITE * picture)
    return full
