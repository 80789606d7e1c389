"""How steady a film is: jitter of the mouth, flicker of pixels, lag of filtered landmarks.

Convention: frames are (H, W, 3) uint8; landmarks (T, 468, 3) in image pixels, one row for each frame; times in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pixelfes.arrays import Array, Booleans, Pixels
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.detector.face_look import look_from
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import INNER_MOUTH, MOUTH_CORNERS, OUTER_MOUTH, OVAL

MOUTH = tuple(sorted({*INNER_MOUTH, *OUTER_MOUTH}))
LAGS = np.linspace(-0.05, 0.2, 251)


def followed_landmarks(frames: Sequence[Pixels], start: Array) -> Array:
    """Return the unfiltered landmarks (T, 468, 3) of every frame: the network looks where they were in the last one."""
    points, found = start, []
    for frame in frames:
        points, _ = look_from(PhotoPyramid(frame), points)
        found.append(points[:468])
    return np.array(found)


def jitter(landmarks: Array) -> float:
    """Return the second difference over time of the mouth's landmarks: root mean square, % of the distance between the eyes."""
    mouth = landmarks[:, list(MOUTH), :2]
    bend = mouth[2:] - 2 * mouth[1:-1] + mouth[:-2]
    unit = float(np.mean([eye_distance(points) for points in landmarks]))
    return 100 * float(np.sqrt((bend**2).sum(-1).mean())) / unit


def flicker(frames: Sequence[Pixels], region: Booleans) -> float:
    """Return the standard deviation over time of the pixels of a region (H, W), mean over pixels and channels, levels."""
    values = np.array([frame[region] for frame in frames], np.float32)
    return float(values.std(0).mean())


def face_region(landmarks: Array, shape: tuple[int, ...]) -> Booleans:
    """Return the pixels (H, W) inside the outline of a face (468, 3)."""
    inside = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(landmarks[list(OVAL), :2]).astype(np.int32)], 1)
    return inside > 0


def lag(truth: Array, filtered: Array, times: Array) -> float:
    """Return by how many seconds the width of the mouth of filtered landmarks follows that of the true ones.

    It is the shift that minimises the squared difference, after mean and scale are fitted.
    """
    wanted, found = (np.array([_mouth_width(points) for points in track]) for track in (truth, filtered))
    inside = (times >= times[0] + LAGS.max()) & (times <= times[-1] + LAGS.min())
    errors = []
    for shift in LAGS:
        columns = np.column_stack([np.interp(times[inside] - shift, times, wanted), np.ones(int(inside.sum()))])
        errors.append(float(np.square(columns @ np.linalg.lstsq(columns, found[inside])[0] - found[inside]).sum()))
    return float(LAGS[int(np.argmin(errors))])


def _mouth_width(landmarks: Array) -> float:
    shape = HeadPose.of(landmarks, mean_face()).to_canonical(landmarks)
    right, left = shape[list(MOUTH_CORNERS)]
    return float(left[0] - right[0])
