from __future__ import annotations

import cv2
import numpy as np
import onnx
import pytest

from pixelfes import ExpressionModel, Pair, PixelKernelRidge
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.export.onnx.writer import onnx_bytes
from pixelfes.face.alignment import HeadPose
from tests.export.exported import (
    HARD_FACES,
    LEVELS,
    Face,
    Synthesis,
    in_onnx_runtime,
    largest_difference,
    person,
    resized,
)
from tests.expression.drawn_faces import affine


@pytest.fixture(scope="module")
def exported_smile(smile: ExpressionModel) -> bytes:
    return onnx_bytes(smile)


@pytest.fixture(scope="module")
def runtime(exported_smile: bytes) -> Synthesis:
    return in_onnx_runtime(exported_smile)


@pytest.mark.parametrize("side", [96, 160, 333])
@pytest.mark.parametrize("intensity_q8", [32, 128, 256, 384])
def test_a_crop_of_any_size_smiles_as_in_python(
    side: int, intensity_q8: int, smile: ExpressionModel, runtime: Synthesis, face: Face
) -> None:
    assert largest_difference(smile, runtime, resized(face, side), intensity_q8) <= LEVELS


@pytest.mark.parametrize("degrees", [30.0, 180.0])
def test_a_rolled_face_smiles_as_in_python(
    degrees: float, smile: ExpressionModel, runtime: Synthesis, face: Face
) -> None:
    assert largest_difference(smile, runtime, affine(*face, degrees=degrees, scale=0.4), 256) <= LEVELS


@pytest.mark.parametrize("box", [(0, 640, 330, 640), (300, 640, 0, 640), (200, 450, 250, 400), (0, 50, 0, 60)])
def test_a_face_cut_by_the_edge_smiles_as_in_python(
    box: tuple[int, int, int, int], smile: ExpressionModel, runtime: Synthesis, face: Face
) -> None:
    top, bottom, left, right = box
    part = np.ascontiguousarray(face[0][top:bottom, left:right]), face[1] - [left, top, 0]
    assert largest_difference(smile, runtime, part, 256) <= LEVELS


@pytest.mark.parametrize("yaw", [-25, 25])
def test_a_turned_head_hides_what_it_hides_in_python(
    yaw: float, smile: ExpressionModel, runtime: Synthesis, face: Face
) -> None:
    pixels, points = resized(face, 200)
    angle = np.radians(yaw)
    middle = points.mean(0)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    assert largest_difference(smile, runtime, (pixels, (points - middle) @ turn.T + middle), 256) <= LEVELS


def test_landmarks_without_depth_will_do(smile: ExpressionModel, runtime: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 150)
    assert largest_difference(smile, runtime, (pixels, points * [1, 1, 0]), 256) <= LEVELS


def test_a_smiling_face_gets_what_is_missing(
    smile: ExpressionModel, runtime: Synthesis, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    assert largest_difference(smile, runtime, resized((smiling_portrait, smiling_points), 200), 384) <= LEVELS


@pytest.mark.parametrize("hard", HARD_FACES)
def test_a_hard_face_is_planned_as_in_python(hard: str, smile: ExpressionModel, runtime: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 180)
    for intensity_q8 in (100, 256):
        bent = HARD_FACES[hard](points)
        assert largest_difference(smile, runtime, (pixels, bent), intensity_q8) <= LEVELS


def test_the_light_of_the_photo_is_matched(smile: ExpressionModel, runtime: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 160)
    dim = (pixels * np.array([0.5, 0.35, 0.2])).astype(np.uint8)
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    for photo in (dim, grey, np.zeros_like(pixels), np.full_like(pixels, 255)):
        assert largest_difference(smile, runtime, (photo, points), 256) <= LEVELS
    out = runtime(grey, points, 256)
    assert (out == out[..., :1]).all()


def test_intensity_0_returns_the_same_pixels(runtime: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 100)
    np.testing.assert_array_equal(runtime(pixels, points, 0), pixels)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (90, 90)])
@pytest.mark.parametrize("scale", [0.01, 30.0])
def test_a_face_of_any_size_is_no_error(
    size: tuple[int, int], scale: float, smile: ExpressionModel, runtime: Synthesis, points: Array
) -> None:
    photo = np.full((*size, 3), 120, np.uint8)
    moved = (points - points.mean(0)) * scale + [size[1] / 2, size[0] / 2, 0]
    assert largest_difference(smile, runtime, (photo, moved), 256) <= LEVELS
    assert runtime(photo, (moved - moved[0]) * 1e-4 + moved[0], 256).shape == photo.shape


def test_a_model_of_ones_own_does_as_in_python(own_mesh_model: ExpressionModel, people: list[Pair]) -> None:
    runtime = in_onnx_runtime(own_mesh_model)
    assert max(largest_difference(own_mesh_model, runtime, person(pair), 256) for pair in people[10:]) <= LEVELS


def test_the_file_is_whole_and_says_what_it_is(exported_smile: bytes, smile: ExpressionModel) -> None:
    model = onnx.load_from_string(exported_smile)
    onnx.checker.check_model(model, full_check=True)
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said["attribution"] == smile.info_.attribution
    assert said["expression"] == "smile"
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]
    assert [put.name for put in model.graph.input] == ["photo", "landmarks", "intensity"]
    assert len(exported_smile) < 550_000
    assert not any(node.op_type in ("If", "Loop", "Scan") for node in model.graph.node)


def test_a_model_that_looks_at_the_whole_texture_says_so(people: list[Pair]) -> None:
    model = ExpressionModel("mesh", PixelKernelRidge(alpha=0.1), size=16).fit(people[:4])
    with pytest.raises(InputError, match="PixelKernelRidge cannot be exported: it needs the whole face"):
        onnx_bytes(model)


def test_every_pose_is_found_as_in_python(smile: ExpressionModel, points: Array) -> None:
    from pixelfes.export.onnx.graph import Graph
    from pixelfes.export.onnx.head_pose import pose

    displacement = smile.learned_.displacement
    assert displacement is not None
    graph = Graph()
    head = pose(graph, displacement.reference, graph.input("points", np.float64, (468, 3)))
    outputs = (("scale", head.scale, ()), ("rotation", head.rotation, (3, 3)), ("offset", head.offset, (3,)))
    for name, value, shape in (*outputs, ("yaw", head.yaw(), ())):
        graph.output(name, value, shape)
    from onnxruntime import InferenceSession

    session = InferenceSession(graph.model("pose", {}))
    rng = np.random.default_rng(0)
    for _ in range(50):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        turn *= np.sign(np.linalg.det(turn))
        face = rng.uniform(0.01, 30) * points @ turn.T + rng.normal(size=(468, 3)) + 1000 * rng.normal(size=3)
        expected = HeadPose.of(face, displacement.reference)
        found = session.run(None, {"points": face})
        np.testing.assert_allclose(found[0], expected.scale, rtol=1e-9)
        np.testing.assert_allclose(found[1], expected.rotation, atol=1e-9)
        np.testing.assert_allclose(found[2], expected.offset, atol=1e-6)
        np.testing.assert_allclose(found[3], expected.angles[0], atol=1e-3)
