from __future__ import annotations

import numpy as np

from pixelfes.face.detector.boxes import FaceBox, without_repeats


def box(x: float, side: float, score: float = 0.9) -> FaceBox:
    return FaceBox(x, 0.0, side, 0.0, score)


def test_boxes_that_share_much_show_one_face() -> None:
    assert box(0, 10).is_same_face(box(3, 12))
    assert not box(0, 10).is_same_face(box(8, 10))


def test_a_box_inside_another_shows_the_same_face() -> None:
    assert box(0, 100).is_same_face(box(20, 15))
    assert box(20, 15).is_same_face(box(0, 100))
    assert not box(0, 100).is_same_face(box(52, 15))  # a face behind a shoulder


def test_the_surest_box_of_each_face_is_kept_surest_first() -> None:
    kept = without_repeats([box(0, 10, 0.6), box(100, 10, 0.7), box(1, 10, 0.9), box(101, 3, 0.8)])
    assert [(b.x, b.score) for b in kept] == [(1, 0.9), (101, 0.8)]


def test_a_turned_box_differs_in_its_roll() -> None:
    assert box(0, 10).turned(2) == FaceBox(0, 0.0, 10, np.pi, 0.9)
