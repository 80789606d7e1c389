from __future__ import annotations

import numpy as np
import pytest

from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Pixels
from pixelfes.face.appearance.grain import CLEAN, MOST, excess_grain, grain_pattern
from tests.face.appearance.painted import between_lips, noisy


@pytest.mark.parametrize("deviation", [6.0, 12.0, 20.0])
def test_the_grain_of_a_photo_is_measured(deviation: float, portrait: Pixels, points: Array) -> None:
    assert excess_grain(portrait, points) == 0
    assert excess_grain(noisy(portrait, deviation), points) == pytest.approx(deviation, rel=0.2)


def test_a_pattern_of_print_is_bounded(portrait: Pixels, points: Array) -> None:
    assert excess_grain(noisy(portrait, 90), points) <= np.sqrt(MOST**2 - CLEAN**2)


def test_the_pattern_is_standard_noise_and_the_same_each_time() -> None:
    pattern = grain_pattern()
    assert pattern.std() == pytest.approx(1, abs=0.02)
    assert grain_pattern() is pattern


def test_teeth_in_a_grainy_photo_are_grainy(
    smile: ExpressionModel, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    grainy = noisy(portrait, 12)
    made = smile.synthesize_pixels(grainy, landmarks=points)
    inside = between_lips(smiling_points, portrait.shape)
    difference = made.astype(float).mean(2) - smiling_portrait.astype(float).mean(2)
    assert 0.5 * 12 < difference[inside].std() < 1.5 * 12
    np.testing.assert_array_equal(made, smile.synthesize_pixels(grainy, landmarks=points))


def test_a_photo_of_two_pixels_has_no_grain(points: Array) -> None:
    assert excess_grain(np.full((2, 2, 3), 90, np.uint8), points) == 0
