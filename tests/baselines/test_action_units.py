from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes import fictional_people
from pixelfes.baselines.action_units import ACTION_UNITS, action_units, nonnegative_ridge, unit_movements
from pixelfes.face.alignment import HeadPose, mean_shape, mirrored

NAMES = [name.split()[0] for name in ACTION_UNITS]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.floats(0.01, 10))
def test_nonnegative_ridge_finds_the_minimum(seed: int, k: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    directions, target = rng.normal(size=(k, 12)), rng.normal(size=12)
    found = nonnegative_ridge(directions @ directions.T, directions @ target, alpha)
    slope = directions @ (found @ directions - target) + alpha * found
    assert (found >= 0).all()
    np.testing.assert_allclose(slope[found > 0], 0, atol=1e-7)
    assert (slope[found == 0] >= -1e-7).all()


def test_nonnegative_ridge_of_one_direction() -> None:
    assert nonnegative_ridge(np.array([[4.0]]), np.array([10.0]), 1.0) == pytest.approx([2.0])
    assert nonnegative_ridge(np.array([[4.0]]), np.array([-10.0]), 1.0) == pytest.approx([0.0])


def test_movements_are_symmetric_and_have_the_right_signs() -> None:
    movements, neutral = unit_movements()
    assert movements.shape == (17, 468, 3)
    for shape in (*movements, neutral):
        np.testing.assert_allclose(shape, mirrored(shape), atol=2e-3)
    jaw, smile = movements[NAMES.index("AU26")], movements[NAMES.index("AU12")]
    assert jaw[152, 1] > 0.2  # the chin goes down
    assert smile[61, 1] < -0.05  # the corners of the mouth go up and outwards
    assert smile[61, 0] < -0.02 < 0.02 < smile[291, 0]


@pytest.mark.parametrize("name", ["AU12", "AU26", "AU9"])
def test_a_unit_is_recovered_on_a_rotated_head(name: str) -> None:
    movements, neutral = unit_movements()
    angle = np.deg2rad(15)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])
    pose = HeadPose(90.0, turn, np.array([200.0, 150.0, 0.0]))
    unit = NAMES.index(name)
    found = action_units(pose.to_image(neutral + 0.6 * movements[unit]))
    assert found[unit] == pytest.approx(0.6, abs=0.2)  # AU9 moves points that the pose is estimated from
    assert found.argmax() == unit
    assert np.delete(found, unit).max() < 0.2


def test_smiles_raise_the_lip_corner_puller_most() -> None:
    people = fictional_people(12, seed=5)
    rest = mean_shape([np.asarray(pair.input_landmarks) for pair in people])
    before, after = (
        np.array([action_units(np.asarray(points), rest) for points in side])
        for side in ([p.input_landmarks for p in people], [p.target_landmarks for p in people])
    )
    change = (after - before).mean(0)
    assert NAMES[int(change.argmax())] == "AU12"
    assert (after[:, NAMES.index("AU12")] > before[:, NAMES.index("AU12")]).all()
