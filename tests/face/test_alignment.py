from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes import ExpressionModel
from pixelfes.arrays import Array
from pixelfes.face.alignment import HeadPose, canonical, mean_shape, mirrored, symmetric
from pixelfes.face.landmarks import eye_centres
from pixelfes.face.topology import STABLE_POINTS
from tests.expression.drawn_faces import poses, rotation

quick = settings(max_examples=40)


@pytest.fixture(scope="module")
def reference(points: Array) -> Array:
    return canonical(points)


@quick
@given(pose=poses())
def test_a_pose_is_recovered_from_where_it_puts_the_points(pose: HeadPose, reference: Array) -> None:
    found = HeadPose.of(pose.to_image(reference), reference)
    assert found.scale == pytest.approx(pose.scale)
    np.testing.assert_allclose(found.rotation, pose.rotation, atol=1e-8)
    np.testing.assert_allclose(found.offset, pose.offset, atol=1e-6 * (1 + pose.scale))


@quick
@given(pose=poses())
def test_points_converted_to_the_image_and_back_are_unchanged(pose: HeadPose, reference: Array) -> None:
    np.testing.assert_allclose(pose.to_canonical(pose.to_image(reference)), reference, atol=1e-8)


@quick
@given(pose=poses())
def test_a_displacement_turns_with_the_points_it_moves(pose: HeadPose, reference: Array) -> None:
    step = 0.1 * reference[::-1]
    moved = pose.to_image(reference) + pose.turn(step)
    np.testing.assert_allclose(moved, pose.to_image(reference + step), atol=1e-7 * (1 + pose.scale))


def test_a_pose_does_not_depend_on_expressive_points(reference: Array) -> None:
    moved = reference.copy()
    expressive = np.setdiff1d(np.arange(468), STABLE_POINTS)
    moved[expressive] += 0.2
    pose = HeadPose.of(moved, reference)
    assert pose.scale == pytest.approx(1)
    np.testing.assert_allclose(pose.offset, 0, atol=1e-9)


def test_a_pose_is_never_a_mirror_image(reference: Array) -> None:
    found = HeadPose.of(reference * [-1, 1, 1], reference)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


@quick
@given(shift=st.tuples(*[st.floats(-500, 500)] * 3), roll=st.floats(-3, 3), scale=st.floats(0.01, 100))
def test_a_canonical_shape_has_level_eyes_one_apart(
    shift: tuple[float, float, float], roll: float, scale: float, reference: Array
) -> None:
    shape = canonical(scale * reference @ rotation(0, 0, roll).T + shift)
    right, left = eye_centres(shape)
    np.testing.assert_allclose((right + left)[:2], 0, atol=1e-6)
    assert np.linalg.norm(left - right) == pytest.approx(1)
    assert right[1] == pytest.approx(left[1], abs=1e-6)
    assert left[0] > right[0]


def test_a_shape_mirrored_twice_is_unchanged(reference: Array) -> None:
    np.testing.assert_array_equal(mirrored(mirrored(reference)), reference)
    assert np.abs(mirrored(reference) - reference).max() > 1e-4


def test_a_symmetric_shape_is_its_own_mirror_image(reference: Array) -> None:
    np.testing.assert_allclose(mirrored(symmetric(reference)), symmetric(reference), atol=1e-12)


def test_the_mean_of_one_face_in_many_poses_is_that_face(reference: Array) -> None:
    face = canonical(symmetric(reference))
    rng = np.random.default_rng(0)
    turns = [rotation(0, 0, 0.5), rotation(0.4, -0.3, 1.0), rotation(-0.5, 0.2, -3.0)]
    faces = [HeadPose(rng.uniform(20, 400), turn, rng.uniform(0, 900, 3)).to_image(face) for turn in turns]
    np.testing.assert_allclose(mean_shape(faces), face, atol=1e-9)


def test_the_mean_shape_has_canonical_eyes_and_is_symmetric(points: Array, smiling_points: Array) -> None:
    mean = mean_shape([points, smiling_points])
    right, left = eye_centres(mean)
    np.testing.assert_allclose((right + left)[:2], 0, atol=1e-9)
    assert np.linalg.norm(left - right) == pytest.approx(1)
    np.testing.assert_allclose(mirrored(mean), mean, atol=1e-9)


def test_the_reference_of_the_shipped_model_is_canonical(smile: ExpressionModel) -> None:
    displacement = smile.learned_.displacement
    assert displacement is not None
    np.testing.assert_allclose(canonical(displacement.reference), displacement.reference, atol=2e-3)
