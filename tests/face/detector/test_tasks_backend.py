"""The backend for MediaPipe's Tasks API, with a landmarker that takes white discs for faces."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from pixelfes.arrays import Array, Pixels
from pixelfes.face.detector import mediapipe_landmarks
from pixelfes.face.detector.mediapipe_landmarks import MediaPipeLandmarks, _load_tasks_backend, _TasksBackend
from pixelfes.face.landmarks import eye_centres, eye_distance

RADIUS_IN_EYE_DISTANCES = 1.5


class DiscLandmarker:
    """A landmarker with the interface of MediaPipe's that returns landmarks for every white disc."""

    def __init__(self, shape: Array) -> None:
        right, left = eye_centres(shape)
        self.shape = (shape - (right + left) / 2) / eye_distance(shape)

    def detect(self, pixels: Pixels) -> Any:
        height, width = pixels.shape[:2]
        white = (pixels[..., 1] > 127).astype(np.uint8)
        count, _, stats, middles = cv2.connectedComponentsWithStats(white)
        faces = []
        for n in range(1, count):
            unit = stats[n, cv2.CC_STAT_WIDTH] / 2 / RADIUS_IN_EYE_DISTANCES
            points = self.shape * unit + [*middles[n], 0]
            faces.append(
                [
                    SimpleNamespace(x=(x + 0.5) / width, y=(y + 0.5) / height, z=z / width)
                    for x, y, z in np.concatenate([points, points[:10]])
                ]
            )
        return SimpleNamespace(face_landmarks=faces)


@pytest.fixture
def provider(points: Array, monkeypatch: pytest.MonkeyPatch) -> MediaPipeLandmarks:
    backend = _TasksBackend(DiscLandmarker(points), lambda pixels: pixels)
    monkeypatch.setattr(mediapipe_landmarks, "_load_backend", lambda: backend)
    return MediaPipeLandmarks()


def discs(shape: tuple[int, int], *circles: tuple[int, int, int]) -> Pixels:
    photo = np.zeros((*shape, 3), np.uint8)
    for x, y, radius in circles:
        cv2.circle(photo, (x, y), radius, (255, 255, 255), -1)
    return photo


def test_the_tasks_backend_returns_landmarks_in_image_pixels(provider: MediaPipeLandmarks) -> None:
    (face,) = provider.detect(discs((300, 500), (320, 140, 60)))
    assert face.shape == (468, 3)
    right, left = eye_centres(face)
    np.testing.assert_allclose((right + left)[:2] / 2, [320, 140], atol=1)
    assert eye_distance(face) == pytest.approx(60 / RADIUS_IN_EYE_DISTANCES, rel=0.05)


def test_the_tasks_backend_returns_every_face_once_largest_first(provider: MediaPipeLandmarks) -> None:
    faces = provider.detect(discs((900, 1600), (200, 300, 50), (800, 400, 120), (1400, 600, 80)))
    assert [round(float(eye_centres(face)[0][0]) / 100) for face in faces] == [8, 14, 2]


def test_the_tasks_backend_finds_nothing_in_a_black_photo(provider: MediaPipeLandmarks) -> None:
    assert provider.detect(discs((100, 100))) == []


def test_the_tasks_backend_is_used_if_mediapipe_has_no_solutions(
    points: Array, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    asked = {}

    def create(options: Any) -> DiscLandmarker:
        asked.update(options)
        return DiscLandmarker(points)

    vision = SimpleNamespace(
        FaceLandmarkerOptions=lambda **options: options, FaceLandmarker=SimpleNamespace(create_from_options=create)
    )
    tasks = SimpleNamespace(BaseOptions=lambda **options: options, vision=vision)
    mediapipe = SimpleNamespace(
        Image=lambda image_format, data: data,
        ImageFormat=SimpleNamespace(SRGB="srgb"),
        tasks=SimpleNamespace(python=tasks),
    )
    for name, module in {
        "mediapipe": mediapipe,
        "mediapipe.tasks": mediapipe.tasks,
        "mediapipe.tasks.python": tasks,
        "mediapipe.tasks.python.vision": vision,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    path = tmp_path / "face_landmarker.task"
    monkeypatch.setattr("pixelfes.face.detector.mediapipe_model.landmarker_model", lambda: path)
    assert len(MediaPipeLandmarks().detect(discs((300, 500), (320, 140, 60)))) == 1
    assert asked["base_options"] == {"model_asset_path": str(path)}
    assert isinstance(_load_tasks_backend(), _TasksBackend)
