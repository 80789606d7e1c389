from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors import safe_open

from pixelfes import FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import MissingDependencyError
from pixelfes.face.detector.box_detection import detect_boxes
from pixelfes.face.detector.face_look import look_at_square
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.face.detector.windows import window_levels
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import face_topology
from pixelfes.photos.reading import read_photo
from record_mediapipe import checksum, pictures
from tests.expression.drawn_faces import affine

PORTRAIT = files("pixelfes") / "assets" / "portrait.jpg"


def distance(found: Array, wanted: Array) -> float:
    """Return the mean distance of landmarks in the image, in distances between the eyes."""
    return float(np.linalg.norm((found - wanted)[:, :2], axis=1).mean() / eye_distance(wanted))


def test_the_portrait_has_one_face_at_its_known_place(detector: FaceDetector, portrait: Pixels) -> None:
    faces = detector.detect(portrait)
    assert len(faces) == 1
    assert faces[0].shape == (468, 3)
    assert faces[0].dtype == np.float64
    eyes = faces[0][[33, 133, 362, 263]].mean(0)
    np.testing.assert_allclose(eyes[:2], [319.5, 265], atol=4)
    assert eye_distance(faces[0]) == pytest.approx(150, rel=0.05)


@pytest.mark.parametrize("degrees", [45.0, -45.0])
def test_a_rolled_head_has_the_same_points(
    degrees: float, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    rolled, wanted = affine(portrait, points, scale=1.3, degrees=degrees)
    assert distance(detector.detect(rolled)[0], wanted) < 0.015


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_on_its_side_or_upside_down_has_the_same_points(
    turns: int, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    side = portrait.shape[0] - 1
    x, y, z = points.T
    wanted = np.stack({1: (y, side - x, z), 2: (side - x, side - y, z), 3: (side - y, x, z)}[turns], axis=1)
    found = detector.detect(np.ascontiguousarray(np.rot90(portrait, turns)))
    assert len(found) == 1
    assert distance(found[0], wanted) < 0.015


@pytest.mark.parametrize("scale", [0.25, 2.5])
def test_a_small_or_large_photo_has_the_same_points(
    scale: float, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    resized, wanted = affine(portrait, points, scale=scale)
    found = detector.detect(resized)[0]
    assert distance(found, wanted) < 0.02
    assert np.abs(found - wanted)[:, 2].mean() < 0.05 * eye_distance(wanted)


def test_a_small_face_in_a_large_photo_is_found(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
    photo = np.full((2600, 3000, 3), 200, np.uint8)
    face, moved = affine(portrait, points, scale=0.25)
    photo[1900 : 1900 + face.shape[0], 2300 : 2300 + face.shape[1]] = face
    found = detector.detect(photo)
    assert len(found) == 1
    assert distance(found[0], moved + np.array([2300, 1900, 0])) < 0.03


def test_all_faces_of_a_group_are_found_largest_first(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
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


def test_a_photo_without_a_face_gives_an_empty_list(detector: FaceDetector) -> None:
    assert detector.detect(np.full((240, 320, 3), 128, np.uint8)) == []


def test_a_photo_of_one_pixel_has_no_face(detector: FaceDetector) -> None:
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []


def test_detection_does_not_change_the_photo(detector: FaceDetector, portrait: Pixels) -> None:
    before = portrait.copy()
    detector.detect(portrait)
    np.testing.assert_array_equal(portrait, before)


def test_nothing_is_written_to_the_terminal() -> None:
    code = (
        "import sys, pixelfes; from pixelfes.photos.reading import read_photo;"
        "print(len(pixelfes.FaceDetector().detect(read_photo(sys.argv[1]).pixels)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PORTRAIT)], capture_output=True, text=True, check=True, timeout=300
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize("module", ["cv2", "onnxruntime"])
def test_without_the_extra_the_error_names_it(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError, match=r'pip install "pixelfes\[photo\]"'):
        FaceDetector().detect(np.zeros((8, 8, 3), np.uint8))


def test_a_face_is_known_with_its_irises_score_and_pose(detector: FaceDetector, portrait: Pixels) -> None:
    (face,) = detector.faces(portrait)
    assert face.points.shape == (478, 3)
    np.testing.assert_array_equal(face.landmarks, face.points[:468])
    for iris, eye in ((slice(468, 473), (33, 133)), (slice(473, 478), (362, 263))):
        middle = face.points[list(eye)].mean(0)
        assert np.linalg.norm((face.points[iris].mean(0) - middle)[:2]) < 0.1 * eye_distance(face.points)
    assert face.score == face.box.score > 0.9
    assert face.presence > 0.99
    assert np.abs(face.pose.angles).max() < 5


@pytest.mark.parametrize("degrees", [-60.0, 25.0, 120.0])
def test_the_roll_of_a_head_is_that_of_the_photo(
    degrees: float, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    rolled, _ = affine(portrait, points, degrees=degrees)
    (face,) = detector.faces(rolled)
    turn = np.degrees(face.box.angle) - face.pose.angles[2]
    assert abs((turn + 180) % 360 - 180) < 5
    assert abs(abs(face.pose.angles[2]) - abs(degrees)) < 5


def test_every_face_of_a_sheet_is_found_once(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
    face, _ = affine(portrait, points, scale=0.11)  # 70 pixels, with a head of 48
    sheet = np.tile(face, (9, 12, 1))
    found = detector.faces(sheet)
    assert len(found) == 9 * 12
    places = {(round(f.box.x // face.shape[1]), round(f.box.y // face.shape[0])) for f in found}
    assert len(places) == 9 * 12


def test_a_face_seen_in_a_face_is_not_a_second_one(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
    for scale in (2.0, 3.0, 4.0):
        large, _ = affine(portrait, points, scale=scale)
        assert len(detector.detect(large)) == 1


def test_small_faces_of_a_large_photo_are_found_on_request(portrait: Pixels, points: Array) -> None:
    small, _ = affine(portrait, points, scale=0.07)
    large, _ = affine(portrait, points, scale=2.0)
    photo = np.full((1400, 2400, 3), 190, np.uint8)
    photo[: large.shape[0], : large.shape[1]] = large
    photo[700 : 700 + small.shape[0], 2000 : 2000 + small.shape[1]] = small
    assert len(FaceDetector().detect(photo)) == 1
    assert len(FaceDetector(small_faces=True).detect(photo)) == 2


@pytest.mark.parametrize("shape", [(32767, 1), (1, 40000), (40000, 60), (8, 8), (200, 33000)])
def test_photos_of_any_sides_are_searched(shape: tuple[int, int], detector: FaceDetector) -> None:
    assert detector.detect(np.full((*shape, 3), 90, np.uint8)) == []


def test_a_face_in_a_long_panorama_is_found(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
    face, wanted = affine(portrait, points, scale=0.4)
    photo = np.full((300, 34000, 3), 190, np.uint8)
    photo[20 : 20 + face.shape[0], 33000 : 33000 + face.shape[1]] = face
    (found,) = detector.detect(photo)
    assert distance(found, wanted + np.array([33000, 20, 0])) < 0.02


def test_threads_share_a_detector(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
    photos = [affine(portrait, points, scale=scale)[0] for scale in (0.3, 0.5, 0.7, 1.0)] * 4
    alone = [detector.detect(photo) for photo in photos]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(detector.detect, photos))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_detector_can_be_sent_to_another_process(portrait: Pixels) -> None:
    copy = pickle.loads(pickle.dumps(FaceDetector(small_faces=True)))  # noqa: S301 - it was made here
    assert copy.small_faces
    assert len(copy.detect(portrait)) == 1


def test_landmarks_are_symmetric_on_a_mirrored_photo(detector: FaceDetector, portrait: Pixels, points: Array) -> None:
    mirrored = detector.detect(np.ascontiguousarray(portrait[:, ::-1]))[0][face_topology().mirror]
    mirrored[:, 0] = portrait.shape[1] - 1 - mirrored[:, 0]
    assert np.abs((points - mirrored)[:, 0].mean()) < 0.012 * eye_distance(points)  # 0.025 if counted from the centre


def test_the_networks_give_the_landmarks_of_mediapipe() -> None:
    """The same box and the same square as in MediaPipe; its numbers were recorded by scripts/record_mediapipe.py."""
    recorded = Path(__file__).parent / "mediapipe-0.10.21.safetensors"
    with safe_open(recorded, "numpy") as file:
        expected, metadata = file.get_tensor("landmarks").astype(np.float64), file.metadata()
    shown = pictures()
    assert checksum(shown) == metadata["pictures_sha256"]
    errors = []
    for picture, face in zip(shown, expected, strict=True):
        photo = PhotoPyramid(picture, smooth=False)
        height, width = picture.shape[:2]
        (window,) = window_levels(height, width, height / 8)[0]
        box = detect_boxes(photo, window)[0]
        found, presence = look_at_square(photo, box, 1.5 * box.side, edge=0.0)
        assert presence > 0.99
        errors.append(100 * np.linalg.norm((found - face)[:, :2], axis=1) / eye_distance(face))
    opencv_4 = int(cv2.__version__.split(".")[0]) < 5
    assert np.mean(errors) < (0.004 if opencv_4 else 0.2)
    assert np.max(errors) < (0.05 if opencv_4 else 2.0)


@pytest.mark.photos
def test_real_photos_upright_and_rolled_have_the_same_points(detector: FaceDetector, data: Path) -> None:
    for path in sorted((data / "london" / "smiling").glob("*.jpg"))[:6]:
        pixels = read_photo(path).pixels
        (face,) = detector.detect(pixels)
        rolled, wanted = affine(pixels, face, degrees=40)
        assert distance(detector.detect(rolled)[0], wanted) < 0.02


@pytest.mark.photos
def test_painted_faces_are_found(detector: FaceDetector, data: Path) -> None:
    for path in sorted((data / "paintings").glob("*.jpg")):
        assert len(detector.detect(read_photo(path).pixels)) == 1, path.name
