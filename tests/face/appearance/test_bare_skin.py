from __future__ import annotations

import numpy as np
import pytest

from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.expression.amounts import skin_share
from pixelfes.face.appearance.bare_skin import bare_skin
from pixelfes.face.appearance.light import Light
from pixelfes.face.mesh import MeshRegistration
from tests.face.appearance.painted import brighter, with_glasses

SKIN = np.array([0.7, 0.52, 0.45])


def patch(*colour: float) -> Floats:
    return np.broadcast_to(np.array(colour, np.float32), (20, 20, 3)).copy()


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.0, 1.3])
def test_skin_in_any_light_is_bare(factor: float) -> None:
    assert bare_skin(patch(*(factor * SKIN)), SKIN).min() > 0.9


@pytest.mark.parametrize("colour", [(1, 1, 1), (1.0, 0.99, 0.8), (0.9, 0.9, 0.9), (0.1, 0.5, 0.2), (0.2, 0.3, 0.9)])
def test_burnt_and_covered_skin_is_not(colour: tuple[float, float, float]) -> None:
    assert bare_skin(patch(*colour), SKIN).max() < 0.1


def test_a_grey_photo_is_bare_all_over() -> None:
    for level in (0.3, 0.85):
        assert bare_skin(patch(level, level, level), np.full(3, 0.6)).min() > 0.99


def grid(smile: ExpressionModel) -> MeshRegistration:
    registration = smile.learned_.registration
    assert isinstance(registration, MeshRegistration)
    return registration


def test_most_of_a_face_is_bare_skin(smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    share = skin_share(grid(smile), portrait, points, Light.of(portrait, points).skin)
    assert share[grid(smile).face_mask > 0.9].mean() > 0.9
    assert share[grid(smile).mouth_mask > 0.5].min() > 0.99


def test_glasses_are_left_out(smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    dark = with_glasses(portrait, points, (20, 90, 30))
    share = skin_share(grid(smile), dark, points, Light.of(dark, points).skin)
    x, y = grid(smile).vertices[[33, 133, 159, 145]].mean(0).round().astype(int)
    assert share[y, x] < 0.1


def test_burnt_out_skin_stays_white(smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    burnt = brighter(portrait, 2.2)
    made = smile.synthesize_pixels(burnt, landmarks=points)
    x, y = points[50, :2].round().astype(int)
    cheek = slice(y - 8, y + 9), slice(x - 8, x + 9)
    assert (burnt[cheek] == 255).mean() > 0.6
    assert (burnt[cheek].astype(int) - made[cheek]).max() <= 2
    assert (made != burnt).any()
