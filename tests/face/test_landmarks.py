from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pixelfes.arrays import Array
from pixelfes.errors import FaceNotFoundError, InputError
from pixelfes.face.landmarks import FixedLandmarks, check_landmarks, eye_centres, eye_distance, find_faces
from pixelfes.face.topology import LEFT_EYE, RIGHT_EYE

BLACK = np.zeros((8, 8, 3), np.uint8)
SHAPE = np.random.default_rng(0).uniform(0, 200, (478, 3))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ("face", "landmarks must be numbers"),
        ([[1, 2], [3]], "landmarks must be numbers"),
        (None, r"shape \(468, 3\) or \(468, 2\); these have \(\)"),
        (np.zeros((467, 3)), r"these have \(467, 3\)"),
        (np.zeros((468, 4)), r"these have \(468, 4\)"),
        (np.zeros((2, 468, 3)), r"these have \(2, 468, 3\)"),
        (np.full((468, 3), np.nan), "finite"),
        (np.full((468, 2), np.inf), "finite"),
        (np.zeros((468, 3)), "two separate eyes"),
        (SHAPE[:468] * 1e5, "within 1000000 pixels"),
        (SHAPE[:468] - 2e6, "within 1000000 pixels"),
    ],
)
def test_invalid_landmarks_are_refused_in_a_sentence(points: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_landmarks(points)


def test_landmarks_without_depth_get_depth_zero() -> None:
    checked = check_landmarks(SHAPE[:468, :2].astype(np.float32))
    assert checked.shape == (468, 3)
    assert checked.dtype == np.float64
    assert (checked[:, 2] == 0).all()


def test_iris_points_are_dropped() -> None:
    np.testing.assert_array_equal(check_landmarks(SHAPE), SHAPE[:468])


def test_checked_landmarks_are_a_copy() -> None:
    given = SHAPE[:468].copy()
    check_landmarks(given)[:] = -1
    np.testing.assert_array_equal(given, SHAPE[:468])


def test_fixed_landmarks_are_sorted_largest_face_first() -> None:
    small, large = SHAPE[:468] * 0.5, SHAPE[:468] * 3
    found = FixedLandmarks(small, SHAPE[:468], large).detect(BLACK)
    assert [round(eye_distance(f) / eye_distance(SHAPE), 3) for f in found] == [3, 1, 0.5]


def test_all_faces_or_only_the_largest_are_returned() -> None:
    provider = FixedLandmarks(SHAPE, 2 * SHAPE)
    assert len(find_faces(provider, BLACK)) == 2
    largest = find_faces(provider, BLACK, "largest")
    assert len(largest) == 1
    np.testing.assert_array_equal(largest[0], 2 * SHAPE[:468])


def test_a_photo_without_a_face_raises_face_not_found() -> None:
    with pytest.raises(FaceNotFoundError, match="no face was found"):
        find_faces(FixedLandmarks(), BLACK)


def test_eye_centres_lie_inside_the_eyes(points: Array) -> None:
    for centre, outline in zip(eye_centres(points), (RIGHT_EYE, LEFT_EYE), strict=True):
        eye = points[list(outline)]
        assert (eye.min(0)[:2] < centre[:2]).all()
        assert (centre[:2] < eye.max(0)[:2]).all()
    right, left = eye_centres(points)
    assert right[0] < left[0]  # the person's own right is at the left of the photo
