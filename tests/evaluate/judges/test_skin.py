from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.pixels import comparison_frame
from pixelfes.evaluate.judges.skin import lab, skin_change, skin_colour, skin_tone, typology_angle
from pixelfes.face.mesh import MeshRegistration


@pytest.fixture(scope="module")
def frame(smiling_points: Array) -> MeshRegistration:
    return comparison_frame([smiling_points], 96)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_lab_is_that_of_scikit_image(colour: tuple[int, int, int]) -> None:
    np.testing.assert_allclose(lab(colour), rgb2lab(np.array(colour) / 255), atol=0.05)


def test_light_skin_has_a_larger_angle_than_dark_skin() -> None:
    colours = [(240, 214, 194), (224, 172, 140), (170, 120, 80), (90, 60, 45)]
    angles = [typology_angle(colour) for colour in colours]
    assert angles == sorted(angles, reverse=True)
    assert skin_tone(angles[0]) in ("very light", "light")
    assert skin_tone(angles[-1]) == "dark"


def test_the_skin_of_the_portrait_is_skin(frame: MeshRegistration, portrait: Pixels, points: Array) -> None:
    red, green, blue = skin_colour(frame, portrait, points)
    assert 255 > red > green > blue > 0


def test_a_copy_changes_no_skin(frame: MeshRegistration, portrait: Pixels, points: Array) -> None:
    change = skin_change(frame, portrait, points, portrait.copy(), points)
    assert (change.levels, change.lightness) == (0, 0)


def test_a_brighter_picture_is_lighter_by_that_many_levels(
    frame: MeshRegistration, portrait: Pixels, points: Array
) -> None:
    brighter = (np.minimum(portrait, 245) + 10).astype(np.uint8)
    change = skin_change(frame, np.minimum(portrait, 245), points, brighter, points)
    assert change.levels == pytest.approx(10, abs=0.1)
    assert 2 < change.lightness < 6


def test_the_shipped_smile_leaves_skin_as_light_as_it_was(
    frame: MeshRegistration, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    change = skin_change(frame, portrait, points, smiling_portrait, smiling_points)
    assert change.levels < 3
    assert abs(change.lightness) < 1
