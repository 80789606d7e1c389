from __future__ import annotations

import json
from importlib.resources import files

import cv2
import numpy as np
import onnx
import pytest

from pixelfes import Pair, load
from pixelfes.arrays import Array, Pixels
from pixelfes.export.onnx.writer import onnx_action_bytes
from pixelfes.expression.actions.mix import Mix, mix_of, presets
from pixelfes.photos.reading import read_photo
from tests.export.action_mixes import MIXES, NAMES, differs, with_open_mouth
from tests.export.exported import (
    HARD_FACES,
    LEVELS,
    Actions,
    Face,
    actions_in_onnx_runtime,
    person,
    resized,
    turned,
)
from tests.expression.drawn_faces import affine


@pytest.fixture(scope="module")
def exported() -> bytes:
    return onnx_action_bytes(load("expressions"))


@pytest.fixture(scope="module")
def runtime(exported: bytes) -> Actions:
    return actions_in_onnx_runtime(exported)


@pytest.mark.parametrize("side", [96, 250])
@pytest.mark.parametrize("name", MIXES)
def test_a_photo_of_any_size_shows_a_mix_as_in_python(name: str, side: int, runtime: Actions, face: Face) -> None:
    weights, gaze = MIXES[name]
    assert differs(runtime, resized(face, side), mix_of(weights), gaze) <= LEVELS


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_drawn_as_in_python(name: str, runtime: Actions, face: Face) -> None:
    small = resized(face, 128)
    assert differs(runtime, small, Mix({name: 0.8})) <= LEVELS
    sizes = np.array([0.8 * (one == name) for one in NAMES], np.float32)
    changes = np.abs(runtime(*small, sizes, (0.0, 0.0)).astype(int) - small[0]).max()
    assert changes > 2


@pytest.mark.parametrize("name", [name for name, preset in presets().items() if preset.mix.actions])
def test_the_actions_of_a_preset_are_drawn_as_in_python(name: str, runtime: Actions, people: list[Pair]) -> None:
    for pair in people[10:]:
        assert differs(runtime, person(pair), presets()[name].mix) <= LEVELS


@pytest.mark.parametrize("name", MIXES)
def test_a_rolled_face_shows_a_mix_as_in_python(name: str, runtime: Actions, face: Face) -> None:
    weights, gaze = MIXES[name]
    for degrees in (30.0, 180.0):
        assert differs(runtime, affine(*face, degrees=degrees, scale=0.35), mix_of(weights), gaze) <= LEVELS


@pytest.mark.parametrize("box", [(0, 300, 155, 300), (140, 300, 0, 300), (94, 211, 117, 188), (0, 25, 0, 30)])
def test_a_face_cut_by_the_edge_shows_a_mix_as_in_python(
    box: tuple[int, int, int, int], runtime: Actions, face: Face
) -> None:
    top, bottom, left, right = box
    pixels, points = resized(face, 300)
    part = np.ascontiguousarray(pixels[top:bottom, left:right]), points - [left, top, 0]
    for weights, gaze in MIXES.values():
        assert differs(runtime, part, mix_of(weights), gaze) <= LEVELS


@pytest.mark.parametrize("yaw", [-1.2, -0.8, -0.4, 0.4, 0.8, 1.2])
def test_a_turned_head_shows_as_much_as_in_python(yaw: float, runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 150)
    for weights, gaze in MIXES.values():
        assert differs(runtime, (pixels, turned(points, yaw)), mix_of(weights), gaze) <= LEVELS


@pytest.mark.parametrize("hard", HARD_FACES)
def test_a_hard_face_shows_a_mix_as_in_python(hard: str, runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 150)
    for weights, gaze in MIXES.values():
        assert differs(runtime, (pixels, HARD_FACES[hard](points)), mix_of(weights), gaze) <= LEVELS


def test_the_light_of_the_photo_is_matched(runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 128)
    dim = (pixels * np.array([0.5, 0.35, 0.2])).astype(np.uint8)
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    for photo in (dim, grey, np.zeros_like(pixels), np.full_like(pixels, 255)):
        for weights, gaze in MIXES.values():
            assert differs(runtime, (photo, points), mix_of(weights), gaze) <= LEVELS


