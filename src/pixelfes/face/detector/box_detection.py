"""Find faces in a square window of a photo.

Convention: image pixels, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pixelfes.arrays import Array
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.networks import PICTURE_SIDES, run_network
from pixelfes.face.detector.photo_pyramid import PhotoPyramid, square_map
from pixelfes.face.detector.windows import Window

_LEAST_SCORE = 0.5
"""MediaPipe's own; it also decides which boxes are averaged."""
_SQUARE_MARGINS = (1.9, 1.43)
"""Sides of the upright squares in which a face is seen well, in sides of its box."""
_SURE = 0.9
_MIDDLE = 0.25
"""Distance of a box from the middle of such a square, at most, in sides of the square."""
_PICTURE = PICTURE_SIDES["face_detector_short"]
_SAME_BOX = 0.3
"""Intersection over union from which on boxes are averaged."""
_CENTRE, _SIZE, _RIGHT_EYE, _LEFT_EYE = range(4)


def detect_boxes(photo: PhotoPyramid, window: Window, turns: int = 0) -> list[FaceBox]:
    """Return the boxes of the faces that the detector sees in a window, highest score first.

    What lies outside the photo is black. A box that an inner edge of the window cuts is left to the next window.

    Parameters
    ----------
    photo : PhotoPyramid
    window : Window
    turns : int
        Quarter turns by which the heads are rolled clockwise.

    References
    ----------
    V. Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019: the weighted suppression.
    """
    square = FaceBox(window.x + window.side / 2, window.y + window.side / 2, window.side, turns * np.pi / 2, 1.0)
    boxes = _boxes_in(photo, square)
    return [box for box in boxes if not window.cuts(box, photo.height, photo.width)]


def closer_box(photo: PhotoPyramid, box: FaceBox) -> FaceBox | None:
    """Return the box of the face in the middle of an upright square around a box, or None if there is none.

    It is better than a box found in a large window, which may average the boxes of neighbours.
    """
    for margin in _SQUARE_MARGINS:
        square = replace(box, side=margin * box.side)
        near = [found for found in _boxes_in(photo, square) if _is_in_middle(found, square)]
        if near:
            return near[0]
    return None


def face_score(photo: PhotoPyramid, box: FaceBox) -> float:
    """Return how sure the detector is that an upright face fills a box, from 0 to 1.

    If the wider square around the box leaves it unsure, the narrower one is scored too, and the larger score counts.
    """
    wide, narrow = _SQUARE_MARGINS
    score = _score(photo, box, wide)
    return score if score >= _SURE else max(score, _score(photo, box, narrow))


def _score(photo: PhotoPyramid, box: FaceBox, margin: float) -> float:
    boxes, scores = _run(photo, square_map(box.x, box.y, margin * box.side, box.angle, _PICTURE))
    in_middle = (np.abs(boxes[:, _CENTRE] - 0.5) < _MIDDLE).all(1)
    return float(scores[in_middle].max())


def _boxes_in(photo: PhotoPyramid, square: FaceBox) -> list[FaceBox]:
    """Return the boxes that the detector sees in an upright square, highest score first."""
    to_image = square_map(square.x, square.y, square.side, square.angle, _PICTURE)
    points, scores = _run(photo, to_image)
    seen = scores >= _LEAST_SCORE
    return [_face_box(box * _PICTURE, score, to_image) for box, score in _averaged(points[seen], scores[seen])]


def _run(photo: PhotoPyramid, to_image: Array) -> tuple[Array, Array]:
    """Return the boxes (896, 8, 2) that the detector proposes in a picture, in its sides, and their scores (896,)."""
    picture = photo.picture(to_image, _PICTURE, border=cv2.BORDER_CONSTANT)
    points, scores = run_network("face_detector_short", picture)
    return points.astype(np.float64), scores.astype(np.float64)


def _averaged(boxes: Array, scores: Array) -> list[tuple[Array, float]]:
    """Average boxes (K, 8, 2) that overlap the one with the highest score, weighted by their scores; then the next."""
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    found = []
    while len(scores):
        group = _overlaps(boxes) > _SAME_BOX
        group[0] = True
        mean = np.average(boxes[group], axis=0, weights=scores[group])
        found.append((mean, float(scores[0])))
        boxes, scores = boxes[~group], scores[~group]
    return found


def _overlaps(boxes: Array) -> Array:
    """Return the intersection over union of the first box with each."""
    low = boxes[:, _CENTRE] - boxes[:, _SIZE] / 2
    high = boxes[:, _CENTRE] + boxes[:, _SIZE] / 2
    both = np.clip(np.minimum(high, high[0]) - np.maximum(low, low[0]), 0, None).prod(1)
    areas = boxes[:, _SIZE].prod(1)
    return np.asarray(both / np.maximum(areas + areas[0] - both, np.finfo(float).tiny))


def _face_box(box: Array, score: float, to_image: Array) -> FaceBox:
    """Return the square around a box in a picture, rolled along the line between the eyes, in image pixels."""
    linear = to_image[:, :2]
    x, y = linear @ (box[_LEFT_EYE] - box[_RIGHT_EYE])
    centre_x, centre_y = (linear @ box[_CENTRE] + to_image[:, 2]).tolist()
    side = float(box[_SIZE].max() * np.hypot(*linear[:, 0]))
    return FaceBox(centre_x, centre_y, side, float(np.arctan2(y, x)), score)


def _is_in_middle(box: FaceBox, square: FaceBox) -> bool:
    return max(abs(box.x - square.x), abs(box.y - square.y)) < _MIDDLE * square.side
