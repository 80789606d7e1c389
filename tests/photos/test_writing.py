"""Photos out: every format and mode, side by side, and writing whole files or none."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes.errors import InputError, PhotoError
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import IMAGE_SUFFIXES, Photo, read_photo
from pixelfes.photos.writing import encode_photo, format_for, side_by_side
from tests.photos.photo_files import FORMATS, SRGB, inverted, picture, picture_bytes


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("opaque", [False, True])
def test_a_photo_comes_back_exactly_from_a_lossless_format(format: str, grey: bool, opaque: bool) -> None:
    pixels = np.stack([picture()[..., 0]] * 3, axis=-1) if grey else picture()
    photo = Photo(pixels, None if opaque else picture()[..., 1], grey=grey)
    back = read_photo(encode_photo(photo, format, made_by="m"))
    assert np.array_equal(back.pixels, photo.pixels)
    assert back.grey == grey
    assert (back.opacity is None) == opaque
    if back.opacity is not None:
        assert np.array_equal(back.opacity, picture()[..., 1])


@pytest.mark.parametrize("format", FORMATS)
def test_a_photo_comes_back_nearly_from_every_format(format: str) -> None:
    pixels = read_photo(encode_photo(Photo(picture(64, 64)), format, made_by="m")).pixels
    assert np.abs(pixels.astype(int) - picture(64, 64)).mean() < 2


def test_jpeg_is_written_with_full_colour_resolution() -> None:
    with Image.open(io.BytesIO(encode_photo(Photo(picture()), "JPEG", made_by="m"))) as image:
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]


def test_jpeg_lays_a_transparent_photo_over_white() -> None:
    opacity = np.zeros((16, 16), np.uint8)
    opacity[:, 8:] = 255
    pixels = read_photo(encode_photo(Photo(np.zeros((16, 16, 3), np.uint8), opacity), "JPEG", made_by="m")).pixels
    assert pixels[:, :8].min() > 250
    assert pixels[:, 8:].max() < 5


@pytest.mark.parametrize("format", ["BMP", "GIF", "jpeg", "PDF"])
def test_a_format_that_cannot_be_written_is_refused(format: str) -> None:
    with pytest.raises(PhotoError, match="only as JPEG"):
        encode_photo(Photo(picture()), format, made_by="m")


def test_a_quality_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match="quality"):
        encode_photo(Photo(picture()), "JPEG", made_by="m", quality=101)


def test_a_photo_too_long_for_the_format_is_a_clear_error() -> None:
    with pytest.raises(PhotoError, match="cannot be written as WEBP"):
        encode_photo(Photo(np.zeros((1, 16400, 3), np.uint8)), "WEBP", made_by="m")


def test_the_suffix_names_the_format() -> None:
    assert format_for(Path("a.JPEG")) == "JPEG"
    assert format_for("a.tif") == "TIFF"
    for name in ("a.bmp", "a", "a.gif"):
        with pytest.raises(PhotoError, match=r"must end in one of \.jpg, \.jpeg, \.png"):
            format_for(name)


def test_suffixes_for_walks_are_lower_case_and_hold_every_written_one() -> None:
    assert {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"} <= IMAGE_SUFFIXES
    assert all(suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)


def test_pictures_side_by_side_have_white_between() -> None:
    both = side_by_side(picture(), inverted(picture()))
    assert np.array_equal(both[:, :32], picture())
    assert np.array_equal(both[:, -32:], inverted(picture()))
    assert both.shape[1] > 64
    assert (both[:, 32:-32] == 255).all()


def test_pictures_of_two_heights_are_not_put_side_by_side() -> None:
    with pytest.raises(InputError, match="shape"):
        side_by_side(picture(24), picture(25))


# Writing files


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "a.jpg", b"data")
    finally:
        os.umask(before)
    assert (tmp_path / "a.jpg").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "a.jpg").stat().st_mode) == 0o640


def test_an_overwritten_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_file(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.jpg"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, failing, full)
    with pytest.raises(PhotoError, match=r"a\.jpg cannot be written: no space left on device"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.jpg", b"new")
    assert not list(tmp_path.iterdir())


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.jpg").write_bytes(b"old")
    (tmp_path / "link.jpg").symlink_to("real.jpg")
    write_file(tmp_path / "link.jpg", b"new")
    assert (tmp_path / "link.jpg").is_symlink()
    assert (tmp_path / "real.jpg").read_bytes() == b"new"


def test_what_is_no_regular_file_or_has_no_directory_is_not_written(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(PhotoError, match="not a regular file"):
            write_file(path, b"new")
    with pytest.raises(PhotoError, match="no such file or directory"):
        write_file(tmp_path / "gone" / "a.jpg", b"new")


def test_a_photo_with_new_pixels_keeps_the_rest() -> None:
    photo = read_photo(picture_bytes("JPEG", icc_profile=SRGB))
    edited = replace(photo, pixels=inverted(photo.pixels))
    assert edited.icc_profile == SRGB
