"""Photos are encoded in every format and mode, and placed side by side."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes.errors import InputError, PhotoError
from pixelfes.photos.reading import IMAGE_SUFFIXES, Photo, read_photo
from pixelfes.photos.writing import encode_photo, format_for, side_by_side
from tests.photos.photo_files import FORMATS, inverted, picture


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


def test_a_photo_too_wide_for_the_format_is_refused() -> None:
    with pytest.raises(PhotoError, match="cannot be written as WEBP"):
        encode_photo(Photo(np.zeros((1, 16400, 3), np.uint8)), "WEBP", made_by="m")


def test_the_suffix_names_the_format() -> None:
    assert format_for(Path("a.JPEG")) == "JPEG"
    assert format_for("a.tif") == "TIFF"
    for name in ("a.bmp", "a", "a.gif"):
        with pytest.raises(PhotoError, match=r"must end in one of \.jpg, \.jpeg, \.png"):
            format_for(name)


def test_readable_suffixes_are_lower_case_and_include_every_written_one() -> None:
    assert {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"} <= IMAGE_SUFFIXES
    assert all(suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)


def test_pictures_side_by_side_are_separated_by_white() -> None:
    both = side_by_side(picture(), inverted(picture()))
    assert np.array_equal(both[:, :32], picture())
    assert np.array_equal(both[:, -32:], inverted(picture()))
    assert both.shape[1] > 64
    assert (both[:, 32:-32] == 255).all()


def test_pictures_of_different_heights_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        side_by_side(picture(24), picture(25))
