from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError, MissingDependencyError, ModelError
from pixelfes.evaluate.judges.crops import square_frame
from pixelfes.evaluate.judges.expression import ExpressionJudge
from pixelfes.evaluate.judges.onnx_expression import OnnxExpressionJudge
from pixelfes.evaluate.judges.onnx_network import OnnxNetwork
from pixelfes.face.appearance.light import LUMINANCE
from tests.evaluate.judges.onnx_files import linear_network, saved
from tests.expression.drawn_faces import affine

LABELS = ["happy", "neutral"]
COLOUR = np.array([200, 100, 50], np.uint8)


@pytest.fixture
def plain(portrait: Pixels) -> Pixels:
    """A photo of one colour: whatever the crop, its channels have these means."""
    return np.asarray(np.broadcast_to(COLOUR, portrait.shape).copy())


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), ("batch", 3, 32, 32), (1, 32, 32, 3), (None, 64, 64, 3)])
def test_layout_and_size_are_read_from_the_file(
    tmp_path: Path, plain: Pixels, points: Array, shape: tuple[int | str | None, ...]
) -> None:
    path = linear_network(tmp_path / "net.onnx", [[1, 0, 0], [0, 0, 1]], [0, 0], shape)
    judge: ExpressionJudge = OnnxExpressionJudge(path, LABELS)
    expected = 1 / (1 + np.exp(-(200 - 50) / 255))
    assert judge.score(plain, points) == pytest.approx(expected, abs=1e-5)
    assert judge.info.name == "net.onnx"
    assert judge.info.kept_out is None


@pytest.mark.parametrize("shape", [(1, 1, 48, 48), (1, 48, 48, 1)])
def test_a_grey_network_gets_the_luminance(
    tmp_path: Path, plain: Pixels, points: Array, shape: tuple[int, ...]
) -> None:
    judge = OnnxExpressionJudge(linear_network(tmp_path / "net.onnx", [[1], [0]], [0, 0], shape), LABELS)
    grey = float(COLOUR @ LUMINANCE) / 255
    assert judge.score(plain, points) == pytest.approx(1 / (1 + np.exp(-grey)), abs=1e-5)


def test_levels_are_scaled_as_asked(tmp_path: Path) -> None:
    path = linear_network(tmp_path / "net.onnx", np.eye(3), [0, 0, 0])
    crop = np.asarray(np.broadcast_to(COLOUR, (32, 32, 3)))
    network = OnnxNetwork(path, scale=1 / 127.5, mean=[1, 0.5, 0], std=2.0, colours="bgr")
    expected = (np.array([50, 100, 200]) / 127.5 - [1, 0.5, 0]) / 2
    np.testing.assert_allclose(network(crop), expected, atol=1e-5)


def test_a_network_of_bytes_gets_bytes(tmp_path: Path) -> None:
    path = linear_network(tmp_path / "net.onnx", np.eye(3), [0, 0, 0], (1, 32, 32, 3), kind=TensorProto.UINT8)
    crop = np.asarray(np.broadcast_to(COLOUR, (32, 32, 3)))
    np.testing.assert_allclose(OnnxNetwork(path, scale=1)(crop), COLOUR, atol=1e-4)


def test_probabilities_are_left_as_they_are(tmp_path: Path, plain: Pixels, points: Array) -> None:
    weights, bias = [[0, 0, 0], [1, 0, 0]], [0.3, 0]
    raw = OnnxExpressionJudge(linear_network(tmp_path / "raw.onnx", weights, bias), LABELS)
    done = OnnxExpressionJudge(linear_network(tmp_path / "done.onnx", weights, bias, softmax=True), LABELS)
    assert raw.score(plain, points) == pytest.approx(done.score(plain, points), abs=1e-6)
    assert raw.probabilities(plain, points).sum() == pytest.approx(1)


def test_the_expression_is_found_by_its_label(tmp_path: Path, plain: Pixels, points: Array) -> None:
    path = linear_network(tmp_path / "net.onnx", np.zeros((3, 3)), [0, 1, 2])
    names = ["sad", "joy", "calm"]
    judge = OnnxExpressionJudge(path, names, happy="joy")
    assert judge.score(plain, points) == pytest.approx(np.e / (1 + np.e + np.e**2), abs=1e-6)
    assert judge.info.expression == "joy"


def test_an_open_size_is_to_be_said(tmp_path: Path, plain: Pixels, points: Array) -> None:
    path = linear_network(tmp_path / "net.onnx", np.zeros((2, 3)), [0, 0], (1, 3, "h", "w"))
    with pytest.raises(InputError, match="leaves the size of its input open"):
        OnnxExpressionJudge(path, LABELS)
    assert OnnxExpressionJudge(path, LABELS, size=40).score(plain, points) == 0.5


