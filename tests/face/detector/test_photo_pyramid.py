from __future__ import annotations

import cv2
import numpy as np
import pytest

from pixelfes.face.detector.photo_pyramid import PhotoPyramid, square_map


def ramp(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Red grows with x and green with y, a level a pixel or less."""
    x = np.broadcast_to(np.arange(width) * min(1.0, 255 / width), (height, width))
    y = np.broadcast_to((np.arange(height) * min(1.0, 255 / height))[:, None], (height, width))
    return np.stack([x, y, 0 * x], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi])
@pytest.mark.parametrize("side", [40.0, 180.0])
def test_a_picture_shows_what_its_map_says(angle: float, side: float) -> None:
    photo = PhotoPyramid(ramp(250, 250))
    to_image = square_map(125, 125, side, angle, 32)
    picture = photo.picture(to_image, 32).astype(float)
    rows, columns = np.mgrid[:32, :32]
    expected = np.stack([columns, rows], axis=-1) @ to_image[:, :2].T + to_image[:, 2]
    inside = ((expected > 2) & (expected < 247)).all(-1)
    assert np.abs(picture[..., :2] - expected)[inside].max() < 1.6


def test_fine_stripes_become_grey_in_a_small_picture() -> None:
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    picture = PhotoPyramid(stripes).picture(square_map(256, 256, 500, 0.0, 50), 50)
    assert np.abs(picture.astype(int) - 127).max() <= 2


@pytest.mark.parametrize("border", [cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE])
def test_the_border_mode_decides_what_lies_outside(border: int) -> None:
    photo = PhotoPyramid(np.full((100, 100, 3), 200, np.uint8))
    picture = photo.picture(square_map(50, 50, 400, 0.0, 40), 40, border=border)
    assert picture[0, 0, 0] == (0 if border == cv2.BORDER_CONSTANT else 200)
    assert picture[20, 20, 0] == 200


def test_a_picture_beside_the_photo_is_border() -> None:
    photo = PhotoPyramid(np.full((100, 100, 3), 200, np.uint8))
    assert (photo.picture(square_map(900, -700, 100, 0.3, 16), 16) == 200).all()
