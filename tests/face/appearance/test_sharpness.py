from __future__ import annotations

import cv2
import numpy as np
import pytest

from pixelfes import Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.face.appearance.sharpness import MOST, missing_blur
from pixelfes.face.landmarks import eye_distance
from pixelfes.photos.reading import read_photo
from tests.face.appearance.painted import blurred, noisy


def test_sharp_photos_need_no_blur(portrait: Pixels, points: Array, people: list[Pair]) -> None:
    assert missing_blur(portrait, points) == 0
    assert all(missing_blur(read_photo(p.input).pixels, np.asarray(p.input_landmarks)) < 0.5 for p in people)


@pytest.mark.parametrize("deviation", [5.0, 8.0, 12.0])
def test_the_blur_of_a_photo_is_measured(deviation: float, portrait: Pixels, points: Array) -> None:
    assert missing_blur(blurred(portrait, deviation), points) == pytest.approx(deviation, rel=0.35)


def test_an_enlarged_photo_needs_blur(portrait: Pixels, points: Array) -> None:
    small = cv2.resize(portrait, (90, 90), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (640, 640), interpolation=cv2.INTER_CUBIC)
    assert missing_blur(np.asarray(large, np.uint8), points) > 1.2


def test_noise_does_not_count_as_blur(portrait: Pixels, points: Array) -> None:
    assert missing_blur(noisy(portrait, 12), points) == 0


@pytest.mark.parametrize("level", [0, 255])
def test_nothing_to_measure_is_bounded(level: int, points: Array) -> None:
    flat = np.full((640, 640, 3), level, np.uint8)
    assert 0 <= missing_blur(flat, points) <= MOST * eye_distance(points)
    assert missing_blur(np.full((2, 2, 3), level, np.uint8), points) <= MOST * eye_distance(points)
