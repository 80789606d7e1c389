from __future__ import annotations

from contextlib import nullcontext

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelfes import ExpressionModel, FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.plan import plan_change
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import CHEEKS_AND_FOREHEAD, INNER_LIPS, INNER_MOUTH, MOUTH_CORNERS
from tests.expression.drawn_faces import affine


def around_face(points: Array, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """A mask of the square that the face fills."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[:, :2]).astype(np.int32)), 1)
    return mask > 0


@pytest.mark.parametrize("degrees", [45.0, -90.0, 180.0])
def test_a_rolled_face_smiles_as_an_upright_one(
    degrees: float, smile: ExpressionModel, portrait: Pixels, points: Array, smiling_portrait: Pixels
) -> None:
    rolled, moved = affine(portrait, points, degrees=degrees)
    expected, _ = affine(smiling_portrait, points, degrees=degrees)
    out = smile.synthesize(rolled, landmarks=moved)
    inside = around_face(moved, out.shape)
    error = np.abs(out.astype(int) - expected)[inside].mean()
    change = np.abs(expected.astype(int) - rolled)[inside].mean()
    assert error < 0.2 * change


@pytest.mark.parametrize("scale", [0.3, 0.5, 2.0])
def test_a_small_or_large_face_smiles_as_another(
    scale: float, smile: ExpressionModel, portrait: Pixels, points: Array, smiling_portrait: Pixels
) -> None:
    resized, moved = affine(portrait, points, scale=scale)
    expected, _ = affine(smiling_portrait, points, scale=scale)
    out = smile.synthesize(resized, landmarks=moved)
    inside = around_face(moved, out.shape)
    error = np.abs(out.astype(int) - expected)[inside].mean()
    change = np.abs(expected.astype(int) - resized)[inside].mean()
    assert error < 0.25 * change


def test_the_landmarks_found_are_those_planned(smile: ExpressionModel, points: Array, smiling_points: Array) -> None:
    displacement = smile.learned_.displacement
    assert displacement is not None
    plan = plan_change(displacement, points, 1.0)
    error = np.linalg.norm((smiling_points - plan.moved)[:, :2], axis=1).mean() / eye_distance(points)
    change = np.linalg.norm((plan.moved - points)[:, :2], axis=1).max() / eye_distance(points)
    assert change > 0.1
    assert error < 0.04


def test_teeth_appear_in_a_mouth_that_opens(
    portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array
) -> None:
    inside = np.zeros(portrait.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(smiling_points[list(INNER_MOUTH), :2]).astype(np.int32)], 1)
    before, after = portrait[inside > 0].mean(0), smiling_portrait[inside > 0].mean(0)
    assert inside.sum() > 0.01 * eye_distance(points) ** 2
    assert (after - before)[2] > 20  # blue rises most: lips are red, teeth are not
    assert after[0] - after[2] < before[0] - before[2]


def test_the_mean_colour_of_cheeks_and_forehead_stays(
    portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array
) -> None:
    reach = int(0.08 * eye_distance(points))
    colours = []
    for pixels, face in ((portrait, points), (smiling_portrait, smiling_points)):
        places = face[list(CHEEKS_AND_FOREHEAD), :2].astype(int)
        patches = [pixels[y - reach : y + reach, x - reach : x + reach].mean((0, 1)) for x, y in places]
        colours.append(np.mean(patches, axis=0))
    np.testing.assert_allclose(colours[1], colours[0], atol=4)


def test_a_face_that_smiles_already_changes_less(
    smile: ExpressionModel, portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array
) -> None:
    first = np.abs(smiling_portrait.astype(int) - portrait).mean()
    again = smile.synthesize(smiling_portrait, landmarks=smiling_points)
    assert np.abs(again.astype(int) - smiling_portrait).mean() < 0.5 * first
    displacement = smile.learned_.displacement
    assert displacement is not None
    assert plan_change(displacement, smiling_points, 1.0).movement < 0.6
    assert plan_change(displacement, points, 1.0).movement > 0.8


@pytest.mark.parametrize("shift", [(-330, 0), (330, 0), (0, -300), (0, 300), (300, 300)])
def test_a_face_cut_by_the_photos_edge_changes_as_a_whole_one(
    shift: tuple[int, int], smile: ExpressionModel, portrait: Pixels, points: Array, smiling_portrait: Pixels
) -> None:
    x, y = shift
    rows, columns = slice(max(0, -y), 640 - max(0, y)), slice(max(0, -x), 640 - max(0, x))
    photo, moved = np.ascontiguousarray(portrait[rows, columns]), points - np.array([columns.start, rows.start, 0])
    out = smile.synthesize(photo, landmarks=moved)
    expected = smiling_portrait[rows, columns]
    assert np.abs(out.astype(int) - expected).mean() < 0.5 * max(0.1, np.abs(photo.astype(int) - expected).mean())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scale=st.sampled_from([1e-5, 0.004, 0.05, 1.0, 30.0, 1000.0]),
    x=st.floats(-2000, 2000),
    y=st.floats(-2000, 2000),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_a_face_of_any_size_anywhere_is_drawn_or_refused_in_a_sentence(
    scale: float, x: float, y: float, size: tuple[int, int], smile: ExpressionModel, points: Array
) -> None:
    photo = np.full((*size, 3), 120, np.uint8)
    moved = (points - points.mean(0)) * scale + np.array([x, y, 0])
    inside = (moved[:, :2].min(0) < size[::-1]).all() and (moved[:, :2].max(0) >= 0).all()
    with nullcontext() if inside else pytest.raises(InputError, match="landmarks must lie in the photo"):
        assert smile.synthesize(photo, landmarks=moved).shape == photo.shape


def test_black_and_white_photos_are_no_error(smile: ExpressionModel, points: Array) -> None:
    for level in (0, 255):
        photo = np.full((640, 640, 3), level, np.uint8)
        assert smile.synthesize(photo, landmarks=points).shape == photo.shape


def test_closed_lips_show_no_teeth(
    smile: ExpressionModel, portrait: Pixels, points: Array, detector: FaceDetector
) -> None:
    closed, opened = (smile.synthesize_pixels(portrait, landmarks=points, teeth=teeth) for teeth in ("closed", "open"))
    shapes = [detector.detect(pixels)[0] for pixels in (portrait, closed, opened)]
    gaps = [float(shape[INNER_LIPS[1], 1] - shape[INNER_LIPS[0], 1]) / eye_distance(shape) for shape in shapes]
    widths = [float(np.linalg.norm(np.subtract(*shape[list(MOUTH_CORNERS)]))) / eye_distance(shape) for shape in shapes]
    assert gaps[1] < 0.03 < gaps[2]
    assert widths[1] > 1.05 * widths[0]


def test_teeth_of_ones_own_stay_in_place(
    smile: ExpressionModel, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    weaker = smiling_points.copy()
    half = smile.synthesize_pixels(smiling_portrait, 1.5, landmarks=weaker)
    inside = np.zeros(smiling_portrait.shape[:2], np.uint8)
    outline = smiling_points[list(INNER_MOUTH), :2]
    middle = outline.mean(0)
    cv2.fillPoly(inside, [np.round(middle + 0.5 * (outline - middle)).astype(np.int32)], 1)
    difference = np.abs(half.astype(int) - smiling_portrait)[inside > 0]
    assert difference.mean() < 6
    assert np.abs(half.astype(int) - smiling_portrait).max() > 20


def test_half_a_smile_has_no_white_slit(smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    planned = smile.learned_.displacement
    assert planned is not None
    brightness = []
    for intensity in (0.4, 0.5, 1.0):
        made = smile.synthesize_pixels(portrait, intensity, landmarks=points)
        moved = plan_change(planned, points, intensity).moved
        inside = np.zeros(portrait.shape[:2], np.uint8)
        cv2.fillPoly(inside, [np.round(moved[list(INNER_MOUTH), :2]).astype(np.int32)], 1)
        brightness.append(float(np.percentile(made[inside > 0].mean(1), 90)))
    assert brightness[0] < brightness[1] < 0.75 * brightness[2]
    assert brightness[1] < portrait[points[50, 1].astype(int), points[50, 0].astype(int)].mean()
