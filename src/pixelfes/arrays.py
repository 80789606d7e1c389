"""Names for the arrays that the whole package passes around; shapes stand in the docstring of each function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
"""Double precision: landmarks, shapes, sums."""

Floats: TypeAlias = npt.NDArray[np.float32]
"""Single precision: textures, maps on the model grid, fields of coordinates."""

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Pixels of a photo, 0 to 255."""

DeepPixels: TypeAlias = npt.NDArray[np.uint16]
"""Pixels of a photo of 16 bits a channel, 0 to 65535."""

Deep = TypeVar("Deep", Pixels, DeepPixels)
"""Pixels of either depth."""

Booleans: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.int64]
Labels: TypeAlias = npt.NDArray[np.int32]
"""The index of a triangle for each pixel."""

AnyArray: TypeAlias = npt.NDArray[Any]
"""Any dtype: what a function checks or converts itself."""

Arrays: TypeAlias = Mapping[str, AnyArray]
"""Arrays by name, as a safetensors file holds them."""
