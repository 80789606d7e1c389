from __future__ import annotations

import numpy as np
import pytest

from pixelfes import FaceDetector
from pixelfes.arrays import Array
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.landmarks import eye_distance
from pixelfes.people.films import FilmFrame, Motion, film, pulse, wave
from pixelfes.people.people import FictionalPerson, each_person


@pytest.fixture(scope="module")
def person() -> FictionalPerson:
    return next(each_person(1, seed=3, size=256))


def taken(person: FictionalPerson, motion: Motion, seconds: float = 0.4) -> list[FilmFrame]:
    return list(film(person.neutral, person.neutral_landmarks, motion, seconds=seconds))


def test_without_motion_every_frame_is_the_picture(person: FictionalPerson) -> None:
    frames = taken(person, Motion())
    assert [frame.time for frame in frames] == pytest.approx([number / 25 for number in range(10)])
    assert all(np.array_equal(frame.pixels, person.neutral) for frame in frames)
    assert all(np.array_equal(frame.landmarks, person.neutral_landmarks) for frame in frames)


@pytest.mark.parametrize(
    "motion",
    [
        Motion(yaw=lambda time: 8.0),
        Motion(across=lambda time: 0.4, down=lambda time: -0.2),
        Motion(growth=lambda time: 0.1),
        Motion(smile=lambda time: 0.7),
        Motion(blur=lambda time: 1.5, light=lambda time: -0.3, noise=4),
    ],
    ids=["turned", "moved", "grown", "smiling", "taken badly"],
)
def test_landmarks_are_where_the_face_is(person: FictionalPerson, motion: Motion, detector: FaceDetector) -> None:
    (frame,) = taken(person, motion, 0.04)
    found: Array = detector.detect(frame.pixels)[0]
    own = detector.detect(person.neutral)[0] - person.neutral_landmarks
    away = np.linalg.norm((found - frame.landmarks - own)[:, :2], axis=1).mean() / eye_distance(found)
    assert away < 0.035


def test_a_turn_is_as_far_as_asked(person: FictionalPerson) -> None:
    (frame,) = taken(person, Motion(yaw=lambda time: 9.0), 0.04)
    before, after = (HeadPose.of(p, mean_face()).angles[0] for p in (person.neutral_landmarks, frame.landmarks))
    assert after - before == pytest.approx(9, abs=0.5)


def test_noise_is_as_asked_and_the_same_for_the_same_seed(person: FictionalPerson) -> None:
    first, again = (taken(person, Motion(noise=5), 0.2) for _ in range(2))
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, again, strict=True))
    dark = np.array([frame.pixels[100:150, 100:150].astype(float) for frame in taken(person, Motion(noise=5))])
    assert dark.std(0).mean() == pytest.approx(5, rel=0.15)


def test_courses_start_and_end_at_rest() -> None:
    rise = pulse(0.2, 0.1, 0.3, 2.0)
    assert (rise(0.0), rise(0.4), rise(1.0)) == (0.0, 2.0, 0.0)
    assert wave(1.0, 4.0)(1.0) == pytest.approx(1.0)
