"""A photo at half, a quarter, ... of its size, and square pictures cut out of it.

Convention: image pixels are those of the photo, x right, y down, pixel centres at whole numbers; so are those of a picture.
"""

from __future__ import annotations

from math import floor, log2

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels

_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
_MARGIN = 2  # pixels around what is cut out, for the interpolation


def square_map(x: float, y: float, side: float, angle: float, size: int) -> Array:
    """Return the affine map from the pixels of a square picture to image pixels.

    Parameters
    ----------
    x, y, side : float
        Middle and side of the square, image pixels.
    angle : float
        Roll of the square, radians, clockwise in the image.
    size : int
        Side of the picture, pixels.

    Returns
    -------
    (2, 3) float64
    """
    cos, sin = np.cos(angle) * side / size, np.sin(angle) * side / size
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, [x, y] - linear @ [size / 2, size / 2]])


class PhotoPyramid:
    """A photo and its halves, each the mean of 2 x 2 pixels of the one before.

    A picture that is cut out of the level nearest to its own scale shows no artefacts of sampling, and costs the same for any
    size of the photo.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    smooth : bool
        Without halves, every picture is cut out of the photo itself, as MediaPipe does it.
    """

    def __init__(self, pixels: Pixels, *, smooth: bool = True) -> None:
        self._levels = [pixels]
        while smooth and min(self._levels[-1].shape[:2]) >= 64:
            self._levels.append(_halved(self._levels[-1]))
        self.height, self.width = pixels.shape[:2]

    @property
    def smallest(self) -> Pixels:
        """The smallest level; its shorter side is below 64 pixels."""
        return self._levels[-1]

    def picture(self, to_image: Array, size: int, *, border: int = cv2.BORDER_REPLICATE) -> Pixels:
        """Cut a square picture out of the photo.

        The warp is OpenCV's `warpPerspective`, as in MediaPipe: with OpenCV 4 the landmarks then agree with MediaPipe's to a
        few thousandths of a percent of the distance between the eyes. `warpAffine` rounds the map more coarsely. OpenCV 5
        rounds levels differently, which moves the landmarks by 0.1 %, a third of their scatter (docs/landmarks.md).

        Parameters
        ----------
        to_image : (2, 3) float64
            The affine map from pixels (x, y, 1) of the picture to image pixels.
        size : int
            Side of the picture, pixels.
        border : int
            What lies outside the photo, a border mode of OpenCV.

        Returns
        -------
        (size, size, 3) uint8
        """
        scale = float(np.hypot(*to_image[:, 0]))
        number = min(max(0, floor(log2(max(scale, 1e-6)))), len(self._levels) - 1)
        level = self._levels[number]
        to_level = to_image / 2**number
        to_level[:, 2] += (0.5**number - 1) / 2
        corners = _CORNERS * size @ to_level[:, :2].T + to_level[:, 2]
        part, start = _part(level, corners)
        source, target = (corners - start).astype(np.float32), (_CORNERS * size).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, target)
        return np.asarray(cv2.warpPerspective(part, matrix, (size, size), borderMode=border), np.uint8)


def _halved(pixels: Pixels) -> Pixels:
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    half = cv2.resize(pixels[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def _part(pixels: Pixels, corners: Array) -> tuple[Pixels, Array]:
    """Return the part of an image around four corners, and its column and row.

    OpenCV cannot warp an image with a side of 32,767 pixels or more.
    """
    height, width = pixels.shape[:2]
    low = np.clip(np.floor(corners.min(0)).astype(int) - _MARGIN, 0, [width - 1, height - 1])
    high = np.clip(np.ceil(corners.max(0)).astype(int) + _MARGIN + 1, low + 1, [width, height])
    return pixels[low[1] : high[1], low[0] : high[0]], low
