"""An expression is refined from a few pairs, and stored as a small file that is checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixelfes import ActionModel, ExpressionModel, FaceDetector, Pair, load
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError, ModelError
from pixelfes.expression.actions.model import ShownExpression
from pixelfes.expression.actions.refinement import REFINED_FILE
from pixelfes.tensor_file import write_tensor_file


@pytest.fixture(scope="module")
def model(smile: ExpressionModel, detector: FaceDetector) -> ActionModel:
    return ActionModel(smile, detector)


@pytest.fixture(scope="module")
def pairs(model: ActionModel, portrait: Pixels, points: Array) -> list[Pair]:
    """The portrait, and the same with an expression that is angrier at the brows than the shipped one."""
    target = model.synthesize(portrait, "angry + browOuterUp:0.8", landmarks=points)
    return [Pair(portrait, target, name=str(n), input_landmarks=points) for n in range(5)]


def test_no_pairs_leave_the_shipped_expression(model: ActionModel, portrait: Pixels, points: Array) -> None:
    refined = model.showing("angry").fit([])
    expected = model.synthesize(portrait, "angry", landmarks=points)
    np.testing.assert_array_equal(refined.synthesize(portrait, landmarks=points), expected)


def test_five_pairs_take_it_half_of_the_way(
    model: ActionModel, pairs: list[Pair], portrait: Pixels, points: Array
) -> None:
    target = np.asarray(pairs[0].target, float)
    shipped = model.synthesize(portrait, "angry", landmarks=points)
    errors = [np.abs(shipped - target).mean()]
    for count in (5, 1):
        refined = model.showing("angry").fit(pairs[:count])
        assert refined.info_.n_pairs == count
        errors.append(np.abs(refined.synthesize(portrait, landmarks=points) - target).mean())
    assert errors[1] < errors[2] < errors[0]


def test_a_refined_expression_comes_back_from_its_file(
    model: ActionModel, pairs: list[Pair], portrait: Pixels, points: Array, tmp_path: Path
) -> None:
    refined = model.showing("angry").fit(pairs[:2])
    refined.save(tmp_path / "angry.safetensors")
    loaded = load(tmp_path / "angry.safetensors")
    assert isinstance(loaded, ShownExpression)
    assert loaded.info_.expression == "angry"
    expected = refined.synthesize(portrait, landmarks=points)
    np.testing.assert_allclose(loaded.synthesize(portrait, landmarks=points).astype(int), expected, atol=1)
    assert (tmp_path / "angry.safetensors").stat().st_size < 64_000


def test_what_cannot_be_refined_or_stored_says_so(model: ActionModel, pairs: list[Pair], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fit a model of its own"):
        model.showing("smile").fit(pairs)
    with pytest.raises(InputError, match="its name is enough"):
        model.showing("sad").save(tmp_path / "sad.safetensors")
    with pytest.raises(InputError, match="none of 1 pairs can be used"):
        model.showing("sad").fit([Pair(b"", b"")])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"actions": {"nothing": 1.0}}, "the unknown action 'nothing'"),
        ({"actions": {"jawOpen": "wide"}}, "its size of jawOpen is no number"),
        ({"neutral": "2"}, "its share of neutral is no number from 0 to 1"),
        ({"neutral": "much"}, "its share of neutral is no number from 0 to 1"),
        ({"format_version": 2}, "version"),
        ({"more": 1}, "unknown entries"),
    ],
)
def test_a_damaged_file_is_refused(change: dict[str, object], message: str, tmp_path: Path) -> None:
    header = {
        "format_version": 1,
        "actions": {"jawOpen": 0.1},
        "neutral": "1.0",
        "expression": "angry",
        "n_pairs": 2,
        "training_data": "",
        "licence": "",
        "attribution": "",
        "package_version": "0.1.0",
    }
    arrays = {"displacement": np.zeros((468, 3), np.float32), "shading": np.zeros((56, 56), np.float32)}
    write_tensor_file(REFINED_FILE, tmp_path / "right.safetensors", header, arrays)
    load(tmp_path / "right.safetensors")
    write_tensor_file(REFINED_FILE, tmp_path / "wrong.safetensors", header | change, arrays)
    with pytest.raises(ModelError, match=message):
        load(tmp_path / "wrong.safetensors")
    arrays["shading"] = np.zeros((5, 5), np.float32)
    write_tensor_file(REFINED_FILE, tmp_path / "shape.safetensors", header, arrays)
    with pytest.raises(ModelError, match="shading must be"):
        load(tmp_path / "shape.safetensors")