def test_nothing_asked_for_is_the_photo_bit_for_bit(runtime: Actions, face: Face) -> None:
    nothing = np.zeros(len(NAMES), np.float32)
    for side in (64, 333):
        pixels, points = resized(face, side)
        np.testing.assert_array_equal(runtime(pixels, points, nothing, (0.0, 0.0)), pixels)
        np.testing.assert_array_equal(runtime(pixels, points, nothing - 1, (0.0, 0.0)), pixels)
        crossed = points.copy()
        crossed[[159, 145]] = crossed[[145, 159]]  # lids that cross
        np.testing.assert_array_equal(runtime(pixels, crossed, nothing, (0.0, 0.0)), pixels)


def test_sizes_beyond_the_caps_are_held(runtime: Actions, face: Face) -> None:
    small = resized(face, 100)
    largest, more = (np.full(len(NAMES), size, np.float32) for size in (1.5, 99.0))
    np.testing.assert_array_equal(runtime(*small, more, (90.0, -90.0)), runtime(*small, largest, (45.0, -45.0)))


def test_of_actions_that_exclude_each_other_the_difference_counts(runtime: Actions, face: Face) -> None:
    small = resized(face, 100)
    for one, other in (
        ("eyeWide_L", "eyeBlink_L"),
        ("mouthSmile_R", "mouthFrown_R"),
        ("mouthStretch_L", "mouthPucker"),
    ):
        both, less = np.zeros((2, len(NAMES)), np.float32)
        both[[NAMES.index(one), NAMES.index(other)]] = 1.0, 0.25
        less[NAMES.index(one)] = 0.75
        np.testing.assert_array_equal(runtime(*small, both, (0.0, 0.0)), runtime(*small, less, (0.0, 0.0)))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (90, 90)])
@pytest.mark.parametrize("scale", [0.01, 0.1, 30.0])
def test_a_face_of_any_size_is_no_error(size: tuple[int, int], scale: float, runtime: Actions, points: Array) -> None:
    photo = np.full((*size, 3), 120, np.uint8)
    moved = (points - points.mean(0)) * scale + [size[1] / 2, size[0] / 2, 0]
    for weights, gaze in MIXES.values():
        assert differs(runtime, (photo, moved), mix_of(weights), gaze) <= LEVELS
    flat = (moved - moved[0]) * 1e-4 + moved[0]
    assert runtime(photo, flat, np.ones(len(NAMES), np.float32), (20.0, 5.0)).shape == photo.shape


def test_the_file_is_whole_and_says_what_it_is(exported: bytes) -> None:
    model = onnx.load_from_string(exported)
    onnx.checker.check_model(model, full_check=True)
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert tuple(said["actions"].split()) == NAMES
    assert json.loads(said["presets"])["wink"] == presets()["wink"].mix.actions
    assert said["attribution"] == "ICT-FaceKit"
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]
    assert [put.name for put in model.graph.input] == ["photo", "landmarks", "actions", "gaze"]
    assert len(exported) < 800_000
    assert not any(node.op_type in ("If", "Loop", "Scan") for node in model.graph.node)


def test_a_whole_photo_shows_what_its_crop_shows(runtime: Actions, points: Array) -> None:
    pixels: Pixels = read_photo((files("pixelfes") / "assets" / "portrait.jpg").read_bytes()).pixels
    sizes = np.array([presets()["surprised"].mix.actions.get(name, 0.0) for name in NAMES], np.float32)
    whole = runtime(pixels, points, sizes, (0.0, 0.0))
    part = runtime(np.ascontiguousarray(pixels[:, 20:620]), points - [20, 0, 0], sizes, (0.0, 0.0))
    assert np.abs(whole[:, 20:620].astype(int) - part).max() <= 1


@pytest.mark.parametrize("gap", [0.08, 0.2, 0.4])
def test_a_mouth_that_is_open_opens_further_as_in_python(gap: float, runtime: Actions, face: Face) -> None:
    for weights, gaze in MIXES.values():
        assert differs(runtime, with_open_mouth(resized(face, 200), gap), mix_of(weights), gaze) <= LEVELS
