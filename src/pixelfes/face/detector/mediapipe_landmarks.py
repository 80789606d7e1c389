"""Landmarks from MediaPipe: the 468-point face mesh of every face, upright or rolled, large or small.

MediaPipe up to 0.10.21 (Python up to 3.12) carries its models in the wheel; later ones have the Tasks API only, and a model
file that is fetched once (see `pixelfes.face.detector.mediapipe_model`). Both stand behind the same two questions here: roughly
where are faces, and where are the points in this upright crop.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.extras import extra_module
from pixelfes.face.detector.tiles import SAME_FACE, FaceBox, tiles, upright_crop, without_repeats
from pixelfes.face.landmarks import check_landmarks, eye_centres, eye_distance
from pixelfes.face.topology import N_POINTS

_QUARTER_TURNS = (1, 3, 2)
_BOX_FROM_MESH = 2.9
"""Side of the box that the detectors would draw, in distances between the eyes."""
_SURE = 0.88
"""Score that upright faces exceed (0.92 and more), and those on their side or head do not (0.85 and less)."""


class _Backend(Protocol):
    def boxes(self, pixels: Pixels) -> list[FaceBox]: ...  # pragma: no cover

    def mesh(self, crop: Pixels) -> Array | None: ...  # pragma: no cover


class MediaPipeLandmarks:
    """Finds faces and their 468 points with MediaPipe; models are loaded at the first photo and kept.

    Every face is looked at twice: once to find it, once in an upright crop of its own, so that rolled and small faces get
    points as good as others. Not for use by several threads at a time.

    Raises
    ------
    MissingDependencyError
        At the first photo, where MediaPipe is not installed.
    """

    def __init__(self) -> None:
        self._backend: _Backend | None = None

    def __getstate__(self) -> dict[str, None]:
        """Leave the loaded models behind: a copy in another process loads its own."""
        return {"_backend": None}

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks (468, 3), image pixels, of every face in an (H, W, 3) RGB photo, largest face first."""
        with _quiet():
            if self._backend is None:
                self._backend = _load_backend()
            faces = self._faces(self._backend, pixels)
        return sorted(faces, key=eye_distance, reverse=True)

    def _faces(self, backend: _Backend, pixels: Pixels) -> list[Array]:
        kept: list[Array] = []
        for box in _search(backend, pixels):
            face = _mesh(backend, pixels, box)
            if face is not None and all(_box_of(face).overlap(_box_of(other)) < SAME_FACE for other in kept):
                kept.append(face)
        return kept


def _search(backend: _Backend, pixels: Pixels) -> list[FaceBox]:
    """Look at the photo as a whole and in tiles; where that finds nothing for sure, at it on its side and on its head.

    A face on its head is found upright too, with little confidence and all its points wrong: the surer box stays.
    """
    boxes = backend.boxes(pixels)
    for rows, columns in tiles(*pixels.shape[:2]):
        part = backend.boxes(np.ascontiguousarray(pixels[rows, columns]))
        boxes += [FaceBox(b.x + columns.start, b.y + rows.start, b.side, b.angle, b.score) for b in part]
    boxes = without_repeats(boxes)
    if boxes and min(box.score for box in boxes) >= _SURE:
        return boxes
    turned = [box for turns in _QUARTER_TURNS for box in _boxes_on_side(backend, pixels, turns)]
    return without_repeats(
        boxes + [box for box in turned if not boxes or any(box.overlap(b) >= SAME_FACE for b in boxes)]
    )


def _boxes_on_side(backend: _Backend, pixels: Pixels, turns: int) -> list[FaceBox]:
    """Return the boxes found in the photo turned anticlockwise by quarter turns, in the photo itself."""
    boxes = backend.boxes(np.ascontiguousarray(np.rot90(pixels, turns)))
    return [_turned_back(box, turns, pixels.shape) for box in boxes]


def _turned_back(box: FaceBox, turns: int, shape: tuple[int, ...]) -> FaceBox:
    """Take a box from a photo turned anticlockwise by quarter turns to the photo itself."""
    height, width = shape[:2]
    x, y = {1: (width - 1 - box.y, box.x), 2: (width - 1 - box.x, height - 1 - box.y), 3: (box.y, height - 1 - box.x)}[
        turns
    ]
    return FaceBox(x, y, box.side, box.angle + turns * np.pi / 2, box.score)


