"""Where landmarks go: linear, each on its own side, lids and lips that never cross."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import Array
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.mixing import CAPS, mixed
from pixelfes.expression.actions.planning import LOWER_LID, UPPER_LID, lip_gap_of, opening_of, plan_actions
from pixelfes.face.alignment import HeadPose, mean_face, mirrored
from pixelfes.face.appearance.mouth_view import LOWER_INNER, UPPER_INNER
from pixelfes.face.topology import LEFT_EYE, RIGHT_EYE
from tests.expression.drawn_faces import rotation

ACTIONS = shipped_actions()


def face(yaw: float = 0.0, shape: Array | None = None) -> Array:
    """The landmarks of the mean face, 100 pixels between the eyes, turned by degrees."""
    pose = HeadPose(100.0, rotation(-np.radians(yaw), 0, 0), np.array([300.0, 300, 0]))
    return pose.to_image(mean_face() if shape is None else shape)


def step(points: Array, weights: dict[str, float]) -> Array:
    """How the landmarks move, canonical."""
    plan = plan_actions(ACTIONS, points, mixed(ACTIONS, weights))
    return plan.head.to_canonical(plan.moved) - plan.head.to_canonical(points)


@pytest.mark.parametrize("name", ACTIONS.names)
def test_an_action_moves_the_face_in_proportion_to_its_size(name: str) -> None:
    largest = min(1.0, CAPS.get(name.removesuffix("_L").removesuffix("_R"), 1.0))
    full = ACTIONS.displacement[ACTIONS.index[name]]
    sizes = np.linspace(0.1, 1, 6) * largest
    along = [float((step(face(), {name: size}) * full).sum()) for size in sizes]
    assert np.corrcoef(sizes, along)[0, 1] >= 0.99
    assert np.all(np.diff(along) > 0)


@pytest.mark.parametrize("name", [name for name in ACTIONS.names if name.endswith("_L")])
def test_left_is_left(name: str) -> None:
    left, right = (step(face(), {f"{name[:-1]}{side}": 1.0}) for side in "LR")
    np.testing.assert_allclose(left, mirrored(right), atol=1e-3)
    on_left = mean_face()[:, 0] > 0.1
    moved = np.linalg.norm(left, axis=1)
    assert moved[on_left].sum() > 3 * moved[mean_face()[:, 0] < -0.1].sum()


def test_zero_moves_nothing() -> None:
    assert not step(face(), {}).any()
    np.testing.assert_allclose(step(face(), dict.fromkeys(ACTIONS.names, 0.0)), 0, atol=1e-12)


@settings(max_examples=60)
@given(
    weights=st.dictionaries(st.sampled_from(ACTIONS.names), st.floats(0, 1.5), max_size=20),
    yaw=st.sampled_from([-30.0, 0.0, 20.0]),
)
def test_lids_and_lips_never_cross(weights: dict[str, float], yaw: float) -> None:
    points = face(yaw)
    plan = plan_actions(ACTIONS, points, mixed(ACTIONS, weights))
    before, after = (plan.head.to_canonical(one) for one in (points, plan.moved))
    for eye in (LEFT_EYE, RIGHT_EYE):
        upper, lower = (after[np.array(eye)[lid]] for lid in (UPPER_LID, LOWER_LID))
        assert (lower[:, 1] - upper[:, 1]).min() > -2e-3
    own, now = (shape[list(LOWER_INNER), 1] - shape[list(UPPER_INNER), 1] for shape in (before, after))
    assert (now - np.minimum(own, 0)).min() > -2e-3


@pytest.mark.parametrize("opening", [0.6, 1.0, 1.4])
def test_a_blink_closes_eyes_of_any_opening(opening: float) -> None:
    shape = mean_face().copy()
    for eye in (LEFT_EYE, RIGHT_EYE):
        outline = list(eye)
        middle = shape[[outline[0], outline[8]], 1].mean()
        shape[outline, 1] = middle + opening * (shape[outline, 1] - middle)
    after = shape + step(face(shape=shape), {"eyeBlink_L": 1.0})
    assert opening_of(after, LEFT_EYE) < 0.01
    assert opening_of(after, RIGHT_EYE) == pytest.approx(opening_of(shape, RIGHT_EYE), abs=0.01)


def test_lips_open_only_if_an_action_means_it() -> None:
    points = face()
    head = HeadPose.of(points, mean_face())
    own = lip_gap_of(points, head)

    def gap(**weights: float) -> float:
        return lip_gap_of(plan_actions(ACTIONS, points, mixed(ACTIONS, weights)).moved, head)

    assert gap(noseSneer_L=1, noseSneer_R=1, mouthRollUpper=0.5) <= max(own, 0) + 1e-3
    assert gap(jawOpen=0.3) > 0.15


def test_a_profile_does_not_move() -> None:
    assert not step(face(yaw=80), {"jawOpen": 0.4, "browDown_L": 1}).any()
    near, far = (np.abs(step(face(yaw=30), {f"mouthSmile_{side}": 1.0})).sum() for side in "LR")
    assert max(near, far) > 1.1 * min(near, far)
