from __future__ import annotations

import numpy as np
import pytest

from pixelfes import Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.mouth_view import MouthView
from pixelfes.photos.reading import read_photo
from tests.face.appearance.painted import with_mouth


def seen(pixels: Pixels, points: Array) -> float:
    return MouthView.of(pixels, points, Light.of(pixels, points)).teeth


def test_teeth_are_seen_in_open_smiles_and_not_in_closed_mouths(people: list[Pair]) -> None:
    targets = [(read_photo(pair.target).pixels, np.asarray(pair.target_landmarks)) for pair in people]
    inputs = [(read_photo(pair.input).pixels, np.asarray(pair.input_landmarks)) for pair in people]
    gaps = [float(points[14, 1] - points[13, 1]) for _, points in targets]
    widest = int(np.argmax(gaps))
    assert seen(*targets[widest]) > 0.3
    assert max(seen(*face) for face in inputs) < 0.12


@pytest.mark.parametrize("colour", [(25, 12, 10), (150, 70, 65), (60, 20, 20)])
def test_a_dark_gap_or_a_tongue_is_no_teeth(
    colour: tuple[int, int, int], smiling_portrait: Pixels, smiling_points: Array
) -> None:
    assert seen(with_mouth(smiling_portrait, smiling_points, colour), smiling_points) < 0.12


@pytest.mark.parametrize("colour", [(190, 180, 165), (150, 145, 138)])
def test_white_between_the_lips_is_teeth(
    colour: tuple[int, int, int], smiling_portrait: Pixels, smiling_points: Array
) -> None:
    assert seen(with_mouth(smiling_portrait, smiling_points, colour), smiling_points) > 0.8


def test_teeth_are_seen_in_a_grey_and_in_a_dark_photo(smiling_portrait: Pixels, smiling_points: Array) -> None:
    grey = np.ascontiguousarray(np.repeat(smiling_portrait[..., 1:2], 3, axis=2))
    for photo in (grey, (smiling_portrait * 0.4).astype(np.uint8)):
        assert seen(photo, smiling_points) > 0.3


def test_lips_that_touch_show_nothing(portrait: Pixels, points: Array) -> None:
    closed = points.copy()
    closed[[95, 88, 178, 87, 14, 317, 402, 318, 324]] = closed[[191, 80, 81, 82, 13, 312, 311, 310, 415]]
    assert seen(portrait, closed) == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (50, 1)])
def test_a_face_outside_the_photo_has_a_view(size: tuple[int, int], smiling_points: Array) -> None:
    photo = np.full((*size, 3), 120, np.uint8)
    for shift in (-900, 0, 900):
        assert 0 <= seen(photo, smiling_points + np.array([shift, 0, 0])) <= 1
