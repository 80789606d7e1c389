"""Faces as networks want them: cut out of a photo, upright, at a fixed size.

Convention: a *crop frame* maps the pixels of a crop to those of the photo, ``photo = frame @ (x, y, 1)``, (2, 3), pixel
centres at whole numbers in both.
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.landmarks import eye_centres
from pixelfes.face.topology import MOUTH_CORNERS

ARCFACE_SIZE = 112
ARCFACE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where ArcFace's crops of 112 pixels have the right eye, the left eye, the tip of the nose and the corners of the mouth."""

_NOSE_TIP = 4


def upright(landmarks: Array) -> tuple[Array, Array, float]:
    """Return the middle between the eyes (2,), the directions to the left eye and down the face (2, 2), and the eyes' distance.

    Directions are the columns, each of length 1; all in image pixels.
    """
    right, left = (eye[:2] for eye in eye_centres(landmarks))
    distance = max(float(np.linalg.norm(left - right)), 1e-6)
    x, y = (left - right) / distance
    return (left + right) / 2, np.array([[x, -y], [y, x]]), distance


def square_frame(landmarks: Array, size: int, margin: float) -> Array:
    """Return the frame (2, 3) of a square around a face, eyes level.

    Its middle is that of the box around the landmarks, turned until the eyes are level; its side is ``margin`` times the
    longer side of that box.
    """
    _, directions, _ = upright(landmarks)
    turned = landmarks[:, :2] @ directions
    low, high = turned.min(0), turned.max(0)
    step = margin * float((high - low).max()) / size
    corner = (low + high) / 2 - step * (size - 1) / 2
    return np.column_stack([step * directions, directions @ corner])


def arcface_frame(landmarks: Array, size: int = ARCFACE_SIZE) -> Array:
    """Return the frame (2, 3) of an ArcFace crop: the similarity that brings five points closest to where they belong.

    Minimises ``Σ ||A p_k + b - q_k||²`` over rotations with a scale A and offsets b, p in the photo and q in the crop.

    References
    ----------
    Deng, Guo, Xue and Zafeiriou, "ArcFace", CVPR 2019; the points are those of its released code.
    """
    right, left = (eye[:2] for eye in eye_centres(landmarks))
    points = np.array([right, left, landmarks[_NOSE_TIP, :2], *landmarks[list(MOUTH_CORNERS), :2]])
    wanted = (ARCFACE_POINTS + 0.5) * (size / ARCFACE_SIZE) - 0.5
    centre, middle = points.mean(0), wanted.mean(0)
    # As complex numbers a similarity is one factor: the least squares are one quotient.
    p, q = (values @ np.array([1, 1j]) for values in (points - centre, wanted - middle))
    factor = (p.conj() @ q) / max(float((p.conj() @ p).real), 1e-12)
    back = 1 / factor if abs(factor) > 1e-12 else 1.0
    matrix = np.array([[back.real, -back.imag], [back.imag, back.real]])
    return np.column_stack([matrix, centre - matrix @ middle])


def cut(pixels: Pixels, frame: Array, size: int) -> Pixels:
    """Return the crop (size, size, 3) uint8 of a photo; beyond its border the outermost pixels go on.

    The photo is blurred first where the crop is coarser than its pixels.
    """
    step = float(np.sqrt(abs(np.linalg.det(frame[:, :2]))))
    reach = int(np.ceil(3 * step)) + 2
    corners = np.array([[0, 0, 1], [size - 1, 0, 1], [0, size - 1, 1], [size - 1, size - 1, 1]]) @ frame.T
    limit = np.array(pixels.shape[1::-1])
    low = np.clip(np.floor(corners.min(0)).astype(int) - reach, 0, limit - 1)
    high = np.clip(np.ceil(corners.max(0)).astype(int) + reach, low + 1, limit)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    if step > 1:
        part = cv2.GaussianBlur(part, (0, 0), 0.4 * float(np.sqrt(step**2 - 1)) + 1e-3)
    matrix = frame - np.column_stack([np.zeros((2, 2)), low])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(part, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
