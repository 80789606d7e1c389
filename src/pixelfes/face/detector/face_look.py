"""Find the landmarks of one face.

Convention: image pixels, x right, y down, z away from the camera in the same unit, pixel centres at whole numbers.
"""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.networks import PICTURE_SIDES, run_network
from pixelfes.face.detector.photo_pyramid import PhotoPyramid, square_map
from pixelfes.face.landmarks import eye_centres, eye_distance

_SQUARE_FROM_BOX = 1.5
"""Side of the square that the network of landmarks looks at, in sides of a detector's box."""
_SQUARE_FROM_LANDMARKS = 3.8
"""The same in distances between the eyes; this side gives the steadiest points (docs/landmarks.md)."""
_BOX_FROM_LANDMARKS = 2.9
"""Side of the box that a detector would draw around a face, in distances between the eyes."""
_EDGE = 0.5
"""The network counts from the outer edge of its picture, half a pixel before the centre of the first one."""


def find_landmarks(photo: PhotoPyramid, box: FaceBox) -> tuple[Array, float]:
    """Return the landmarks (478, 3) of the face in a box, and the presence of a face from 0 to 1.

    The network looks twice: at the square of the box, and then at the square that follows from the first points. The second
    points are steadier, because they depend less on the box.
    """
    points, _ = look_at_square(photo, box, _SQUARE_FROM_BOX * box.side)
    return look_from(photo, points)


def look_again(photo: PhotoPyramid, points: Array) -> Array:
    """Return the landmarks (478, 3) that the network finds in the square that follows from some (468 or more, 3)."""
    return look_from(photo, points)[0]


def look_from(photo: PhotoPyramid, points: Array) -> tuple[Array, float]:
    """Return what `look_again` does, and the presence of a face from 0 to 1."""
    box = box_of(points, 1.0)
    return look_at_square(photo, box, _SQUARE_FROM_LANDMARKS / _BOX_FROM_LANDMARKS * box.side)


def box_of(points: Array, score: float) -> FaceBox:
    """Return the box that a detector would draw around a face with these landmarks."""
    right, left = eye_centres(points)
    x, y = points[:468, :2].mean(0).tolist()
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    return FaceBox(x, y, _BOX_FROM_LANDMARKS * eye_distance(points), angle, score)


def look_at_square(photo: PhotoPyramid, box: FaceBox, side: float, *, edge: float = _EDGE) -> tuple[Array, float]:
    """Return the landmarks (478, 3) and the presence that the network sees in an upright square.

    Parameters
    ----------
    photo : PhotoPyramid
    box : FaceBox
        Its middle and roll are those of the square.
    side : float
        Side of the square, image pixels.
    edge : float
        Where the network's coordinates begin, in pixels of its picture before the centre of the first one. MediaPipe takes 0.
    """
    size = PICTURE_SIDES["face_landmarks"]
    to_image = square_map(box.x, box.y, side, box.angle, size)
    points, presence = run_network("face_landmarks", photo.picture(to_image, size))
    landmarks = np.empty(points.shape)
    landmarks[:, :2] = (points[:, :2] - edge) @ to_image[:, :2].T + to_image[:, 2]
    landmarks[:, 2] = points[:, 2] * (side / size)
    return landmarks, float(presence[0])
