"""What facial actions do to the pixels of a photo."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelfes import ActionModel, ExpressionModel, FaceDetector, load
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mix import presets
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.planning import opening_of
from pixelfes.expression.synthesis import TO_EVERYTHING
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.topology import INNER_MOUTH, LEFT_EYE, RIGHT_EYE

ACTIONS = shipped_actions()


@pytest.fixture(scope="module")
def model(smile: ExpressionModel, detector: FaceDetector) -> ActionModel:
    return ActionModel(smile, detector)


def drawn(pixels: Pixels, points: Array, **weights: float) -> Pixels:
    out = pixels.copy()
    change_by_actions(ACTIONS, out, points, mixed(ACTIONS, weights))
    return out


def changed_share(before: Pixels, after: Pixels, columns: slice) -> float:
    return float((np.abs(before[:, columns].astype(int) - after[:, columns]).max(2) > 2).mean())


def shape_in(detector: FaceDetector, pixels: Pixels) -> Array:
    points = detector.detect(pixels)[0]
    return HeadPose.of(points, mean_face()).to_canonical(points)


@pytest.mark.parametrize("name", presets())
def test_every_preset_changes_the_face_and_nothing_else(
    name: str, model: ActionModel, portrait: Pixels, points: Array
) -> None:
    out = model.synthesize(portrait, name, landmarks=points)
    if name != "neutral":  # the portrait is neutral
        assert changed_share(portrait, out, slice(None)) > 0.002
    np.testing.assert_array_equal(out[:14], portrait[:14])
    np.testing.assert_array_equal(out[:, :60], portrait[:, :60])


def test_nothing_asked_for_is_the_photo_bit_for_bit(model: ActionModel, portrait: Pixels, points: Array) -> None:
    for nothing in ({}, "surprised:0", {"jawOpen": 0.0}):
        np.testing.assert_array_equal(model.synthesize(portrait, nothing, landmarks=points), portrait)
    shown = model.showing("angry")
    np.testing.assert_array_equal(shown.synthesize(portrait, 0.0, landmarks=points), portrait)


def test_smile_by_name_is_the_learned_smile(
    model: ActionModel, smile: ExpressionModel, portrait: Pixels, points: Array
) -> None:
    expected = smile.synthesize(portrait, landmarks=points)
    np.testing.assert_array_equal(model.synthesize(portrait, "smile", landmarks=points), expected)


@pytest.mark.parametrize("name", [name for name in ACTIONS.names if name.endswith("_L")])
def test_an_action_of_one_side_changes_that_side(name: str, portrait: Pixels, points: Array) -> None:
    out = drawn(portrait, points, **{name: 1.0})
    middle = round(float(points[[6, 168], 0].mean()))
    left = changed_share(portrait, out, slice(middle, None))  # the person's left is right in the photo
    right = changed_share(portrait, out, slice(None, middle))
    assert left > 0.0005
    assert left > 2 * right


def test_a_grey_photo_stays_grey(model: ActionModel, portrait: Pixels, points: Array) -> None:
    grey = np.repeat(portrait.mean(2, keepdims=True).round().astype(np.uint8), 3, axis=2)
    for name in ("surprised", "disgusted", "wink"):
        out = model.synthesize(grey, name, landmarks=points).astype(int)
        assert np.ptp(out, axis=2).max() <= 16  # the teeth of the smile are a little warmer than white


def test_what_is_drawn_is_seen_by_the_detector(
    model: ActionModel, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    before = HeadPose.of(points, mean_face()).to_canonical(points)
    wink = shape_in(detector, model.synthesize(portrait, "wink", landmarks=points))
    assert opening_of(wink, LEFT_EYE) < 0.6 * opening_of(before, LEFT_EYE)
    assert opening_of(wink, RIGHT_EYE) > 0.7 * opening_of(before, RIGHT_EYE)
    surprised = shape_in(detector, model.synthesize(portrait, "surprised", landmarks=points))
    assert surprised[14, 1] - surprised[13, 1] > 0.1
    assert opening_of(surprised, RIGHT_EYE) > 1.1 * opening_of(before, RIGHT_EYE)


def test_neutral_takes_a_smile_back(
    model: ActionModel, portrait: Pixels, points: Array, smiling_portrait: Pixels, detector: FaceDetector
) -> None:
    found = detector.detect(smiling_portrait)[0]
    back = model.synthesize(smiling_portrait, "neutral", landmarks=found)
    rows, columns = (slice(int(points[:, axis].min()), int(points[:, axis].max())) for axis in (1, 0))
    smiling, neutral = (
        np.abs(picture[rows, columns].astype(int) - portrait[rows, columns]).mean()
        for picture in (smiling_portrait, back)
    )
    assert neutral < 0.6 * smiling
    np.testing.assert_array_equal(model.synthesize(portrait, "neutral", landmarks=points), portrait)


def test_both_eyes_look_where_they_are_told(model: ActionModel, portrait: Pixels, points: Array) -> None:
    def darkest(pixels: Pixels, eye: tuple[int, ...]) -> float:
        outline = points[list(eye), :2]
        low, high = outline.min(0).astype(int), outline.max(0).astype(int)
        part = 255.0 - pixels[low[1] : high[1], low[0] : high[0]].mean(2)
        weight = np.clip(part - np.percentile(part, 60), 0, None)
        return float((weight.sum(0) @ np.arange(weight.shape[1])) / weight.sum())

    left, right = (model.synthesize(portrait, {}, gaze=(angle, 0), landmarks=points) for angle in (25, -25))
    for eye in (LEFT_EYE, RIGHT_EYE):
        assert darkest(right, eye) < darkest(portrait, eye) < darkest(left, eye)


def test_sixteen_bits_are_changed_as_eight_are(model: ActionModel, portrait: Pixels, points: Array) -> None:
    deep = portrait.astype(np.uint16) * 257
    for name in ("surprised", "wink", "neutral + smile"):
        out = model.synthesize(deep, name, landmarks=points)
        assert out.dtype == np.uint16
        eight = model.synthesize(portrait, name, landmarks=points)
        assert np.abs(out / 257 - eight).max() <= 2.5


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    weights=st.dictionaries(st.sampled_from(ACTIONS.names), st.floats(0, 1.5), min_size=1, max_size=8),
    scale=st.sampled_from([0.02, 0.3, 1.0, 6.0]),
    x=st.floats(-200, 700),
    y=st.floats(-200, 700),
)
def test_any_mix_on_any_face_is_drawn(
    weights: dict[str, float], scale: float, x: float, y: float, portrait: Pixels, points: Array
) -> None:
    moved = (points - points.mean(0)) * scale + np.array([x, y, 0])
    out = portrait.copy()
    after = change_by_actions(ACTIONS, out, moved, mixed(ACTIONS, weights))
    assert after.shape == (468, 3)
    assert np.isfinite(after).all()


@pytest.mark.parametrize("field", ["skin", "sharpness", "grain"])
def test_what_is_drawn_adapts_to_the_photo_if_asked(field: str, portrait: Pixels, points: Array) -> None:
    noise = np.random.default_rng(0).normal(0, 12, portrait.shape)
    photo = {
        "skin": np.clip(portrait.astype(int) + 110, 0, 255),
        "sharpness": cv2.GaussianBlur(portrait, (0, 0), 5),
        "grain": np.clip(portrait + noise, 0, 255),
    }[field].astype(np.uint8)
    adapted, plain = photo.copy(), photo.copy()
    sizes = mixed(ACTIONS, {"jawOpen": 0.4, "browDown_L": 1.0, "mouthUpperUp_R": 1.0})
    change_by_actions(ACTIONS, adapted, points, sizes)
    change_by_actions(ACTIONS, plain, points, sizes, adaptation=replace(TO_EVERYTHING, **{field: False}))
    assert np.abs(adapted.astype(int) - plain).max() > 10


def test_a_small_face_is_warped_at_the_resolution_of_the_photo_anyway(portrait: Pixels, points: Array) -> None:
    small = np.ascontiguousarray(portrait[1::3, 1::3])
    given = (points - [1, 1, 0]) / 3
    coarse, fine = small.copy(), small.copy()
    sizes = mixed(ACTIONS, {"mouthSmile_L": 1.0, "browDown_L": 1.0})
    change_by_actions(ACTIONS, coarse, given, sizes)
    change_by_actions(ACTIONS, fine, given, sizes, adaptation=replace(TO_EVERYTHING, size=False))
    np.testing.assert_array_equal(coarse, fine)


def test_a_model_without_a_mesh_does_not_take_part() -> None:
    with pytest.raises(InputError, match="need a model with a mesh"):
        ActionModel(ExpressionModel("grid"))


def test_a_face_is_read(model: ActionModel, smiling_portrait: Pixels, portrait: Pixels, points: Array) -> None:
    resting, smiling = (model.read(photo)[0] for photo in (portrait, smiling_portrait))
    assert smiling.actions["smile"] > resting.actions["smile"] + 0.4
    assert set(smiling.reliability) == set(smiling.actions)
    winking = model.read(model.synthesize(portrait, {"eyeBlink_L": 1}, landmarks=points))[0]
    assert winking.actions["eyeBlink_L"] > winking.actions["eyeBlink_R"] + 0.2


def test_load_gives_the_model_of_every_expression() -> None:
    model = load("expressions")
    assert isinstance(model, ActionModel)
    shown = model.showing("sad:0.5")
    assert shown.describe().parameters["mouthFrown_L"] == presets()["sad"].mix.actions["mouthFrown_L"] / 2
    assert shown.n_parameters_ > 10_000
    assert shown.info_.expression == "sad:0.5"


def test_a_wide_open_mouth_keeps_its_inside_when_it_opens_further(portrait: Pixels, points: Array) -> None:
    """Nothing is painted into it: a mouth that is blue inside stays blue."""
    opened = portrait.copy()
    moved = change_by_actions(ACTIONS, opened, points, mixed(ACTIONS, {"jawOpen": 0.4}))
    inside = np.zeros(opened.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(moved[list(INNER_MOUTH), :2]).astype(np.int32)], 1)
    opened[inside > 0] = (20, 30, 200)
    after = change_by_actions(ACTIONS, opened, moved, mixed(ACTIONS, {"jawOpen": 0.2, "mouthUpperUp_L": 0.3}))
    middle = after[list(INNER_MOUTH), :2].mean(0).round().astype(int)
    patch = opened[middle[1] - 3 : middle[1] + 4, middle[0] - 8 : middle[0] + 9].reshape(-1, 3).astype(int)
    assert (patch[:, 2] > patch[:, 0] + 100).all()
