"""The mean neutral face, to which the pose of any face is compared."""

from __future__ import annotations

from functools import cache

import numpy as np

from pixelfes.arrays import Array
from pixelfes.assets import asset_bytes


@cache
def mean_face() -> Array:
    """Return the symmetric mean of neutral faces, (468, 3), canonical; its file in the package is read once."""
    from safetensors.numpy import load

    shape = load(asset_bytes("mean_face_468.safetensors"))["shape"].astype(np.float64)
    shape.setflags(write=False)
    return shape
