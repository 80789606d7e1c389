"""Where the landmarks go: what opposes a smile is taken back, what a mouth shows is kept, turned heads change less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelfes import ExpressionModel
from pixelfes.arrays import Array
from pixelfes.expression.actions.resting_face import resting_face
from pixelfes.expression.displacement import Displacement, lip_gap
from pixelfes.expression.plan import Change, plan_change
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.appearance.mouth_view import LOWER_INNER, UPPER_INNER, MouthView
from pixelfes.face.topology import BROWS, MOUTH_CORNERS
from tests.expression.drawn_faces import rotation
from tests.expression.test_resting_face import child

RESTING = resting_face()
TEETH = MouthView(teeth=0.6)


@pytest.fixture(scope="module")
def displacement(smile: ExpressionModel) -> Displacement:
    assert smile.learned_.displacement is not None
    return smile.learned_.displacement


def face(yaw: float = 0.0, shape: Array = RESTING.mean, **actions: float) -> Array:
    """The landmarks of a face of 100 pixels between the eyes, with some actions, turned by degrees."""
    return acting(actions, yaw, shape)


def acting(actions: dict[str, float], yaw: float = 0.0, shape: Array = RESTING.mean) -> Array:
    """The same, with the actions in a dictionary."""
    moved = shape + sum(size * RESTING.actions[RESTING.names.index(name)] for name, size in actions.items())
    return HeadPose(100.0, rotation(-np.radians(yaw), 0, 0), np.array([300.0, 300, 0])).to_image(np.asarray(moved))


def shape_of(points: Array) -> Array:
    return HeadPose.of(points, mean_face()).to_canonical(points)


def corners(points: Array) -> float:
    """How high the corners of the mouth are, in distances between the eyes."""
    return -float(shape_of(points)[list(MOUTH_CORNERS), 1].mean())


def width(points: Array) -> float:
    right, left = shape_of(points)[list(MOUTH_CORNERS)]
    return float(np.linalg.norm(left - right))


def gap(points: Array) -> float:
    return float(lip_gap(shape_of(points)[None])[0])


def test_the_angles_of_a_turned_face_are_what_was_asked_for() -> None:
    for yaw in (-40, 0, 25):
        assert HeadPose.of(face(yaw), mean_face()).angles[0] == pytest.approx(yaw, abs=1)


@pytest.mark.parametrize("frown", [0.2, 0.4, 0.6])
def test_a_frown_is_taken_back_before_the_smile(frown: float, displacement: Displacement) -> None:
    rest, down = face(), face(mouthFrown=frown)
    smiling = corners(plan_change(displacement, rest, 1.0).moved)
    made = corners(plan_change(displacement, down, 1.0).moved)
    assert corners(down) < corners(rest) - 0.01
    assert made > corners(rest) + 0.6 * (smiling - corners(rest))


def test_a_pout_is_widened_to_a_smile(displacement: Displacement) -> None:
    rest, pout = face(), face(mouthPucker=0.5)
    assert width(pout) < 0.93 * width(rest)
    made = width(plan_change(displacement, pout, 1.0).moved)
    assert made > 0.97 * width(plan_change(displacement, rest, 1.0).moved)


def test_a_lowered_brow_relaxes(displacement: Displacement) -> None:
    serious = face(browDown=0.8)
    made = plan_change(displacement, serious, 1.0).moved
    brows = [float(shape_of(points)[list(BROWS), 1].mean()) for points in (face(), serious, made)]
    assert brows[1] > brows[0] + 0.015
    assert brows[2] < brows[0] + 0.4 * (brows[1] - brows[0])


def test_a_resting_or_a_smiling_face_has_nothing_to_take_back(displacement: Displacement) -> None:
    for points in (face(), face(smile=1.0, smileOpening=1.0)):
        change = plan_change(displacement, points, 0.01)
        assert np.abs(change.moved - points).max() < 0.6  # pixels


def test_an_open_o_closes_to_a_smile(displacement: Displacement) -> None:
    surprised = face(jawOpen=0.8, mouthFunnel=0.2)
    assert gap(surprised) > 0.2
    made = [gap(plan_change(displacement, surprised, a).moved) for a in (0.3, 1.0)]
    smiling = gap(plan_change(displacement, face(), 1.0).moved)
    assert made[1] < made[0] < gap(surprised)
    assert made[1] == pytest.approx(smiling, abs=0.03)


def test_a_mouth_with_teeth_of_its_own_is_widened_and_not_opened(displacement: Displacement) -> None:
    parted = face(smileOpening=0.7)
    kept, painted = (plan_change(displacement, parted, 1.0, view) for view in (TEETH, MouthView(0.0)))
    assert kept.own_teeth == 1
    assert painted.own_teeth == 0
    assert 0.5 < kept.still <= 1
    assert painted.still == 0
    assert gap(kept.moved) == pytest.approx(gap(parted), abs=0.015)
    assert gap(painted.moved) > gap(parted) + 0.01
    assert width(kept.moved) > 1.03 * width(parted)


def test_a_laugh_keeps_its_mouth(displacement: Displacement) -> None:
    laughing = face(smile=1.2, smileOpening=1.0, jawOpen=0.2)
    change = plan_change(displacement, laughing, 1.0)
    assert change.own_teeth == 1
    assert gap(change.moved) == pytest.approx(gap(laughing), abs=0.03)


@pytest.mark.parametrize("teeth", ["closed", "auto"])
def test_lips_of_children_and_on_request_stay_or_become_closed(teeth: str, displacement: Displacement) -> None:
    shape = child() if teeth == "auto" else RESTING.mean
    for opened in (0.0, 0.5):
        points = face(shape=shape, smileOpening=opened)
        change = plan_change(displacement, points, 1.0, teeth="auto" if teeth == "auto" else "closed")
        assert change.opened < 0.08
        assert width(change.moved) > 1.05 * width(points)
        assert plan_change(displacement, points, 1.0, teeth="open").opened > 0.8


@pytest.mark.parametrize("actions", [{}, {"mouthFrown": 0.4}, {"mouthPucker": 0.4}, {"smile": 0.4}, {"browDown": 0.4}])
def test_a_smile_grows_with_the_intensity(actions: dict[str, float], displacement: Displacement) -> None:
    points = acting(actions)
    steps = [plan_change(displacement, points, a).moved for a in np.linspace(0, 1.5, 16)]
    for measure in (width, corners):
        values = [measure(moved) for moved in steps]
        assert (np.diff(values) > -2e-4).all(), measure.__name__
        assert values[-1] > values[0] + 0.02
    assert gap(steps[2]) < gap(points) + 0.01  # lips stay closed up to a quarter


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.floats(0, 0.8), min_size=len(RESTING.names), max_size=len(RESTING.names)),
    yaw=st.floats(-70, 70),
    intensity=st.floats(0.05, 1.5),
    teeth=st.floats(0, 1),
)
def test_lips_never_cross_and_numbers_stay_in_their_ranges(
    sizes: list[float], yaw: float, intensity: float, teeth: float, displacement: Displacement
) -> None:
    points = acting(dict(zip(RESTING.names, sizes, strict=True)), yaw)
    change: Change = plan_change(displacement, points, intensity, MouthView(teeth))
    shape = HeadPose.of(points, mean_face()).to_canonical(change.moved)
    gaps = shape[list(LOWER_INNER[1:-1]), 1] - shape[list(UPPER_INNER[1:-1]), 1]
    assert gaps.min() > -1e-6
    assert np.isfinite(change.moved).all()
    assert 0 <= change.movement <= 1.8
    assert 0 <= change.still <= 1
    assert change.own_teeth in (0, 1)


def test_turned_heads_change_less_and_profiles_not_at_all(displacement: Displacement) -> None:
    movements = [plan_change(displacement, face(yaw), 1.0).movement for yaw in (0, 30, 45, 55, 70)]
    assert movements[1] == pytest.approx(movements[0], abs=0.15)
    assert movements[1] > movements[2] > movements[3] > movements[4]
    assert movements[4] == 0


@pytest.mark.parametrize("yaw", [-50.0, 50.0])
def test_the_near_side_leads_and_the_silhouette_stays(yaw: float, displacement: Displacement) -> None:
    points = face(yaw)
    step = np.linalg.norm((plan_change(displacement, points, 1.0).moved - points)[:, :2], axis=1)
    right, left = MOUTH_CORNERS
    near, far = (right, left) if yaw > 0 else (left, right)
    assert step[near] > 2 * step[far]
    outline = points[:, 0].argmax() if yaw > 0 else points[:, 0].argmin()
    assert step[outline] < 0.2
