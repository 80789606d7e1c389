"""Draw where faces were found: for people who want to see what the detector sees."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.detected_face import DetectedFace

_BOX_COLOUR = (255, 170, 0)
_REFUSED_COLOUR = (230, 40, 40)
_POINT_COLOUR = (0, 220, 90)
_FRACTION_BITS = 4
"""OpenCV draws between pixels, in units of 1/16."""


def draw_faces(pixels: Pixels, faces: Sequence[DetectedFace], is_trusted: Sequence[bool]) -> Pixels:
    """Return a photo (H, W, 3) with the box, the number (from 1, largest first) and the landmarks of every face.

    Boxes of faces that are not trusted are red.
    """
    drawing = np.ascontiguousarray(pixels).copy()
    for number, (face, trusted) in enumerate(zip(faces, is_trusted, strict=True), start=1):
        colour = _BOX_COLOUR if trusted else _REFUSED_COLOUR
        width = max(1, round(face.box.side / 150))
        for corner in _fixed(face.points[:, :2]):
            cv2.circle(
                drawing, corner, round(width * 0.8 * 2**_FRACTION_BITS), _POINT_COLOUR, -1, cv2.LINE_AA, _FRACTION_BITS
            )
        outline = _corners(face.box)
        cv2.polylines(drawing, [np.array(_fixed(outline), np.int32)], True, colour, width, cv2.LINE_AA, _FRACTION_BITS)
        corner = (round(outline[0, 0]), round(outline[0, 1]) - 2 * width)
        cv2.putText(drawing, str(number), corner, cv2.FONT_HERSHEY_SIMPLEX, face.box.side / 250, colour, width)
    return drawing


def _corners(box: FaceBox) -> Array:
    cos, sin = np.cos(box.angle) * box.side / 2, np.sin(box.angle) * box.side / 2
    offsets = np.array(
        [[-cos + sin, -sin - cos], [cos + sin, sin - cos], [cos - sin, sin + cos], [-cos - sin, -sin + cos]]
    )
    return np.asarray(offsets + np.array([box.x, box.y]))


def _fixed(points: Array) -> list[tuple[int, int]]:
    return [(round(x * 2**_FRACTION_BITS), round(y * 2**_FRACTION_BITS)) for x, y in points.tolist()]
