"""Checks of the arrays that a stored regressor is rebuilt from. Each message names the array that is wrong."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import ModelError
from pixelfes.regress.images import Channels


def checked_arrays(arrays: Arrays, names: tuple[str, ...], owner: str) -> dict[str, AnyArray]:
    """Return stored arrays as float64 copies.

    Parameters
    ----------
    arrays : mapping from name to array
        Not trusted.
    names : tuple of str
        The arrays that must be there, and no others. One named "alpha" must be a single number >= 0.
    owner : str
        Name of the class, for the message.

    Returns
    -------
    dict from name to array, float64 and finite

    Raises
    ------
    ModelError
        If an array is missing, unknown, empty, not finite, or not a float of 16, 32 or 64 bits.
    """
    if set(arrays) != set(names):
        found = ", ".join(sorted(map(str, arrays))) or "none"
        raise ModelError(f"{owner} is stored as the arrays {', '.join(names)}; found {found}")
    checked = {name: _checked_array(arrays[name], name, owner) for name in names}
    if "alpha" in checked and not (checked["alpha"].shape == () and checked["alpha"] >= 0):
        raise ModelError(f"array alpha of {owner} must be one number >= 0; found {arrays['alpha']!r}")
    return checked


def _checked_array(array: object, name: str, owner: str) -> AnyArray:
    if not isinstance(array, np.ndarray) or array.dtype not in (np.float16, np.float32, np.float64):
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ModelError(f"array {name} of {owner} must be float16, float32 or float64; found {kind}")
    if array.size == 0 or not np.isfinite(array).all():
        found = f"shape {array.shape}, empty or with values that are not finite"
        raise ModelError(f"array {name} of {owner} must hold finite numbers; found {found}")
    return array.astype(np.float64)


def map_axes(channels: Channels) -> str:
    """Return the axes that maps have at most, as text: "(H, W)" if the channels share them, else "(H, W, C)"."""
    return "(H, W)" if channels == "shared" else "(H, W, C)"


def has_map_axes(shape: tuple[int, ...], channels: Channels, further: int = 0) -> bool:
    """Whether a shape has two axes, or for separate channels two or three, and ``further`` ones."""
    return len(shape) - further in ((2,) if channels == "shared" else (2, 3))
