"""``pixelfes apply`` on one photo: what comes out, where, and what is refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from pixelfes import FaceDetector
from pixelfes.cli.apply.settings import model_digest
from pixelfes.expression.base import LARGEST_INTENSITY
from pixelfes.version import __version__
from tests.cli.program import (
    SIDE,
    fail,
    fail_here,
    misuse,
    one_sentence,
    pixelfes,
    pixels_of,
    portrait,
    smiles,
    succeed,
)
from tests.face.trust.covered_faces import masked

ORIENTATION, GPS = 0x0112, 0x8825


def phone_photo(path: Path) -> None:
    """Write a photo as phones do: stored on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[GPS] = {1: "N", 2: (47.0, 22.0, 0.0)}
    portrait().transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)


def test_a_phones_photo_comes_out_beside_it_upright_smiling_marked_and_without_its_place(tmp_path: Path) -> None:
    phone_photo(tmp_path / "me.jpg")
    assert succeed("apply", "me.jpg", folder=tmp_path) == "me.smile.jpg\n"
    with Image.open(tmp_path / "me.smile.jpg") as image:
        assert image.format == "JPEG"
        mark = f">pixelfes {__version__}, model smile {model_digest('smile')}, intensity 1, teeth auto<"
        assert mark.encode() in image.info["xmp"]
        assert not image.getexif()
    assert smiles(pixels_of(tmp_path / "me.jpg"), pixels_of(tmp_path / "me.smile.jpg"))
    assert smiles(np.asarray(portrait(), np.int16), pixels_of(tmp_path / "me.smile.jpg"))


def test_metadata_are_kept_and_quality_is_set_when_asked_for(tmp_path: Path) -> None:
    phone_photo(tmp_path / "me.jpg")
    portrait().save(tmp_path / "forty.jpg", quality=40)
    said = succeed("apply", "me.jpg", "-o", "new/me.jpeg", "--keep-metadata", "--quality", "40", folder=tmp_path)
    assert said == f"{Path('new/me.jpeg')}\n"
    with Image.open(tmp_path / "new/me.jpeg") as image, Image.open(tmp_path / "forty.jpg") as forty:
        assert image.format == "JPEG"
        assert image.quantization == forty.quantization  # type: ignore[attr-defined]
        assert image.getexif().get_ifd(GPS)[2] == (47.0, 22.0, 0.0)
        assert image.getexif()[ORIENTATION] == 1
        assert b", model smile " in image.info["xmp"]
        assert image.size == (SIDE, SIDE)


