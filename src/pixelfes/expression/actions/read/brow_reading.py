"""How far brows are raised or lowered, told from pixels and landmarks together: a small linear model.

The sizes are ``W z + c``, with z the standardised features: where the dark band of the brow lies (`brow_line`), where its
landmarks are, and how far the eye is open. The model was learned by ridge regression from drawn actions. A person's own brows
may lie high or low at rest, so sizes within the scatter of resting faces count as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.assets import asset_bytes
from pixelfes.expression.actions.planning import opening_of
from pixelfes.expression.actions.read.brow_line import SIDES, brow_line
from pixelfes.face.alignment import HeadPose, mean_face, mirrored
from pixelfes.face.topology import LEFT_EYE

NAMES = ("browDown", "browInnerUp", "browOuterUp")
LEFT_BROW = (336, 296, 334, 293, 300, 285, 295, 282, 283, 276)
"""The upper and the lower edge of the person's left brow."""


@dataclass(frozen=True)
class BrowModel:
    """The linear model.

    Attributes
    ----------
    mean, scale : (F,)
        Of the features.
    weight : (F, 3)
    offset : (3,)
        Sizes at the mean of the features.
    rest : (2, 3)
        Mean and deviation of the sizes of resting faces.
    """

    mean: Array
    scale: Array
    weight: Array
    offset: Array
    rest: Array

    def sizes(self, features: Array) -> Array:
        """Return the sizes (3,) beyond those of resting faces, each at least 0."""
        read = ((features - self.mean) / self.scale) @ self.weight + self.offset
        return np.asarray(np.maximum(read - self.rest[0] - self.rest[1], 0))


def brow_features(pixels: Pixels, landmarks: Array, side: str) -> Array:
    """Return the features (F,) of the brow of a side, "_L" or "_R", in a photo (H, W, 3)."""
    shape = HeadPose.of(landmarks, mean_face()).to_canonical(landmarks)
    shape = shape if side == "_L" else mirrored(shape)
    points = shape[list(LEFT_BROW)]
    return np.concatenate(
        [brow_line(pixels, landmarks, side), points[:, 1], points[:, 0], [opening_of(shape, LEFT_EYE)]]
    )


def read_brows(pixels: Pixels, landmarks: Array) -> dict[str, float]:
    """Return the sizes of the actions of the brows, with their sides, that a face of a photo (H, W, 3) shows."""
    found: dict[str, float] = {}
    for side in SIDES:
        sizes = brow_model().sizes(brow_features(pixels, landmarks, side))
        found |= {f"{name}{side}": float(size) for name, size in zip(NAMES, sizes, strict=True)}
    return found


@cache
def brow_model() -> BrowModel:
    """Return the shipped model; its file is read once."""
    from safetensors.numpy import load

    arrays = load(asset_bytes("brows.safetensors"))
    return BrowModel(**{name: array.astype(np.float64) for name, array in arrays.items()})
