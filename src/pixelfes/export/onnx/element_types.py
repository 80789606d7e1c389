"""Element types of ONNX, and the narrowest that holds a constant."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_LARGE = 256  # entries; smaller constants are not worth a conversion
_NARROWER = {"i": (np.uint8, np.int16, np.uint16, np.int32), "f": (np.float16, np.float32)}


def smallest(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a constant in the narrowest type that holds it exactly, if it is large."""
    if array.size >= _LARGE:
        for dtype in _NARROWER.get(array.dtype.kind, ()):
            with np.errstate(over="ignore"):
                narrow = array.astype(dtype)
            if narrow.itemsize < array.itemsize and np.array_equal(narrow.astype(array.dtype), array):
                return narrow
    return array


def element_type(dtype: npt.DTypeLike) -> int:
    """Return ONNX's number of an element type."""
    from onnx import helper

    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