def test_intensity_zero_gives_the_very_pixels_and_a_folder_as_output_takes_the_file(tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.png")
    (tmp_path / "out").mkdir()
    succeed("apply", "me.png", "-o", "out", "--intensity", "0", folder=tmp_path)
    assert np.array_equal(pixels_of(tmp_path / "out/me.smile.png"), pixels_of(tmp_path / "me.png"))


def test_compare_puts_before_and_after_side_by_side_with_their_transparency(tmp_path: Path) -> None:
    before = portrait()
    before.putalpha(Image.linear_gradient("L").resize(before.size))
    before.save(tmp_path / "me.png")
    assert succeed("apply", "me.png", "--compare", folder=tmp_path) == "me.smile-compare.png\n"
    with Image.open(tmp_path / "me.smile-compare.png") as image:
        both = np.asarray(image, np.int16)
    assert np.array_equal(both[:, :SIDE], np.asarray(before))
    assert smiles(both[:, :SIDE, :3], both[:, -SIDE:, :3])
    assert np.array_equal(both[:, -SIDE:, 3], np.asarray(before)[..., 3])
    assert both.shape[1] > 2 * SIDE


def test_the_largest_face_alone_is_changed_when_asked_for(tmp_path: Path) -> None:
    group = Image.new("RGB", (2 * SIDE, SIDE), "white")
    group.paste(portrait(), (0, 0))
    group.paste(portrait(SIDE * 3 // 4), (SIDE + SIDE // 4, 0))
    group.save(tmp_path / "group.png")
    succeed("apply", "group.png", "-o", "one.png", "--face", "largest", folder=tmp_path)
    succeed("apply", "group.png", "-o", "both.png", folder=tmp_path)
    before, one, both = (pixels_of(tmp_path / f"{name}.png") for name in ("group", "one", "both"))
    right = np.s_[: SIDE * 3 // 4, SIDE + SIDE // 4 :]
    assert np.array_equal(one[right], before[right])
    assert smiles(before[:, :SIDE], one[:, :SIDE])
    assert smiles(before[right], both[right])


def test_what_is_there_is_replaced_only_when_asked_for(tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.jpg")
    (tmp_path / "you.png").write_bytes(b"precious")
    for name in ("you.png", "me.smile.jpg"):
        (tmp_path / "me.smile.jpg").write_bytes(b"precious")
        output = tmp_path / name
        arguments = ["-o", str(output)] * (name == "you.png")
        sentence = fail_here("apply", tmp_path / "me.jpg", *arguments)
        assert sentence == f"{output} exists and was not made by this program; add --overwrite to replace it"
        assert output.read_bytes() == b"precious"
    succeed("apply", "me.jpg", "-o", "you.png", "--overwrite", folder=tmp_path)
    assert smiles(pixels_of(tmp_path / "me.jpg"), pixels_of(tmp_path / "you.png"))


@pytest.mark.parametrize("kind", ["itself", "through a folder", "symbolic link", "hard link"])
def test_the_input_is_never_written_over(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "me.jpg"
    portrait().save(path)
    (tmp_path / "sub").mkdir()
    output = {"itself": path, "through a folder": tmp_path / "sub/../me.jpg"}.get(kind, tmp_path / "other.jpg")
    if kind == "symbolic link":
        output.symlink_to("me.jpg")
    if kind == "hard link":
        os.link(path, output)
    before = path.read_bytes()
    for extra in ([], ["--overwrite"]):
        sentence = fail_here("apply", path, "-o", output, *extra)
        assert sentence == f"the output {output} is the input itself; name another file"
    assert path.read_bytes() == before


def test_photos_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    portrait().save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:3000])
    (tmp_path / "text.jpg").write_text("no photo")
    assert fail("apply", "gone.jpg", folder=tmp_path) == "gone.jpg cannot be read: no such file or directory"
    assert fail("apply", "cut.jpg", folder=tmp_path) == "cut.jpg cannot be read: it is damaged or cut short"
    assert "text.jpg cannot be read: it is not a JPEG" in fail("apply", "text.jpg", folder=tmp_path)


def test_a_photo_without_a_face_is_one_sentence_with_its_name(tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "flat.png")
    assert fail("apply", "flat.png", folder=tmp_path) == "flat.png: no face was found in the photo"


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    sentence = fail("apply", "two\nlines\x1b[31m.jpg", folder=tmp_path)
    assert sentence == "two lines\N{REPLACEMENT CHARACTER}[31m.jpg cannot be read: no such file or directory"


def test_models_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.jpg")
    (tmp_path / "noise.safetensors").write_bytes(np.random.default_rng(0).bytes(5000))
    save_file({"weight": np.zeros(3)}, tmp_path / "bare.safetensors")
    for name, reason in [
        ("frown", "is neither a model file nor one of the shipped models (smile, expressions)"),
        ("noise.safetensors", "is not a valid pixelfes model: it cannot be read as safetensors"),
        ("bare.safetensors", "is not a valid pixelfes model: its metadata have no entry 'pixelfes'"),
    ]:
        path = name if name == "frown" else tmp_path / name
        assert f"{path} {reason}" in fail_here("apply", tmp_path / "me.jpg", "--model", path)
        assert f"{path} {reason}" in fail_here("info", path)
    assert "its metadata have no entry" in fail("apply", "me.jpg", "-m", "bare.safetensors", folder=tmp_path)


def test_an_empty_name_is_not_the_folder_it_stands_in() -> None:
    assert "is empty" in fail_here("apply", "")
    assert "is empty" in fail_here("apply", "me.jpg", "-o", "")


def test_outputs_that_cannot_be_written_are_one_sentence(tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.jpg")
    assert "its name must end in one of .jpg" in fail_here("apply", tmp_path / "me.jpg", "-o", tmp_path / "me.bmp")
    assert "cannot be written to" in fail("apply", "me.jpg", "-o", "me.jpg/out.png", folder=tmp_path)


def test_a_read_only_output_folder_is_one_sentence(tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.jpg")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):
        pytest.skip("permissions do not bind this user")
    assert "permission denied" in fail("apply", "me.jpg", "-o", locked / "out.png", folder=tmp_path)
    assert "permission denied" in fail("apply", ".", "-o", locked, folder=tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--intensity", "-0.1"],
        ["--intensity", str(LARGEST_INTENSITY + 0.1)],
        ["--intensity", "nan"],
        ["--intensity", "much"],
        ["--quality", "0"],
        ["--face", "smallest"],
        ["--smile"],
        ["--workers", "0"],
        ["--max-pixels", "999999999"],
    ],
)
def test_wrong_usage_has_the_status_two(wrong: list[str]) -> None:
    assert "Error" in misuse("apply", "me.jpg", *wrong)


@pytest.mark.parametrize("module", ["cv2", "onnxruntime"])
def test_without_the_extra_it_says_how_to_get_it(module: str, tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.jpg")
    code = f"import sys; sys.modules['{module}'] = None; from pixelfes.cli.main import run; run()"
    command = [sys.executable, "-c", code, "apply", "me.jpg"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert 'pip install "pixelfes[photo]"' in one_sentence(result.stderr)


@pytest.fixture
def masked_and_clear(tmp_path: Path) -> Path:
    """A photo of two faces; a mask covers the mouth of the left one."""
    pixels = np.asarray(portrait().resize((480, 480)))
    (points,) = FaceDetector().detect(pixels)
    Image.fromarray(np.hstack([masked(pixels, points, (120, 170, 215)), pixels])).save(tmp_path / "two.png")
    return tmp_path


def test_a_covered_face_is_left_alone_to_the_bit_and_said(masked_and_clear: Path) -> None:
    result = pixelfes("apply", "two.png", folder=masked_and_clear)
    assert (result.returncode, result.stdout) == (0, b"two.smile.png\n")
    (line,) = result.stderr.decode().splitlines()
    assert re.fullmatch(r"pixelfes: two\.png: left the face at \d+, \d+ alone: covered mouth", line)
    before, after = (np.asarray(Image.open(masked_and_clear / name)) for name in ("two.png", "two.smile.png"))
    np.testing.assert_array_equal(after[:, :480], before[:, :480])
    assert (after[:, 480:] != before[:, 480:]).any()


def test_insisting_changes_every_face(masked_and_clear: Path) -> None:
    succeed("apply", "two.png", "--insist", folder=masked_and_clear)
    before, after = (np.asarray(Image.open(masked_and_clear / name)) for name in ("two.png", "two.smile.png"))
    assert (after[:, :480] != before[:, :480]).any()


def test_a_photo_of_covered_faces_alone_is_an_error(masked_and_clear: Path) -> None:
    with Image.open(masked_and_clear / "two.png") as both:
        both.crop((0, 0, 480, 480)).save(masked_and_clear / "one.png")
    message = fail("apply", "one.png", folder=masked_and_clear)
    assert re.fullmatch(r"one\.png: no face can be changed: covered mouth \(at \d+, \d+\)", message)
