from __future__ import annotations

import numpy as np

from pixelfes import FaceDetector
from pixelfes.arrays import Pixels
from pixelfes.face.detector.drawn_faces import draw_faces


def test_boxes_are_red_around_faces_that_are_not_trusted(detector: FaceDetector, portrait: Pixels) -> None:
    faces = detector.faces(portrait)
    trusted, refused = (draw_faces(portrait, faces, [is_ok]).astype(int) for is_ok in (True, False))
    edge = round(faces[0].box.y + faces[0].box.side / 2)
    line = trusted[edge - 3 : edge + 4, 300:340].reshape(-1, 3)
    assert (np.abs(line - [255, 170, 0]).max(1) < 40).any()
    line = refused[edge - 3 : edge + 4, 300:340].reshape(-1, 3)
    assert (np.abs(line - [230, 40, 40]).max(1) < 40).any()


def test_landmarks_are_dots_where_they_lie(detector: FaceDetector, portrait: Pixels) -> None:
    (face,) = detector.faces(portrait)
    drawn = draw_faces(portrait, [face], [True]).astype(int)
    greener = 0
    for x, y in np.round(face.points[:, :2]).astype(int):
        greener += int(drawn[y, x, 1] - drawn[y, x, 0] > 40)
    assert greener > 400
    assert portrait.shape == drawn.shape
