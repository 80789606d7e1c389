from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cortex_m4 import STRICT
from pixelfes import Pair, load
from pixelfes.arrays import Array, Floats
from pixelfes.export.c.choice import plain_name, stored_names
from pixelfes.export.c.writer import c_action_files
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.mix import Mix, mix_of, presets
from tests.export.action_mixes import MIXES, NAMES, differs, with_open_mouth
from tests.export.exported import (
    HARD_FACES,
    LEVELS,
    Actions,
    Face,
    actions_in_light,
    compiled_actions,
    person,
    resized,
    turned,
)
from tests.expression.drawn_faces import affine

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: apt-get install gcc libc6-dev")

NEARLY = LEVELS + 1
"""Largest difference from Python: roundings of two steps may add."""
SANITIZERS = ("-fsanitize=undefined,address", "-fno-sanitize-recover=all")
NOTHING = np.zeros(len(NAMES), np.float32)
STORED = stored_names(shipped_actions())
ONE_OF_EACH_KIND = ("", "cheekPuff", "browDown", "eyeBlink", "jawOpen")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Actions:
    return compiled_actions(tmp_path_factory.mktemp("actions"), *SANITIZERS)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the header and the source."""
    folder = tmp_path_factory.mktemp("sources")
    text = c_action_files(load("expressions"))
    (folder / "pixelfes.h").write_text(text.header)
    (folder / "pixelfes.c").write_text(text.source)
    return folder


def sizes_of(**sizes: float) -> Floats:
    """Sizes of all actions, of those by name."""
    return np.array([sizes.get(name, 0.0) for name in NAMES], np.float32)


@pytest.mark.parametrize("side", [64, 110, 250])
@pytest.mark.parametrize("name", MIXES)
def test_a_photo_of_any_size_shows_a_mix_as_in_python(name: str, side: int, runtime: Actions, face: Face) -> None:
    weights, gaze = MIXES[name]
    assert differs(runtime, resized(face, side), mix_of(weights), gaze) <= NEARLY


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_drawn_as_in_python(name: str, runtime: Actions, face: Face) -> None:
    assert differs(runtime, resized(face, 128), Mix({name: 0.8})) <= NEARLY


@pytest.mark.parametrize("name", [name for name, preset in presets().items() if preset.mix.actions])
def test_the_actions_of_a_preset_are_drawn_as_in_python(name: str, runtime: Actions, people: list[Pair]) -> None:
    for pair in people[10:]:
        assert differs(runtime, person(pair), presets()[name].mix) <= NEARLY


@pytest.mark.parametrize("name", MIXES)
def test_a_rolled_face_shows_a_mix_as_in_python(name: str, runtime: Actions, face: Face) -> None:
    weights, gaze = MIXES[name]
    for degrees in (30.0, 180.0):
        assert differs(runtime, affine(*face, degrees=degrees, scale=0.35), mix_of(weights), gaze) <= NEARLY


@pytest.mark.parametrize("box", [(0, 200, 100, 200), (90, 200, 0, 200), (60, 140, 80, 130), (0, 50, 0, 20)])
def test_a_face_cut_by_the_edge_shows_a_mix_as_in_python(
    box: tuple[int, int, int, int], runtime: Actions, face: Face
) -> None:
    pixels, points = resized(face, 200)
    top, bottom, left, right = box
    part = np.ascontiguousarray(pixels[top:bottom, left:right]), points - [left, top, 0]
    for weights, gaze in MIXES.values():
        assert differs(runtime, part, mix_of(weights), gaze) <= NEARLY


@pytest.mark.parametrize("yaw", [-1.2, -0.8, -0.4, 0.4, 0.8, 1.2])
def test_a_turned_head_shows_as_much_as_in_python(yaw: float, runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 150)
    for weights, gaze in MIXES.values():
        assert differs(runtime, (pixels, turned(points, yaw)), mix_of(weights), gaze) <= NEARLY


@pytest.mark.parametrize("hard", HARD_FACES)
def test_a_hard_face_shows_a_mix_as_in_python(hard: str, runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 150)
    for weights, gaze in MIXES.values():
        assert differs(runtime, (pixels, HARD_FACES[hard](points)), mix_of(weights), gaze) <= NEARLY


def test_the_light_of_the_photo_is_matched(runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 160)
    dim = (pixels * np.array([0.5, 0.35, 0.2])).astype(np.uint8)
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    for photo in (dim, grey, np.zeros_like(pixels), np.full_like(pixels, 255)):
        for weights, gaze in MIXES.values():
            assert differs(runtime, (photo, points), mix_of(weights), gaze) <= NEARLY


@given(st.lists(st.floats(0, 2), min_size=len(NAMES), max_size=len(NAMES)), st.tuples(*[st.floats(-40, 40)] * 2))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_sizes_are_drawn_as_in_python(
    runtime: Actions, face: Face, sizes: list[float], gaze: tuple[float, float]
) -> None:
    assert differs(runtime, resized(face, 110), Mix(dict(zip(NAMES, sizes, strict=True))), gaze) <= NEARLY


def test_nothing_asked_for_is_the_photo_bit_for_bit(runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 130)
    np.testing.assert_array_equal(runtime(pixels, points, NOTHING, (0.0, 0.0)), pixels)
    np.testing.assert_array_equal(runtime(pixels, points, NOTHING - 1, (0.0, 0.0)), pixels)


@pytest.mark.parametrize("value", [np.nan, np.inf, 10.5, -11])
def test_what_is_no_size_is_refused(value: float, runtime: Actions, face: Face) -> None:
    small = resized(face, 64)
    with pytest.raises(RuntimeError, match="status 101"):
        runtime(*small, sizes_of(jawOpen=value), (0.0, 0.0))


@pytest.mark.parametrize("gaze", [(46.0, 0.0), (0.0, -46.0), (np.nan, 0.0), (0.0, np.inf)])
def test_a_gaze_that_no_eye_has_is_refused(gaze: tuple[float, float], runtime: Actions, face: Face) -> None:
    with pytest.raises(RuntimeError, match="status 101"):
        runtime(*resized(face, 64), NOTHING, gaze)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_landmarks_that_are_no_numbers_are_refused(value: float, runtime: Actions, face: Face) -> None:
    pixels, points = resized(face, 64)
    points[100, 1] = value
    with pytest.raises(RuntimeError, match="status 101"):
        runtime(pixels, points, sizes_of(jawOpen=0.4), (0.0, 0.0))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (90, 90)])
@pytest.mark.parametrize("scale", [0.01, 0.1, 30.0, 1e4])
def test_a_face_of_any_size_stays_within_its_memory(
    size: tuple[int, int], scale: float, runtime: Actions, points: Array
) -> None:
    photo = np.full((*size, 3), 120, np.uint8)
    moved = (points - points.mean(0)) * scale + [size[1] / 2, size[0] / 2, 0]
    for weights, gaze in MIXES.values():
        sizes = sizes_of(**mix_of(weights).actions)
        assert runtime(photo, np.clip(moved, -9e5, 9e5), sizes, gaze).shape == photo.shape


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 30.0, 1e3, 9e5]))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_landmarks_that_are_no_face_stay_within_their_memory(runtime: Actions, seed: int, reach: float) -> None:
    numbers = np.random.default_rng(seed)
    photo = numbers.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    points = numbers.uniform(-reach, reach, (468, 3))
    sizes = numbers.uniform(0, 1.5, len(NAMES)).astype(np.float32)
    assert runtime(photo, points, sizes, (20.0, -5.0)).shape == photo.shape


def test_a_face_wider_than_the_memory_is_refused(face: Face, tmp_path: Path) -> None:
    narrow = compiled_actions(tmp_path, "-DPIXELFES_WIDEST=64")
    with pytest.raises(RuntimeError, match="status 102"):
        narrow(*resized(face, 200), sizes_of(jawOpen=0.4), (0.0, 0.0))


@pytest.mark.parametrize(
    "sizes", [{"jawOpen": 0.4}, {"eyeBlink_L": 1.0, "eyeBlink_R": 0.5}, {"browDown_R": 1.0}], ids=str
)
def test_what_is_chosen_is_drawn_as_with_everything(
    sizes: dict[str, float], runtime: Actions, face: Face, tmp_path: Path
) -> None:
    chosen = {f"-DPIXELFES_HAS_{plain_name(name.partition('_')[0])}" for name in sizes}
    program = compiled_actions(tmp_path, "-DPIXELFES_ONLY", "-DPIXELFES_EYES", "-DPIXELFES_MOUTH", *chosen)
    small = resized(face, 120)
    asked = sizes_of(**sizes)
    np.testing.assert_array_equal(program(*small, asked, (0.0, 0.0)), runtime(*small, asked, (0.0, 0.0)))
    with pytest.raises(RuntimeError, match="status 103"):
        program(*small, sizes_of(mouthSmile_L=0.1), (0.0, 0.0))


@pytest.mark.parametrize("name", ["", *STORED])
def test_any_choice_compiles_without_a_warning(name: str, sources: Path, tmp_path: Path) -> None:
    """Warnings that need the optimiser are looked for in one choice of each kind; the others differ in tables alone."""
    choice = [f"-DPIXELFES_HAS_{plain_name(name)}"] if name else []
    how = ["-O1", "-c", "-o", str(tmp_path / "x.o")] if name in ONE_OF_EACH_KIND else ["-fsyntax-only"]
    command = ["gcc", *STRICT, "-DPIXELFES_ONLY", *choice, *how, "pixelfes.c"]
    done = subprocess.run(command, cwd=sources, check=False, capture_output=True, text=True)
    assert done.stderr == ""


def test_no_pixel_needs_floating_point(sources: Path, tmp_path: Path) -> None:
    """What draws a line calls no function whose compiled code has floating point."""
    code = tmp_path / "pixelfes.s"
    command = ["gcc", *STRICT, "-O1", "-fno-inline", "-S", "pixelfes.c", "-o", str(code)]
    subprocess.run(command, cwd=sources, check=True)
    bodies = dict(re.findall(r"^(\w+):\n(.*?)^\t\.size\t\1,", code.read_text(), re.MULTILINE | re.DOTALL))
    called, waiting = set[str](), {"change", "coordinates", "eye_line", "mouth_line"}
    while waiting:
        name = waiting.pop()
        called.add(name)
        assert not re.search(r"\w+s[sd]\t.*%xmm|cvt\w+", bodies[name]), name
        waiting |= set(re.findall(r"call\t(\w+)", bodies[name])) & bodies.keys() - called
    assert {"look_up", "read_photo", "lid_colour", "teeth_at", "root"} <= called
    assert re.search(r"mulsd", bodies["plan"])


def test_there_is_neither_malloc_nor_a_global_variable(sources: Path) -> None:
    source = (sources / "pixelfes.c").read_text()
    assert not re.search(r"\b(malloc|calloc|free|stdlib)\b", source)
    assert not re.search(r"^(?!static const )(static|extern)? ?\w+ \w+(\[.*\])* ?=", source, re.MULTILINE)


def test_python_has_what_a_choice_of_every_action_shows(face: Face) -> None:
    """The largest change of each stored action on the portrait is more than what exports may differ by."""
    pixels, points = resized(face, 128)
    for name in NAMES:
        changes = np.abs(actions_in_light(pixels, points, Mix({name: 1.0})).astype(int) - pixels)
        assert changes.max() > 2 * NEARLY, name


def test_what_the_docs_show_compiles(sources: Path, tmp_path: Path) -> None:
    docs = (Path(__file__).parents[3] / "docs" / "deploy.md").read_text()
    shown = next(block for block in re.findall(r"```c\n(.*?)```", docs, re.DOTALL) if "PIXELFES_ACTIONS" in block)
    shutil.copy(sources / "pixelfes.h", tmp_path / "expressions.h")
    (tmp_path / "shown.c").write_text(shown)
    subprocess.run(["gcc", *STRICT, "-c", "shown.c"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("gap", [0.08, 0.2, 0.4])
def test_a_mouth_that_is_open_opens_further_as_in_python(gap: float, runtime: Actions, face: Face) -> None:
    for weights, gaze in MIXES.values():
        assert differs(runtime, with_open_mouth(resized(face, 200), gap), mix_of(weights), gaze) <= NEARLY
