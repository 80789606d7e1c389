"""Maps of a regressor that are the same for every crop: whether it has them, and which they are."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress import PixelRegressor, PixelRidge, SparseRidge


def is_fixed(regressor: PixelRegressor) -> bool:
    """Return whether weight and bias are the same for every crop."""
    return isinstance(regressor, PixelRidge) or (isinstance(regressor, SparseRidge) and observes_itself(regressor))


def fixed_maps(regressor: PixelRegressor, registration: str) -> tuple[AnyArray, AnyArray]:
    """Return the weight and bias that are the same for every crop, (S, S, 1) or (S, S, 3).

    Raises
    ------
    InputError
        If they differ.
    """
    if isinstance(regressor, PixelRidge):
        return with_channel(regressor.weight_), with_channel(regressor.bias_)
    if isinstance(regressor, SparseRidge) and observes_itself(regressor):
        return with_channel(regressor.weight_[:, :, 0]), with_channel(regressor.bias_)
    raise InputError(
        f"a {registration} model with a {type(regressor).__name__} cannot be exported: it needs the whole face on the model "
        "grid before the first pixel; a grid model, or a mesh model of pixel-rr, can"
    )


def observes_itself(regressor: SparseRidge) -> bool:
    """Return whether every pixel observes only itself."""
    height, width, count = regressor.indices_.shape
    return count == 1 and np.array_equal(regressor.indices_.ravel(), np.arange(height * width))


def with_channel(array: AnyArray) -> AnyArray:
    """View a map (S, S) as (S, S, 1)."""
    return array[..., np.newaxis] if array.ndim == 2 else array
