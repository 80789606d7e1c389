from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cortex_m4 import STRICT
from pixelfes import ExpressionModel, MaskedRidge, Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.export.c.writer import c_files
from tests.export.exported import HARD_FACES, LEVELS, Face, Synthesis, compiled, largest_difference, person, resized
from tests.expression.drawn_faces import affine

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: apt-get install gcc libc6-dev")


@pytest.fixture(scope="module")
def program(smile: ExpressionModel, tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    sanitizers = ("-fsanitize=undefined,address", "-fno-sanitize-recover=all")
    return compiled(smile, tmp_path_factory.mktemp("smile"), *sanitizers)


@pytest.mark.parametrize("side", [96, 160, 300])
@pytest.mark.parametrize("intensity_q8", [64, 256, 384])
def test_a_crop_of_any_size_smiles_as_in_python(
    side: int, intensity_q8: int, smile: ExpressionModel, program: Synthesis, face: Face
) -> None:
    assert largest_difference(smile, program, resized(face, side), intensity_q8) <= LEVELS


def test_fictional_people_smile_as_in_python(smile: ExpressionModel, program: Synthesis, people: list[Pair]) -> None:
    assert max(largest_difference(smile, program, person(pair), 256) for pair in people[:6]) <= LEVELS


@pytest.mark.parametrize("degrees", [30.0, 180.0])
def test_a_rolled_face_smiles_as_in_python(
    degrees: float, smile: ExpressionModel, program: Synthesis, face: Face
) -> None:
    assert largest_difference(smile, program, affine(*face, degrees=degrees, scale=0.4), 256) <= LEVELS


@pytest.mark.parametrize("box", [(0, 200, 100, 200), (90, 200, 0, 200), (60, 140, 80, 130), (0, 50, 0, 20)])
def test_a_face_cut_by_the_edge_smiles_as_in_python(
    box: tuple[int, int, int, int], smile: ExpressionModel, program: Synthesis, face: Face
) -> None:
    pixels, points = resized(face, 200)
    top, bottom, left, right = box
    part = np.ascontiguousarray(pixels[top:bottom, left:right]), points - [left, top, 0]
    assert largest_difference(smile, program, part, 256) <= LEVELS


def test_a_smiling_face_gets_what_is_missing(
    smile: ExpressionModel, program: Synthesis, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    assert largest_difference(smile, program, resized((smiling_portrait, smiling_points), 200), 384) <= LEVELS


@pytest.mark.parametrize("hard", HARD_FACES)
def test_a_hard_face_is_planned_as_in_python(hard: str, smile: ExpressionModel, program: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 180)
    for intensity_q8 in (100, 256):
        bent = HARD_FACES[hard](points)
        assert largest_difference(smile, program, (pixels, bent), intensity_q8) <= LEVELS


def test_the_light_of_the_photo_is_matched(smile: ExpressionModel, program: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 160)
    dim = (pixels * np.array([0.5, 0.35, 0.2])).astype(np.uint8)
    for photo in (dim, np.zeros_like(pixels), np.full_like(pixels, 255)):
        assert largest_difference(smile, program, (photo, points), 256) <= LEVELS


def test_intensity_0_returns_the_same_pixels(program: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 100)
    np.testing.assert_array_equal(program(pixels, points, 0), pixels)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (90, 90)])
@pytest.mark.parametrize("scale", [0.01, 30.0])
def test_a_face_of_any_size_is_no_error(
    size: tuple[int, int], scale: float, smile: ExpressionModel, program: Synthesis, points: Array
) -> None:
    photo = np.full((*size, 3), 120, np.uint8)
    moved = (points - points.mean(0)) * scale + [size[1] / 2, size[0] / 2, 0]
    assert largest_difference(smile, program, (photo, moved), 256) <= LEVELS
    assert program(photo, (moved - moved[0]) * 1e-4 + moved[0], 256).shape == photo.shape


