"""Which faces are changed: clear ones in any photo; not covered, turned, tiny or uncertain ones."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pixelfes import FaceDetector, fictional_people
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.landmarks import FixedLandmarks, eye_distance
from pixelfes.face.trust.judging import judge_face, judged_faces
from pixelfes.face.trust.verdicts import Verdict
from tests.face.trust.covered_faces import behind_a_bar, masked

COLOURS = [(235, 235, 238), (120, 170, 215), (30, 30, 34), (170, 40, 45)]


@pytest.fixture(scope="module")
def photos() -> list[Pixels]:
    """Fictional people, enlarged."""
    pairs = fictional_people(10, seed=21)
    small = [np.asarray(photo) for pair in pairs for photo in (pair.input, pair.target)]
    return [np.asarray(cv2.resize(p, (480, 480), interpolation=cv2.INTER_CUBIC), np.uint8) for p in small]


def verdicts(detector: FaceDetector, photo: Pixels) -> list[Verdict]:
    return [judge_face(photo, face) for face in detector.faces(photo)]


def test_clear_faces_are_ok(detector: FaceDetector, photos: list[Pixels], portrait: Pixels) -> None:
    for photo in [*photos, portrait]:
        assert verdicts(detector, photo) == [Verdict.OK]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: cv2.GaussianBlur(p, (0, 0), 4),
        lambda p: np.clip(p + np.random.default_rng(0).normal(0, 14, p.shape), 0, 255),
        lambda p: p * 0.3,
        lambda p: np.clip(p * 1.5, 0, 255),
        lambda p: np.repeat(p.mean(2, keepdims=True), 3, axis=2),
        lambda p: p * np.linspace(0.35, 1.2, p.shape[1])[None, :, None].clip(0, 1),
        lambda p: cv2.resize(cv2.resize(p, (90, 90), interpolation=cv2.INTER_AREA), (480, 480)),
    ],
    ids=["blurred", "noisy", "dark", "bright", "grey", "side light", "few pixels"],
)
def test_faces_in_poor_photos_are_ok(change, detector: FaceDetector, photos: list[Pixels]) -> None:  # type: ignore[no-untyped-def]
    for photo in photos[:6]:
        assert verdicts(detector, np.asarray(change(photo), np.uint8)) == [Verdict.OK]


def test_masked_faces_are_left_alone(detector: FaceDetector, photos: list[Pixels]) -> None:
    found = []
    for number, photo in enumerate(photos):
        points = detector.detect(photo)[0]
        for top in (-0.45, -0.7):
            found += verdicts(detector, masked(photo, points, COLOURS[number % 4], top)) or [Verdict.UNSURE]
    assert sum(verdict == Verdict.OK for verdict in found) <= 0.05 * len(found)
    assert sum(verdict == Verdict.COVERED for verdict in found) >= 0.7 * len(found)


def test_a_mouth_behind_a_bar_is_covered(detector: FaceDetector, photos: list[Pixels]) -> None:
    found = []
    for number, photo in enumerate(photos):
        found += verdicts(detector, behind_a_bar(photo, detector.detect(photo)[0], COLOURS[number % 4]))
    assert sum(verdict == Verdict.OK for verdict in found) <= 0.25 * len(found)


def test_a_tiny_face_is_too_small(detector: FaceDetector, portrait: Pixels) -> None:
    (face,) = detector.faces(portrait)
    tiny = replace(face, points=face.points * (11 / eye_distance(face.points)))
    assert judge_face(portrait, tiny) == Verdict.SMALL


def test_a_mouth_beyond_the_outline_is_turned_too_far(detector: FaceDetector, portrait: Pixels) -> None:
    (face,) = detector.faces(portrait)
    points = face.points.copy()
    points[61, 0] -= eye_distance(points)
    assert judge_face(portrait, replace(face, points=points)) == Verdict.TURNED


def test_points_that_do_not_lie_on_a_face_are_unsure(detector: FaceDetector, portrait: Pixels) -> None:
    (face,) = detector.faces(portrait)
    moved = replace(face, points=face.points + np.array([0.9 * eye_distance(face.points), 0, 0]))
    assert judge_face(portrait, moved) not in (Verdict.OK, Verdict.SMALL)


def test_noise_is_no_human_face() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    (known,) = FaceDetector().faces(_portrait())
    face = DetectedFace(FaceBox(150, 150, 200, 0.0, 0.4), known.points * 0.47, 1.0)
    assert judge_face(noise, face) in (Verdict.COVERED, Verdict.NOT_HUMAN, Verdict.UNSURE)


def _portrait() -> Pixels:
    from importlib.resources import files

    from pixelfes.photos.reading import read_photo

    return read_photo(str(files("pixelfes") / "assets" / "portrait.jpg")).pixels


def test_landmarks_of_the_caller_are_trusted(portrait: Pixels, points: Array) -> None:
    ((found, verdict),) = judged_faces(FixedLandmarks(points), np.zeros_like(portrait))
    np.testing.assert_array_equal(found, points)
    assert verdict == Verdict.OK


def test_the_largest_face_alone_can_be_judged(detector: FaceDetector, portrait: Pixels) -> None:
    small = cv2.resize(portrait, (200, 200), interpolation=cv2.INTER_AREA)
    pair = np.full((640, 900, 3), 190, np.uint8)
    pair[:, :640], pair[200:400, 670:870] = portrait, small
    assert [v for _, v in judged_faces(detector, pair)] == [Verdict.OK] * 2
    assert len(judged_faces(detector, pair, "largest")) == 1
    with pytest.raises(InputError):
        judged_faces(detector, pair, "second")  # type: ignore[arg-type]
    with pytest.raises(FaceNotFoundError):
        judged_faces(detector, np.zeros((80, 80, 3), np.uint8))
