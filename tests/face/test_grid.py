from __future__ import annotations

import cv2
import numpy as np
import pytest

from pixelfes.arrays import Array, Pixels
from pixelfes.face.grid import GridRegistration
from pixelfes.face.landmarks import eye_centres
from pixelfes.face.placement import Placement
from pixelfes.face.topology import INNER_LIPS
from tests.expression.drawn_faces import affine, ramp

PAPER = {"right eye": (38.9, 47.2), "left eye": (90.9, 47.9), "mouth": (64.9, 92.5)}


def place(registration: GridRegistration, points: Array, shape: tuple[int, ...]) -> Placement:
    return registration.place(points, points, shape, registration.face_mask)


def anchors(points: Array) -> Array:
    right, left = eye_centres(points)
    return np.array([right[:2], left[:2], points[list(INNER_LIPS), :2].mean(0)])


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.4])
def test_eyes_and_mouth_are_placed_as_in_the_paper(size: int, scale: float, points: Array) -> None:
    points = points * scale
    placement = place(GridRegistration(size), points, (2000, 2000))
    at = anchors(points) - [placement.columns.start, placement.rows.start]
    found = cv2.remap(placement.grid, at[None].astype(np.float32), None, cv2.INTER_LINEAR)[0]
    wanted = (
        np.array(list(PAPER.values())) * size / 128 - 0.5
    )  # the paper counts from the edge, we from the first pixel centre
    np.testing.assert_allclose(found, wanted, atol=0.1)


def test_the_crop_shows_eyes_and_mouth_at_the_places_of_the_paper(points: Array) -> None:
    crop = GridRegistration(128).texture(ramp(640, 640), points)
    for (x, y), (u, v) in zip(anchors(points), PAPER.values(), strict=True):
        red, green, _ = cv2.getRectSubPix(crop, (1, 1), (u - 0.5, v - 0.5)).ravel()
        assert red * 639 == pytest.approx(x, abs=2)
        assert green * 639 == pytest.approx(y, abs=2)


def test_two_photos_of_one_face_give_the_same_crop(portrait: Pixels, points: Array) -> None:
    registration = GridRegistration(96)
    crop = registration.texture(portrait, points)
    for photo, moved in (affine(portrait, points, degrees=25), affine(portrait, points, scale=0.5)):
        assert 255 * np.abs(registration.texture(photo, moved) - crop)[8:-8, 8:-8].mean() < 1.5


def test_every_pixel_comes_from_itself(points: Array) -> None:
    assert place(GridRegistration(128), points, (640, 640)).source is None


def test_the_mask_falls_smoothly_to_zero_at_the_border_of_the_crop() -> None:
    face = GridRegistration(128).face_mask
    assert face.shape == (128, 128)
    assert face[[0, -1]].max() == face[:, [0, -1]].max() == 0
    assert face[40:90, 40:90].min() == 1
    assert np.abs(np.diff(face, axis=0)).max() < 0.15


def test_a_face_outside_the_photo_has_an_empty_box(points: Array) -> None:
    placement = place(GridRegistration(64), points + np.array([3000, 0, 0]), (640, 640))
    assert placement.grid.size == 0
