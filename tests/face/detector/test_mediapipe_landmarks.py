from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from pixelfes import MediaPipeLandmarks
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import MissingDependencyError
from pixelfes.face.landmarks import eye_distance
from pixelfes.photos.reading import read_photo
from tests.expression.drawn_faces import affine

PORTRAIT = files("pixelfes") / "assets" / "portrait.jpg"


def distance(found: Array, wanted: Array) -> float:
    """Return the mean distance of landmarks in the image, in distances between the eyes."""
    return float(np.linalg.norm((found - wanted)[:, :2], axis=1).mean() / eye_distance(wanted))


def test_the_portrait_has_one_face_at_its_known_place(detector: MediaPipeLandmarks, portrait: Pixels) -> None:
    faces = detector.detect(portrait)
    assert len(faces) == 1
    assert faces[0].shape == (468, 3)
    assert faces[0].dtype == np.float64
    eyes = faces[0][[33, 133, 362, 263]].mean(0)
    np.testing.assert_allclose(eyes[:2], [319.5, 265], atol=4)
    assert eye_distance(faces[0]) == pytest.approx(150, rel=0.05)


@pytest.mark.parametrize("degrees", [45.0, -45.0])
def test_a_rolled_head_has_the_same_points(
    degrees: float, detector: MediaPipeLandmarks, portrait: Pixels, points: Array
) -> None:
    rolled, wanted = affine(portrait, points, scale=1.3, degrees=degrees)
    assert distance(detector.detect(rolled)[0], wanted) < 0.015


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_on_its_side_or_upside_down_has_the_same_points(
    turns: int, detector: MediaPipeLandmarks, portrait: Pixels, points: Array
) -> None:
    side = portrait.shape[0] - 1
    x, y, z = points.T
    wanted = np.stack({1: (y, side - x, z), 2: (side - x, side - y, z), 3: (side - y, x, z)}[turns], axis=1)
    found = detector.detect(np.ascontiguousarray(np.rot90(portrait, turns)))
    assert len(found) == 1
    assert distance(found[0], wanted) < 0.015


@pytest.mark.parametrize("scale", [0.25, 2.5])
def test_a_small_or_large_photo_has_the_same_points(
    scale: float, detector: MediaPipeLandmarks, portrait: Pixels, points: Array
) -> None:
    resized, wanted = affine(portrait, points, scale=scale)
    found = detector.detect(resized)[0]
    assert distance(found, wanted) < 0.02
    assert np.abs(found - wanted)[:, 2].mean() < 0.05 * eye_distance(wanted)


def test_a_small_face_in_a_large_photo_is_found(detector: MediaPipeLandmarks, portrait: Pixels, points: Array) -> None:
    photo = np.full((2600, 3000, 3), 200, np.uint8)
    face, moved = affine(portrait, points, scale=0.25)
    photo[1900 : 1900 + face.shape[0], 2300 : 2300 + face.shape[1]] = face
    found = detector.detect(photo)
    assert len(found) == 1
    assert distance(found[0], moved + np.array([2300, 1900, 0])) < 0.03


def test_all_faces_of_a_group_are_found_largest_first(
    detector: MediaPipeLandmarks, portrait: Pixels, points: Array
) -> None:
    group = np.full((900, 1500, 3), 190, np.uint8)
    wanted: list[Array] = []
    for scale, x, y in ((0.35, 1240, 40), (0.9, 30, 160), (0.6, 700, 30), (0.25, 1150, 500)):
        photo, moved = affine(portrait, points, scale=scale)
        group[y : y + photo.shape[0], x : x + photo.shape[1]] = photo
        wanted.append(moved + np.array([x, y, 0]))
    found = detector.detect(group)
    wanted.sort(key=eye_distance, reverse=True)
    assert len(found) == len(wanted)
    for face, expected in zip(found, wanted, strict=True):
        assert distance(face, expected) < 0.03


def test_a_photo_without_a_face_gives_an_empty_list(detector: MediaPipeLandmarks) -> None:
    assert detector.detect(np.full((240, 320, 3), 128, np.uint8)) == []


def test_a_photo_of_one_pixel_has_no_face(detector: MediaPipeLandmarks) -> None:
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []


def test_detection_does_not_change_the_photo(detector: MediaPipeLandmarks, portrait: Pixels) -> None:
    before = portrait.copy()
    detector.detect(portrait)
    np.testing.assert_array_equal(portrait, before)


def test_nothing_is_written_to_the_terminal() -> None:
    code = (
        "import sys, pixelfes; from pixelfes.photos.reading import read_photo;"
        "print(len(pixelfes.MediaPipeLandmarks().detect(read_photo(sys.argv[1]).pixels)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PORTRAIT)], capture_output=True, text=True, check=True, timeout=300
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_without_mediapipe_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "pixelfes\[photo\]", or pass landmarks'):
        MediaPipeLandmarks().detect(np.zeros((8, 8, 3), np.uint8))


@pytest.mark.photos
def test_real_photos_upright_and_rolled_have_the_same_points(detector: MediaPipeLandmarks, data: Path) -> None:
    for path in sorted((data / "london" / "smiling").glob("*.jpg"))[:6]:
        pixels = read_photo(path).pixels
        (face,) = detector.detect(pixels)
        rolled, wanted = affine(pixels, face, degrees=40)
        assert distance(detector.detect(rolled)[0], wanted) < 0.02


@pytest.mark.photos
def test_painted_faces_are_found(detector: MediaPipeLandmarks, data: Path) -> None:
    for path in sorted((data / "paintings").glob("*.jpg")):
        assert len(detector.detect(read_photo(path).pixels)) == 1, path.name
