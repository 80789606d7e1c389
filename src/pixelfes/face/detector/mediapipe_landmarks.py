"""Find the 468 landmarks of every face with MediaPipe, whether upright or rolled, large or small.

MediaPipe up to 0.10.21 (Python up to 3.12) has its models in the wheel. Later versions have only the Tasks API, with a model
file that is downloaded once (see `pixelfes.face.detector.mediapipe_model`). One backend for each answers two questions: where
are faces, roughly, and where are the landmarks in an upright crop?

Convention: all coordinates are image pixels, x right, y down, z away from the camera in the same unit; pixel centres are at
whole numbers. MediaPipe's own coordinates go from 0 to 1 between the outer edges of the photo.
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
"""Side of the box that the detectors would draw around a face, in distances between the eyes."""
_SURE_SCORE = 0.88
"""Upright faces score 0.92 and more; faces on their side or upside down score 0.85 and less."""


class _Backend(Protocol):
    """One version of MediaPipe."""

    def boxes(self, pixels: Pixels) -> list[FaceBox]: ...  # pragma: no cover

    def mesh(self, crop: Pixels) -> Array | None: ...  # pragma: no cover


class MediaPipeLandmarks:
    """Finds faces and their landmarks with MediaPipe.

    Each face is first found in the photo, then its landmarks are found in an upright crop of it. So rolled and small faces
    get landmarks as accurate as others. The models are loaded at the first photo. Use an instance in one thread only.

    Raises
    ------
    MissingDependencyError
        If MediaPipe is not installed; raised at the first photo.
    """

    def __init__(self) -> None:
        self._backend: _Backend | None = None

    def __getstate__(self) -> dict[str, None]:
        """Leave out the loaded models: a copy in another process loads its own."""
        return {"_backend": None}

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks (468, 3), image pixels, of every face in an (H, W, 3) RGB photo, largest face first."""
        with _quiet_stderr():
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
    """Return a box for every face, found in the whole photo and in its tiles.

    If there is no box, or an uncertain one, the photo is also searched in its three other orientations. An upside-down face
    may be found as an upright one, with a low score and wrong landmarks. So the box with the highest score is kept.
    """
    boxes = _upright_boxes(backend, pixels)
    if boxes and min(box.score for box in boxes) >= _SURE_SCORE:
        return boxes
    turned = [box for turns in _QUARTER_TURNS for box in _boxes_on_side(backend, pixels, turns)]
    if boxes:
        turned = [box for box in turned if any(box.overlap(other) >= SAME_FACE for other in boxes)]
    return without_repeats(boxes + turned)


def _upright_boxes(backend: _Backend, pixels: Pixels) -> list[FaceBox]:
    """Search the photo as it is, and its tiles; return the boxes in image pixels."""
    boxes = backend.boxes(pixels)
    for rows, columns in tiles(*pixels.shape[:2]):
        part = backend.boxes(np.ascontiguousarray(pixels[rows, columns]))
        boxes += [FaceBox(b.x + columns.start, b.y + rows.start, b.side, b.angle, b.score) for b in part]
    return without_repeats(boxes)


def _boxes_on_side(backend: _Backend, pixels: Pixels, turns: int) -> list[FaceBox]:
    """Search the photo turned anticlockwise by quarter turns; return the boxes in pixels of the photo as it is."""
    boxes = backend.boxes(np.ascontiguousarray(np.rot90(pixels, turns)))
    return [_turned_back(box, turns, pixels.shape) for box in boxes]


def _turned_back(box: FaceBox, turns: int, shape: tuple[int, ...]) -> FaceBox:
    """Return a box of a photo turned anticlockwise by quarter turns in pixels of the photo of this shape."""
    height, width = shape[:2]
    x, y = {1: (width - 1 - box.y, box.x), 2: (width - 1 - box.x, height - 1 - box.y), 3: (box.y, height - 1 - box.x)}[
        turns
    ]
    return FaceBox(x, y, box.side, box.angle + turns * np.pi / 2, box.score)


def _mesh(backend: _Backend, pixels: Pixels, box: FaceBox) -> Array | None:
    """Return the landmarks (468, 3), image pixels, of the face in a box, or None if there is none."""
    crop, to_image = upright_crop(pixels, box)
    points = backend.mesh(crop)
    if points is None:
        return None
    face = np.empty((N_POINTS, 3))
    face[:, :2] = points[:N_POINTS, :2] @ to_image[:, :2].T + to_image[:, 2]
    face[:, 2] = points[:N_POINTS, 2] * np.hypot(*to_image[:, 0])
    return check_landmarks(face)


def _box_of(face: Array) -> FaceBox:
    """Return the box that a detector would draw around a face with these landmarks."""
    right, left = eye_centres(face)
    x, y = face[:N_POINTS, :2].mean(0)
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    return FaceBox(x, y, _BOX_FROM_MESH * eye_distance(face), angle, 1.0)


def _points(landmarks: Any, pixels: Pixels) -> Array:
    """Convert landmarks from MediaPipe's 0 to 1 to pixels (K, 3)."""
    height, width = pixels.shape[:2]
    points = np.array([(p.x * width - 0.5, p.y * height - 0.5, p.z * width) for p in landmarks])
    return np.asarray(points, dtype=np.float64)


class _SolutionsBackend:
    """The legacy API of MediaPipe up to 0.10.21, with models in the wheel."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_detection, face_mesh

        self._detectors = [
            face_detection.FaceDetection(min_detection_confidence=0.5, model_selection=reach) for reach in (0, 1)
        ]
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3
        )
        # It logs when it starts, from a thread of its own: let it do so here, where standard error is quiet.
        self._mesh.process(np.zeros((64, 64, 3), np.uint8))

    def boxes(self, pixels: Pixels) -> list[FaceBox]:
        """Return the boxes of two detectors: short-range, for rolled heads, and full-range, for small faces."""
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
        """Return the landmarks (478, 3) of the face in the crop, in crop pixels, or None."""
        faces = self._mesh.process(crop).multi_face_landmarks
        return _points(faces[0].landmark, crop) if faces else None


class _TasksBackend:
    """The Tasks API of MediaPipe from 0.10.30 on: one landmarker finds faces and their landmarks."""

    def __init__(self, landmarker: Any, image: Any) -> None:
        self._landmarker = landmarker
        self._image = image

    def _detect(self, pixels: Pixels) -> list[Array]:
        result = self._landmarker.detect(self._image(pixels))
        return [_points(face, pixels) for face in result.face_landmarks]

    def boxes(self, pixels: Pixels) -> list[FaceBox]:
        """Return a box around every face that the landmarker finds."""
        return [_box_of(points) for points in self._detect(pixels)]

    def mesh(self, crop: Pixels) -> Array | None:
        """Return the landmarks (478, 3) of the largest face in the crop, in crop pixels, or None."""
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
def _quiet_stderr() -> Iterator[None]:
    """Discard what MediaPipe's C++ code logs to file descriptor 2."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=UserWarning, module="google.protobuf")
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
