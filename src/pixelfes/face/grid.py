"""The grid registration of the papers: an affine crop by three points, eyes and mouth at fixed places.

Convention: the *model grid* is the square crop of size x size pixels, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.landmarks import eye_centres
from pixelfes.face.placement import Placement, box_around
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import INNER_LIPS

ANCHORS = np.array([[38.9, 47.2], [90.9, 47.9], [64.9, 92.5]]) / 128
"""Right eye, left eye and mouth in the crop, in parts of its side (the authors' released crops)."""

_FEATHER = 0.10


@dataclass(frozen=True)
class GridRegistration:
    """Affine registration by the eye centres and the mouth centre: every pixel observes its own place in the crop.

    Parameters
    ----------
    size : int
        Side of the crop; 128 in the papers.
    """

    size: int

    @cached_property
    def face_mask(self) -> Floats:
        """How much of a change is let through (size, size): 1, fading to 0 at the border of the crop."""
        edge = np.minimum(np.arange(self.size), np.arange(self.size)[::-1]) / self.size
        ramp = smoothstep(edge, 0.0, _FEATHER)
        return np.asarray(np.minimum(ramp[:, None], ramp[None]), np.float32)

    def texture(self, pixels: Pixels, landmarks: Array) -> npt.NDArray[np.float32]:
        """Crop a photo: (size, size, 3) float32, 1 for 255."""
        to_grid = self._to_grid(landmarks)
        part = pixels.astype(np.float32) / 255
        step = 1 / np.sqrt(abs(np.linalg.det(to_grid[:, :2])))
        if step > 1:
            part = cv2.GaussianBlur(part, (0, 0), 0.4 * float(np.sqrt(step**2 - 1)) + 1e-3)
        crop = cv2.warpAffine(
            part, to_grid, (self.size, self.size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(np.clip(crop, 0, 1), np.float32)

    def place(self, landmarks: Array, moved: Array, shape: tuple[int, ...], changed: Floats) -> Placement:
        """Say where on the crop each pixel of a photo of this shape (H, W, ...) lies.

        Nothing moves here and all of the crop may change, so ``moved`` and ``changed`` have no part in it.
        """
        to_grid = self._to_grid(landmarks)
        corners = np.array([[-0.5, -0.5], [1, -0.5], [-0.5, 1], [1, 1]]) * [self.size, self.size]
        inverse = cv2.invertAffineTransform(to_grid)
        rows, columns = box_around(np.asarray(corners @ inverse[:, :2].T + inverse[:, 2]), shape)
        x = np.arange(columns.start, columns.stop, dtype=np.float64)
        y = np.arange(rows.start, rows.stop, dtype=np.float64)[:, None]
        grid = np.stack([a * x + b * y + c for a, b, c in to_grid], axis=2)
        active = np.ones(grid.shape[:2], np.bool_)
        return Placement(rows, columns, None, grid.astype(np.float32), active, factor=1)

    def _to_grid(self, landmarks: Array) -> Array:
        right, left = eye_centres(landmarks)
        points = np.array([right[:2], left[:2], landmarks[list(INNER_LIPS), :2].mean(0)])
        goals = ANCHORS * self.size - 0.5
        return np.asarray(cv2.getAffineTransform(points.astype(np.float32), goals.astype(np.float32)))
