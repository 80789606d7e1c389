from __future__ import annotations

import numpy as np
import pytest

from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.expression.amounts import SHADE, mesh_amount, softened, teeth_light
from pixelfes.expression.plan import Change, plan_change
from pixelfes.face.appearance.sharpness import missing_blur
from pixelfes.face.mesh import MeshRegistration
from tests.face.appearance.painted import blurred

NOWHERE = np.zeros((468, 3))


@pytest.fixture(scope="module")
def registration(smile: ExpressionModel) -> MeshRegistration:
    found = smile.learned_.registration
    assert isinstance(found, MeshRegistration)
    return found


def amount(registration: MeshRegistration, change: Change, opens: bool = True) -> tuple[float, float]:
    """The least amount on skin far from the lips, and in the mouth."""
    found = mesh_amount(registration, change, opens)
    return float(found[registration.lips_mask == 0].min()), float(found[registration.mouth_mask > 0.999].min())


def test_skin_changes_with_the_movement_and_teeth_show_whole(registration: MeshRegistration) -> None:
    for movement, opened, inside in ((0.5, 0.06, 0.5), (0.5, 0.5, 1), (1.0, 1.0, 1), (0.2, 0.0, 0)):
        found = amount(registration, Change(NOWHERE, NOWHERE, movement, opened, 0.0))
        assert found == pytest.approx((movement, inside), abs=2e-3)


def test_a_mouth_that_keeps_its_inside_gets_no_teeth(registration: MeshRegistration) -> None:
    assert amount(registration, Change(NOWHERE, NOWHERE, 1.0, 1.0, 1.0)) == pytest.approx((1, 0), abs=2e-3)


def test_a_mouth_that_never_opens_is_skin(registration: MeshRegistration) -> None:
    assert amount(registration, Change(NOWHERE, NOWHERE, 0.7, 0.0, 0.0), opens=False) == pytest.approx((0.7, 0.7))


def test_teeth_come_out_of_the_shade_as_the_mouth_opens() -> None:
    light = [teeth_light(opened) for opened in np.linspace(0, 1.5, 20)]
    assert light[0] == SHADE
    assert light[-1] == 1
    assert (np.diff(light) >= 0).all()


def steepest(maps: Floats) -> float:
    return float(np.abs(np.diff(maps[..., 0], axis=0)).max())


def test_maps_are_as_sharp_as_the_photo(
    registration: MeshRegistration, smile: ExpressionModel, portrait: Pixels, points: Array
) -> None:
    displacement = smile.learned_.displacement
    assert displacement is not None
    change = plan_change(displacement, points, 1.0)
    maps = np.repeat(registration.mouth_mask[..., None], 2, axis=2)
    blurs = [missing_blur(photo, points) for photo in (portrait, blurred(portrait, 5), blurred(portrait, 9))]
    sharp, soft, softest = (softened(registration, maps, blur, change) for blur in blurs)
    np.testing.assert_array_equal(sharp, maps)
    assert steepest(softest) < 0.8 * steepest(soft) < 0.8 * steepest(maps)
    far = registration.lips_mask == 0
    np.testing.assert_array_equal(softest[far], maps[far])
