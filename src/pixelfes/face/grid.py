"""The grid registration of the papers: an affine crop with the eyes and the mouth at fixed places.

Convention: the *model grid* is the square crop of size x size pixels. Landmarks and output pixels are in image pixels. In
both frames x is right, y is down, and pixel centres are at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.landmarks import eye_centres
from pixelfes.face.placement import Placement, box_around
from pixelfes.face.smooth import antialiased, smoothstep
from pixelfes.face.topology import INNER_LIPS

ANCHORS = np.array([[38.9, 47.2], [90.9, 47.9], [64.9, 92.5]]) / 128
"""Right eye, left eye and mouth (3, 2) as shares of the side of the crop, from its edges; measured in the authors' crops."""

_FEATHER = 0.10  # width of the mask's border, as a share of the side


@dataclass(frozen=True)
class GridRegistration:
    """Affine registration by the eye centres and the mouth centre; every output pixel observes its own place.

    Parameters
    ----------
    size : int
        Side of the crop; 128 in the papers.
    """

    size: int

    @cached_property
    def face_mask(self) -> Floats:
        """Share of the change that is applied, (size, size): 1, falling smoothly to 0 at the border of the crop."""
        edge = np.minimum(np.arange(self.size), np.arange(self.size)[::-1]) / self.size
        ramp = smoothstep(edge, 0.0, _FEATHER)
        return np.asarray(np.minimum(ramp[:, None], ramp[None]), np.float32)

    def texture(self, pixels: Pixels, landmarks: Array) -> Floats:
        """Crop a photo to the model grid.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
        landmarks : (468, 3), image pixels

        Returns
        -------
        (size, size, 3) float32, 0 to 1
        """
        to_grid = self._to_grid(landmarks)
        step = 1 / np.sqrt(abs(np.linalg.det(to_grid[:, :2])))
        part = antialiased(pixels.astype(np.float32) / np.float32(255), float(step))
        crop = cv2.warpAffine(
            part, to_grid, (self.size, self.size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(np.clip(crop, 0, 1), np.float32)

    def place(
        self, landmarks: Array, moved: Array, shape: tuple[int, ...], changed: Floats, still: float = 0.0
    ) -> Placement:
        """Return where each output pixel lies on the model grid; every pixel comes from itself.

        Parameters
        ----------
        landmarks : (468, 3), image pixels
        moved, changed, still
            Unused; for the interface that `MeshRegistration` shares.
        shape : tuple
            Shape of the photo, (H, W, ...).
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
        """Return the affine map (2, 3) from image pixels to the model grid."""
        right, left = eye_centres(landmarks)
        points = np.array([right[:2], left[:2], landmarks[list(INNER_LIPS), :2].mean(0)])
        goals = ANCHORS * self.size - 0.5
        return np.asarray(cv2.getAffineTransform(points.astype(np.float32), goals.astype(np.float32)))