def _mesh(backend: _Backend, pixels: Pixels, box: FaceBox) -> Array | None:
    crop, to_image = upright_crop(pixels, box)
    points = backend.mesh(crop)
    if points is None:
        return None
    face = np.empty((N_POINTS, 3))
    face[:, :2] = points[:N_POINTS, :2] @ to_image[:, :2].T + to_image[:, 2]
    face[:, 2] = points[:N_POINTS, 2] * np.hypot(*to_image[:, 0])
    return check_landmarks(face)


def _box_of(face: Array) -> FaceBox:
    """Return the box that a detector would draw around a face whose points are known."""
    right, left = eye_centres(face)
    x, y = face[:N_POINTS, :2].mean(0)
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    return FaceBox(x, y, _BOX_FROM_MESH * eye_distance(face), angle, 1.0)


def _points(landmarks: Any, pixels: Pixels) -> Array:
    """Return normalised landmarks in pixels; MediaPipe's 0 and 1 are the photo's outer edges, ours pixel centres."""
    height, width = pixels.shape[:2]
    points = np.array([(p.x * width - 0.5, p.y * height - 0.5, p.z * width) for p in landmarks])
    return np.asarray(points, dtype=np.float64)


class _SolutionsBackend:
    """The legacy API of MediaPipe up to 0.10.21: models inside the wheel."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_detection, face_mesh

        self._detectors = [
            face_detection.FaceDetection(min_detection_confidence=0.5, model_selection=reach) for reach in (0, 1)
        ]
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3
        )

    def boxes(self, pixels: Pixels) -> list[FaceBox]:
        """Ask the short-range detector, which knows rolled heads, and the full-range one, which sees small faces."""
        height, width = pixels.shape[:2]
        found = []
        for detector in self._detectors:
            for detection in detector.process(pixels).detections or []:
                data = detection.location_data
                box = data.relative_bounding_box
                right, left = data.relative_keypoints[0], data.relative_keypoints[1]
                angle = np.arctan2((left.y - right.y) * height, (left.x - right.x) * width)
                side = max(box.width * width, box.height * height)
                x, y = (box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height
                found.append(FaceBox(x, y, side, float(angle), float(detection.score[0])))
        return found

    def mesh(self, crop: Pixels) -> Array | None:
        """Return the points of the face in the crop, in crop pixels."""
        faces = self._mesh.process(crop).multi_face_landmarks
        return _points(faces[0].landmark, crop) if faces else None


class _TasksBackend:
    """The Tasks API, from MediaPipe 0.10.30 on: one landmarker finds faces and points."""

    def __init__(self, landmarker: Any, image: Any) -> None:
        self._landmarker = landmarker
        self._image = image

    def _detect(self, pixels: Pixels) -> list[Array]:
        result = self._landmarker.detect(self._image(pixels))
        return [_points(face, pixels) for face in result.face_landmarks]

    def boxes(self, pixels: Pixels) -> list[FaceBox]:
        """Return a box around every face whose points the landmarker gives."""
        return [_box_of(points) for points in self._detect(pixels)]

    def mesh(self, crop: Pixels) -> Array | None:
        """Return the points of the largest face in the crop, in crop pixels."""
        return max(self._detect(crop), key=eye_distance, default=None)


def _load_tasks_backend() -> _TasksBackend:
    import mediapipe
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    from pixelfes.face.detector.mediapipe_model import landmarker_model

    options = vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(landmarker_model())),
        num_faces=32,
        min_face_detection_confidence=0.3,
    )

    def image(pixels: Pixels) -> Any:
        return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels))

    return _TasksBackend(vision.FaceLandmarker.create_from_options(options), image)


def _load_backend() -> _Backend:
    os.environ.setdefault("GLOG_minloglevel", "2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mediapipe = extra_module("photo", "mediapipe")
        return _SolutionsBackend() if hasattr(mediapipe, "solutions") else _load_tasks_backend()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log lines that MediaPipe's C++ code writes to file descriptor 2 out of the user's terminal."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # no standard error at all: nothing to keep clean
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=UserWarning, module="google.protobuf")
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
