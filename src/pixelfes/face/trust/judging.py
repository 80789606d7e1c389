"""Judge faces: whether they can be changed, or the reason why not.

Convention: image pixels, x right, y down, z away from the camera in the same unit, pixel centres at whole numbers.
"""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.face.landmarks import FaceChoice, LandmarkProvider, choose_faces, eye_distance, find_faces
from pixelfes.face.topology import MOUTH_CORNERS, OVAL
from pixelfes.face.trust.verdicts import Verdict

SMALLEST_EYE_DISTANCE = 12  # pixels
FARTHEST_CORNER = 0.08
"""Distance of a corner of the mouth outside the outline of the face, at most, in distances between the eyes."""
LARGEST_DOUBT = 0.7
LARGEST_COVER = 1.3
"""Thresholds of `_doubt` and of the classifier of covered mouths; docs/hard-photos.md says how they were set."""
COVERED_LIKENESS = 0.5
"""Likeness below which a doubtful face counts as covered."""
UNSTEADY = 4.0
"""Movement from look to look above which the place of a doubtful face counts as unsure, % of the distance between the eyes."""
UNSTEADY_PIXELS = 0.2
"""Movement that counts for nothing, pixels: small faces are less steady."""
MOVEMENTS = (0.3, 30.0)
"""Least and largest movement that the doubt tells apart, % of the distance between the eyes."""
DOUBT = {"movement": 1.107, "score": -21.4, "likeness": -8.69, "unexplained": 4.1, "constant": 25.0}
"""Weights of the doubt about a face, for the logarithm of the movement; docs/hard-photos.md has the formula."""
_SURROUNDINGS = 1.3
"""Reach of the part of the photo that is looked at, from the middle of the face, in sides of its box."""


def judged_faces(provider: LandmarkProvider, pixels: Pixels, face: FaceChoice = "all") -> list[tuple[Array, Verdict]]:
    """Return the landmarks of all faces in a photo, or of the largest one, each with its verdict; largest first.

    Only the faces of a `FaceDetector` are judged; those of other providers are "ok".

    Parameters and errors are those of `find_faces`.
    """
    if not isinstance(provider, FaceDetector):
        return [(points, Verdict.OK) for points in find_faces(provider, pixels, face)]
    faces = choose_faces(provider.faces(pixels), face)
    return [(known.landmarks, judge_face(pixels, known)) for known in faces]


def judge_face(pixels: Pixels, face: DetectedFace) -> Verdict:
    """Return the verdict on a face of a photo (H, W, 3).

    The parts of the verdict: the geometry of the face; how far the landmarks move when the network looks once more; the
    detector's score; how well a linear model of faces explains the lower half; and a classifier of covered mouths.
    """
    from pixelfes.face.trust.mouth_texture import MouthTexture, register_mouth
    from pixelfes.face.trust.texture_model import face_texture_model

    distance = eye_distance(face.landmarks)
    if distance < SMALLEST_EYE_DISTANCE:
        return Verdict.SMALL
    if corner_outside(face.landmarks) > FARTHEST_CORNER * distance:
        return Verdict.TURNED
    texture = MouthTexture.of([register_mouth(pixels, face.landmarks)])
    likeness, cover = (float(values[0]) for values in face_texture_model().likeness_and_cover(texture))
    movement = landmark_movement(pixels, face)
    if cover > LARGEST_COVER:
        return Verdict.COVERED
    if _doubt(movement - 100 * UNSTEADY_PIXELS / distance, face.score, likeness) <= LARGEST_DOUBT:
        return Verdict.OK
    if likeness < COVERED_LIKENESS:
        return Verdict.COVERED
    return Verdict.UNSURE if movement > UNSTEADY else Verdict.NOT_HUMAN


def _doubt(movement: float, score: float, likeness: float) -> float:
    """Return the doubt about a face from movement (%), the detector's score and the likeness to the model."""
    from pixelfes.face.trust.texture_model import EXPLAINED

    values = {
        "movement": float(np.log(np.clip(movement, *MOVEMENTS))),
        "score": score,
        "likeness": likeness,
        "unexplained": max(0.0, EXPLAINED - likeness),
        "constant": 1.0,
    }
    return sum(weight * values[name] for name, weight in DOUBT.items())


def corner_outside(landmarks: Array) -> float:
    """Return how far a corner of the mouth lies outside the outline of the face in the image, pixels."""
    import cv2

    outline = landmarks[list(OVAL), :2].astype(np.float32)
    corners = landmarks[list(MOUTH_CORNERS), :2].tolist()
    return -min(cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in corners)


def landmark_movement(pixels: Pixels, face: DetectedFace) -> float:
    """Return how far the landmarks move when the network looks once more, mean, % of the distance between the eyes."""
    from pixelfes.face.detector.face_look import look_again
    from pixelfes.face.detector.photo_pyramid import PhotoPyramid

    part, x, y = _surroundings(pixels, face.box)
    start = np.array([x, y, 0.0])
    again = look_again(PhotoPyramid(part), face.points - start)
    distances = np.linalg.norm((again + start - face.points)[:468, :2], axis=1)
    return float(100 * distances.mean() / eye_distance(face.landmarks))


def _surroundings(pixels: Pixels, box: FaceBox) -> tuple[Pixels, int, int]:
    """Return the part of a photo around a box, and its column and row."""
    reach = _SURROUNDINGS * box.side
    height, width = pixels.shape[:2]
    left, top = (int(np.clip(v - reach, 0, n - 1)) for v, n in ((box.x, width), (box.y, height)))
    right, bottom = (int(np.clip(v + reach, 0, n - 1)) + 1 for v, n in ((box.x, width), (box.y, height)))
    return pixels[top:bottom, left:right], left, top
