"""Orientation, colour profile, resolution and EXIF data of a photo, in and out."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pixelfes.photos.reading import read_photo
from pixelfes.photos.writing import encode_photo
from tests.photos.photo_files import (
    FORMATS,
    ORIENTATION,
    SRGB,
    encoded,
    exif_with,
    grey_profile,
    picture,
    picture_bytes,
)

STORED_AS: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: np.rot90,  # to be turned clockwise, so stored turned the other way
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_each_orientation_is_read_upright(orientation: int, format: str) -> None:
    rgba = np.dstack([picture(), picture()[..., 1] | 1])
    stored = Image.fromarray(np.ascontiguousarray(STORED_AS[orientation](rgba)))
    options = {"lossless": True} if format == "WEBP" else {}
    photo = read_photo(encoded(stored, format, exif=exif_with(orientation=orientation), **options))
    assert np.array_equal(photo.pixels, picture())
    assert photo.opacity is not None
    assert np.array_equal(photo.opacity, rgba[..., 3])
    assert photo.exif is not None
    exif = Image.Exif()
    exif.load(photo.exif)
    assert exif[ORIENTATION] == 1


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("format", sorted({"JPEG", "AVIF"} & set(FORMATS)))
def test_each_orientation_of_a_lossy_file_is_read_upright(orientation: int, format: str) -> None:
    stored = Image.fromarray(np.ascontiguousarray(STORED_AS[orientation](picture())))
    photo = read_photo(encoded(stored, format, quality=100, exif=exif_with(orientation=orientation)))
    assert photo.pixels.shape == picture().shape
    assert np.abs(photo.pixels.astype(int) - picture()).max() <= 20


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0nonsense", b"Exif\0\0MM\0*\0\0\0\x08\0\xff", b"Exif\0\0II*\0\xff\xff\xff\xff"]
)
def test_a_photo_with_damaged_exif_data_is_still_read(exif: bytes) -> None:
    photo = read_photo(picture_bytes("JPEG", exif=exif))
    assert photo.pixels.shape == (24, 32, 3)
    assert photo.exif is None


def test_an_invalid_orientation_is_ignored() -> None:
    assert read_photo(picture_bytes("JPEG", exif=exif_with(orientation=99))).pixels.shape == (24, 32, 3)


@pytest.mark.parametrize("format", FORMATS)
def test_a_colour_profile_survives_reading_and_writing(format: str) -> None:
    photo = read_photo(picture_bytes(format, icc_profile=SRGB))
    assert photo.icc_profile == SRGB
    assert read_photo(encode_photo(photo, format, made_by="m")).icc_profile == SRGB


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_a_grey_photo_and_its_profile_stay_grey(format: str) -> None:
    photo = read_photo(encoded(Image.new("L", (8, 8), 90), format, icc_profile=grey_profile()))
    assert photo.grey
    assert photo.icc_profile == grey_profile()
    with Image.open(io.BytesIO(encode_photo(photo, format, made_by="m"))) as image:
        assert image.mode == "L"
        assert image.info["icc_profile"] == grey_profile()
        assert image.getpixel((3, 3)) == 90


@pytest.mark.parametrize("format", sorted({"WEBP", "AVIF"} & set(FORMATS)))
def test_a_grey_profile_is_applied_if_the_format_cannot_hold_it(format: str) -> None:
    photo = read_photo(encoded(Image.new("LA", (8, 8), (55, 200)), "PNG", icc_profile=grey_profile()))
    back = read_photo(encode_photo(photo, format, made_by="m"))
    assert back.icc_profile is None
    assert np.abs(back.pixels.astype(int) - 128).max() <= 3  # linear 55 / 255 is sRGB 128
    assert back.opacity is not None


def test_a_profile_of_another_colour_space_is_dropped() -> None:
    assert read_photo(encoded(Image.new("L", (8, 8)), "JPEG", icc_profile=SRGB)).icc_profile is None


@pytest.mark.parametrize("format", FORMATS)
def test_place_and_camera_are_dropped_by_default(format: str) -> None:
    photo = read_photo(picture_bytes("JPEG", exif=exif_with(orientation=6)))
    data = encode_photo(photo, format, made_by="m")
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        assert not exif.get_ifd(0x8825)
        assert not exif.get_ifd(0x8769)
        assert 0x010F not in exif
    assert b"Maker" not in data


@pytest.mark.parametrize("format", FORMATS)
def test_kept_metadata_have_orientation_one_place_and_camera(format: str) -> None:
    photo = read_photo(picture_bytes("JPEG", exif=exif_with(orientation=6)))
    data = encode_photo(photo, format, made_by="m", keep_metadata=True)
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        assert image.size == (24, 32)
        assert exif.get(ORIENTATION, 1) == 1
        assert exif[0x010F] == "Maker"
        assert exif.get_ifd(0x8825)[2] == (47.0, 22.0, 0.0)
        assert exif.get_ifd(0x8769)[0x9003] == "2024:01:02 03:04:05"
        assert 0x927C not in exif.get_ifd(0x8769)
    assert read_photo(data).pixels.shape == (32, 24, 3)


@pytest.mark.parametrize("format", FORMATS)
def test_the_thumbnail_of_the_original_is_never_written(format: str) -> None:
    thumbnail = b"\xff\xd8THUMBNAIL" * 9
    data = picture_bytes("JPEG", exif=exif_with(orientation=1, thumbnail=thumbnail))
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif().get_ifd(-1)[0x0202] == len(thumbnail)
    photo = read_photo(data)
    assert photo.exif is not None
    for keep in (False, True):
        assert b"THUMBNAIL" not in encode_photo(photo, format, made_by="m", keep_metadata=keep)


def test_tags_of_a_tiff_files_layout_are_not_kept() -> None:
    photo = read_photo(picture_bytes("TIFF", compression="tiff_lzw"))
    assert photo.exif is None


def test_metadata_of_a_tiff_file_are_written_to_a_jpeg_file() -> None:
    photo = read_photo(picture_bytes("TIFF", exif=exif_with(orientation=1)))
    with Image.open(io.BytesIO(encode_photo(photo, "JPEG", made_by=None, keep_metadata=True))) as image:
        assert image.getexif().get_ifd(0x8825)[1] == "N"
        assert set(image.getexif()) == {0x010F, ORIENTATION, 0x8769, 0x8825}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_the_resolution_survives_and_turns_with_the_photo(format: str) -> None:
    photo = read_photo(picture_bytes("JPEG", dpi=(300, 150), exif=exif_with(orientation=6)))
    assert photo.dpi == (150, 300)
    back = read_photo(encode_photo(photo, format, made_by="m"))
    assert back.dpi == pytest.approx((150, 300), abs=0.1)