def test_a_copy_has_the_same_score_and_a_turned_photo_nearly(tmp_path: Path, portrait: Pixels, points: Array) -> None:
    path = linear_network(tmp_path / "net.onnx", [[8, 0, 0], [0, 0, 8]], [0, 0], (1, 3, 64, 64))
    judge = OnnxExpressionJudge(path, LABELS, margin=1.0)
    score = judge.score(portrait, points)
    assert judge.score(portrait.copy(), points) == score
    assert judge.score(*affine(portrait, points, scale=1.2, degrees=30)) == pytest.approx(score, abs=0.02)


def test_the_crop_is_a_square_around_the_upright_face(points: Array, portrait: Pixels) -> None:
    _, turned = affine(portrait, points, degrees=40)
    for face in (points, turned):
        frame = square_frame(face, 64, 1.2)
        inside = (face[:, :2] - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T
        low, high = inside.min(0), inside.max(0)
        assert (high - low).max() == pytest.approx(64 / 1.2, rel=1e-6)
        np.testing.assert_allclose((low + high) / 2, 31.5, atol=1e-6)
        eyes = inside[[33, 133]].mean(0), inside[[362, 263]].mean(0)
        assert eyes[0][1] == pytest.approx(eyes[1][1])
        assert eyes[0][0] < eyes[1][0]


@pytest.mark.parametrize("labels", [[], ["happy"], ["happy", "happy"], ["happy", ""], ["happy", 3], "happy"])
def test_labels_are_names(tmp_path: Path, labels: list[str]) -> None:
    path = linear_network(tmp_path / "net.onnx", np.zeros((2, 3)), [0, 0])
    with pytest.raises(InputError, match="labels must be the names of two or more classes"):
        OnnxExpressionJudge(path, labels)


def test_labels_must_fit_the_network(tmp_path: Path) -> None:
    path = linear_network(tmp_path / "net.onnx", np.zeros((3, 3)), [0, 0, 0])
    with pytest.raises(ModelError, match="has 3 outputs, and 2 labels were given"):
        OnnxExpressionJudge(path, LABELS)
    with pytest.raises(InputError, match="the label 'glad' is none of the classifier's: happy, neutral"):
        OnnxExpressionJudge(path, LABELS, happy="glad")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 48}, "takes faces of 32 x 32 pixels; asked for 48"),
        ({"mean": [1, 2]}, "mean must be one finite number, or 3 of them"),
        ({"std": 0}, "std above 0"),
        ({"std": "x"}, "std must be one finite number"),
        ({"scale": float("nan")}, "scale must be finite"),
        ({"colours": "rbg"}, "'rgb' or 'bgr'"),
        ({"margin": 9}, "margin must be a number from 0.5 to 4"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: dict[str, object], message: str) -> None:
    path = linear_network(tmp_path / "net.onnx", np.zeros((2, 3)), [0, 0])
    with pytest.raises(InputError, match=message):
        OnnxExpressionJudge(path, LABELS, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"no network", b"\x08\x07" * 50])
def test_what_is_no_network_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match="cannot be read as an ONNX network") as caught:
        OnnxExpressionJudge(path, LABELS)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="is not a file"):
        OnnxExpressionJudge(tmp_path / "nowhere.onnx", LABELS)


@pytest.mark.parametrize("shape", [(1, 2, 32, 32), (4, 3, 32, 32), (1, 3, 32, 40), (3, 32, 32)])
def test_a_network_of_something_else_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    nodes = [helper.make_node("Identity", ["face"], ["out"])]
    path = saved(tmp_path / "net.onnx", nodes, shape, {}, TensorProto.FLOAT)
    with pytest.raises(ModelError, match="must take one square image of 1 or 3 channels"):
        OnnxExpressionJudge(path, LABELS)


def test_a_network_of_whole_numbers_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Cast", ["face"], ["out"], to=TensorProto.FLOAT)]
    path = saved(tmp_path / "net.onnx", nodes, (1, 3, 32, 32), {}, TensorProto.INT64)
    with pytest.raises(ModelError, match="one input, an image of floats or bytes"):
        OnnxExpressionJudge(path, LABELS)


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    path = linear_network(tmp_path / "net.onnx", np.zeros((2, 3)), [0, np.nan])
    with pytest.raises(ModelError, match="not finite"):
        OnnxExpressionJudge(path, LABELS)


def test_the_extra_is_named_where_onnxruntime_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingDependencyError, match=r'ONNX Runtime: pip install "pixelfes\[judge\]"'):
        OnnxExpressionJudge(tmp_path / "net.onnx", LABELS)