def test_landmarks_that_are_no_face_break_nothing(program: Synthesis, face: Face) -> None:
    rng = np.random.default_rng(0)
    photo = resized(face, 80)[0]
    for spread in (1.0, 50.0, 3000.0, 9e5):
        program(photo, rng.uniform(-spread, spread, (468, 3)), 256)


@pytest.mark.parametrize(
    ("intensity_q8", "broken"), [(385, 1.0), (-1, 1.0), (256, np.nan), (256, np.inf), (256, 1e30), (256, 0.0)]
)
def test_bad_input_is_refused(intensity_q8: int, broken: float, program: Synthesis, face: Face) -> None:
    pixels, points = resized(face, 80)
    with pytest.raises(RuntimeError, match="status 101"):  # PIXELFES_BAD_INPUT
        program(pixels, points * broken, intensity_q8)


def test_a_face_too_wide_for_the_memory_is_refused(smile: ExpressionModel, tmp_path: Path, face: Face) -> None:
    small = compiled(smile, tmp_path, "-DPIXELFES_WIDEST=64", "-DPIXELFES_KEPT=16", "-DPIXELFES_BAND=3")
    with pytest.raises(RuntimeError, match="status 102"):  # PIXELFES_TOO_WIDE
        small(*resized(face, 160), 256)
    assert largest_difference(smile, small, resized(face, 64), 256) <= LEVELS


def test_a_model_of_ones_own_does_as_in_python(
    own_mesh_model: ExpressionModel, people: list[Pair], tmp_path: Path
) -> None:
    program = compiled(own_mesh_model, tmp_path)
    assert max(largest_difference(own_mesh_model, program, person(pair), 256) for pair in people[10:]) <= LEVELS


def test_no_pixel_needs_floating_point(smile: ExpressionModel, tmp_path: Path) -> None:
    text = c_files(smile)
    (tmp_path / "pixelfes.h").write_text(text.header)
    (tmp_path / "pixelfes.c").write_text(text.source)
    command = ["gcc", *STRICT, "-O1", "-fno-inline", "-S", "pixelfes.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    code = (tmp_path / "pixelfes.s").read_text()
    bodies = dict(re.findall(r"^(\w+):\n(.*?)^\t\.size\t\1,", code, re.MULTILINE | re.DOTALL))
    work = (
        "change",
        "sample",
        "look_up",
        "add_entry",
        "coordinates",
        "rows_around",
        "mixed",
        "pixelfes_line",
        "drawn_row",
        "hold",
    )
    for name in work:
        assert not re.search(r"\w+s[sd]\t.*%xmm|cvt\w+", bodies[name]), name
    assert re.search(r"mulsd", bodies["map_of"])  # once a triangle
    assert not re.search(r"\b(malloc|calloc|free|stdlib)\b", text.source)


def test_a_model_that_looks_at_the_whole_texture_says_so(people: list[Pair]) -> None:
    model = ExpressionModel("mesh", MaskedRidge(alpha=0.4), size=16).fit(people[:4])
    with pytest.raises(InputError, match="MaskedRidge cannot be exported: it needs the whole face"):
        c_files(model)


def test_what_the_docs_show_compiles(smile: ExpressionModel, tmp_path: Path) -> None:
    text = c_files(smile, "smile.h")
    (tmp_path / "smile.h").write_text(text.header)
    (tmp_path / "smile.c").write_text(text.source)
    docs = (Path(__file__).parents[3] / "docs" / "deploy.md").read_text()
    shown = next(block for block in re.findall(r"```c\n(.*?)```", docs, re.DOTALL) if "pixelfes_line" in block)
    before = "#include <stdint.h>\nvoid send(const uint8_t *line);\n"
    (tmp_path / "shown.c").write_text(before + shown)
    subprocess.run(["gcc", *STRICT, "-c", "shown.c", "smile.c"], cwd=tmp_path, check=True)
