"""Films of fictional people who move by known amounts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from pixelfes import FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.face.landmarks import FixedLandmarks, eye_distance
from pixelfes.people.films import Motion, film, pulse, wave
from pixelfes.people.people import FictionalPerson, each_person
from pixelfes.tracking.face_tracker import FaceTracker
from pixelfes.tracking.track import TrackedFace

SIDE, STEP = 220, 1 / 25


@pytest.fixture(scope="module")
def people() -> list[FictionalPerson]:
    return list(each_person(3, seed=5, size=SIDE))


def tracked(frames: Iterable[Pixels], tracker: FaceTracker | None = None) -> list[list[TrackedFace]]:
    tracker = tracker or FaceTracker(FaceDetector())
    return [tracker.update(frame, number * STEP) for number, frame in enumerate(frames)]


def scene(*placed: tuple[Pixels, float], width: int = 640) -> Pixels:
    """Portraits on a grey wall, each at its place; later ones hide earlier ones."""
    wall = np.full((SIDE + 20, width, 3), 120, np.uint8)
    for picture, left in placed:
        start = round(left)
        wall[10 : 10 + SIDE, start : start + SIDE] = picture
    return wall


def identities(faces: list[TrackedFace]) -> list[int]:
    """The identities from left to right."""
    return [face.identity for face in sorted(faces, key=lambda face: float(face.landmarks[:, 0].mean()))]


def away(faces: list[list[TrackedFace]], truth: list[Array]) -> float:
    """How far landmarks are from the true ones, distances between the eyes: the mean, less what is the same in all frames."""
    steps = np.array([one[0].landmarks[:, :2] - points[:, :2] for one, points in zip(faces, truth, strict=True)])
    return float(np.linalg.norm(steps - steps.mean(0), axis=-1).mean()) / eye_distance(truth[0])


@pytest.mark.parametrize(
    "motion",
    [
        Motion(noise=3),
        Motion(noise=3, across=wave(0.3, 2), growth=wave(0.05, 1.5)),
        Motion(noise=3, yaw=wave(8, 2)),
        Motion(noise=3, light=wave(0.3, 1)),
        Motion(noise=3, smile=pulse(0.3, 0.2, 0.3, 0.7)),
    ],
    ids=["still", "moving", "turning", "light", "smile"],
)
def test_one_face_keeps_its_identity_and_its_landmarks_follow(people: list[FictionalPerson], motion: Motion) -> None:
    frames = list(film(people[0].neutral, people[0].neutral_landmarks, motion, seconds=1))
    found = tracked(frame.pixels for frame in frames)
    assert {(face.identity, face.share) for faces in found for face in faces} == {(0, 1.0)}
    assert away(found, [frame.landmarks for frame in frames]) < 0.02


def test_two_people_who_cross_do_not_swap(people: list[FictionalPerson]) -> None:
    one, other = (person.neutral for person in people[:2])
    places = np.linspace(0, 420, 50)
    found = tracked(scene((other, 420 - place), (one, place)) for place in places)
    start, end = identities(found[0]), identities(found[-1])
    assert len(start) == len(end) == 2
    assert end == start[::-1]
    assert {face.identity for faces in found for face in faces} == set(start)


def test_a_face_that_is_lost_for_a_moment_is_drawn_all_the_while(people: list[FictionalPerson]) -> None:
    shown, smeared = scene((people[0].neutral, 100)), scene((people[0].neutral, 100))
    smeared[60:200, 130:300] = smeared[60:200, 130:300].mean((0, 1)).astype(np.uint8)
    found = tracked([shown] * 5 + [smeared] * 5 + [shown] * 10)
    assert {(face.identity, face.share) for faces in found for face in faces} <= {(0, 1.0), (0, 0.0)}
    assert [len(faces) for faces in found] == [1] * 20
    assert found[-1][0].share == 1.0


def test_a_face_that_comes_into_a_scene_fades_in(people: list[FictionalPerson]) -> None:
    empty, shown = scene(), scene((people[0].neutral, 200))
    frames = [scene((people[1].neutral, 0))] * 3 + [scene((people[1].neutral, 0), (people[0].neutral, 400))] * 25
    shares = [next((face.share for face in faces if face.identity == 1), None) for faces in tracked(frames)]
    seen = [share for share in shares if share is not None]
    assert len(seen) >= 15
    assert seen[0] < 0.3
    assert seen[-1] == 1.0
    assert max(np.diff(seen)) <= STEP / 0.2 + 1e-6
    assert tracked([empty, shown])[1][0].share == 1.0  # a cut: nothing fades


def test_a_cut_ends_all_tracks(people: list[FictionalPerson]) -> None:
    found = tracked([scene((people[0].neutral, 0))] * 3 + [255 - scene((people[1].neutral, 300))] + [scene()] * 2)
    assert identities(found[2]) == [0]
    assert found[-1] == []


def test_frames_of_another_size_start_again(people: list[FictionalPerson]) -> None:
    found = tracked([scene((people[0].neutral, 0))] * 2 + [scene((people[0].neutral, 0), width=500)] * 2)
    assert identities(found[-1]) == [1]


def test_the_largest_face_stays_the_chosen_one(people: list[FictionalPerson]) -> None:
    large = np.kron(people[1].neutral[:, :], np.ones((1, 1, 1), np.uint8))
    frames = [scene((people[0].neutral, 0), (large, 400))] * 4
    found = tracked(frames, FaceTracker(FaceDetector(), "largest"))
    assert [len(faces) for faces in found] == [1] * 4
    assert len({faces[0].identity for faces in found}) == 1


def test_a_covered_mouth_is_left_alone_unless_one_insists(people: list[FictionalPerson]) -> None:
    masked = people[0].neutral.copy()
    masked[118:200, 55:165] = (70, 120, 200)
    frames = [scene((masked, 200))] * 3
    for insist, share in ((False, 0.0), (True, 1.0)):
        found = tracked(frames, FaceTracker(FaceDetector(), insist=insist))
        assert [faces[0].share for faces in found if faces] == [share] * len([faces for faces in found if faces])


def test_other_providers_are_asked_in_every_frame(portrait: Pixels, points: Array) -> None:
    found = tracked([portrait] * 3, FaceTracker(FixedLandmarks(points)))
    assert [identities(faces) for faces in found] == [[0]] * 3
    np.testing.assert_allclose(found[-1][0].landmarks, points, atol=1e-6)


def test_no_face_gives_none() -> None:
    assert tracked([scene()] * 3) == [[], [], []]
