"""Photos are read from every source, format and mode."""

from __future__ import annotations

import io
import struct
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pixelfes.errors import InputError, PhotoError
from pixelfes.photos.reading import Photo, read_photo
from tests.photos.photo_files import (
    ORIENTATION,
    cmyk_profile_of_black_ink_only,
    encoded,
    exif_with,
    inverted,
    picture,
    picture_bytes,
    png,
)


def test_path_name_bytes_file_and_image_give_the_same_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture_bytes("PNG"))
    with path.open("rb") as file, Image.open(path) as image:
        for source in (path, str(path), path.read_bytes(), file, image):
            assert np.array_equal(read_photo(source).pixels, picture())


def test_an_array_is_copied_and_written_as_png() -> None:
    array = picture()
    photo = read_photo(array)
    array[:] = 0
    assert np.array_equal(photo.pixels, picture())
    assert photo.format == "PNG"
    assert not photo.grey


def test_a_two_dimensional_array_is_a_grey_photo() -> None:
    photo = read_photo(picture()[..., 0])
    assert photo.grey
    assert np.array_equal(photo.pixels, np.stack([picture()[..., 0]] * 3, axis=-1))


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros(4, np.uint8)],
)
def test_an_array_of_another_dtype_or_shape_is_refused(array: Any) -> None:
    with pytest.raises(InputError, match="pixels must be a uint8 array"):
        read_photo(array)


def test_a_photo_with_an_opacity_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match="opacity"):
        Photo(picture(), opacity=np.zeros((3, 3), np.uint8))


def test_a_source_of_another_type_is_refused() -> None:
    with pytest.raises(InputError, match="not int"):
        read_photo(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="binary mode"):
        read_photo(io.StringIO("text"))  # type: ignore[arg-type]


def test_a_pillow_image_stays_open_and_unchanged() -> None:
    image = Image.open(io.BytesIO(picture_bytes("JPEG", exif=exif_with(orientation=6))))
    assert read_photo(image).pixels.shape == (32, 24, 3)
    assert image.getexif()[ORIENTATION] == 6
    assert image.size == (32, 24)


def test_threads_that_read_at_once_restore_the_warning_filters() -> None:
    before = list(warnings.filters)
    threads = [threading.Thread(target=read_photo, args=(picture_bytes("JPEG"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert list(warnings.filters) == before


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_each_format_is_read_and_names_the_format_to_write(format: str) -> None:
    photo = read_photo(picture_bytes(format))
    assert photo.format == ("PNG" if format == "BMP" else format)
    assert np.abs(photo.pixels.astype(int) - picture()).max() <= (12 if format == "JPEG" else 0)
    assert photo.opacity is None
    assert not photo.grey


def test_the_first_picture_of_an_mpo_file_is_read_as_jpeg() -> None:
    image = Image.fromarray(picture())
    data = encoded(image, "MPO", save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_90)])
    photo = read_photo(data)
    assert photo.format == "JPEG"
    assert photo.pixels.shape == (24, 32, 3)


@pytest.mark.parametrize("format", ["TIFF", "PNG", "WEBP"])
def test_the_first_of_several_pictures_is_read(format: str) -> None:
    first, second = Image.fromarray(picture()), Image.fromarray(inverted(picture()))
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(first, format, save_all=True, append_images=[second], **options)
    assert np.array_equal(read_photo(data).pixels, picture())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_each_mode_gives_the_pixels_and_opacity_of_pillow(mode: str) -> None:
    image = Image.fromarray(picture()).convert(mode)
    if "A" in mode:
        image.putalpha(Image.fromarray(picture()[..., 1]))
    photo = read_photo(encoded(image, "PNG"))
    assert np.array_equal(photo.pixels, np.asarray(image.convert("RGB")))
    assert photo.grey == (mode in ("1", "L", "LA"))
    assert (photo.opacity is not None) == ("A" in mode)
    if photo.opacity is not None:
        assert np.array_equal(photo.opacity, picture()[..., 1])


@pytest.mark.parametrize("transparency", [0, bytes([0, 128])])
def test_a_palette_with_transparency_gives_opacity(transparency: int | bytes) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    photo = read_photo(encoded(image, "PNG", transparency=transparency))
    assert photo.pixels.tolist() == [[[10, 20, 30], [40, 50, 60]]]
    assert photo.opacity is not None
    assert photo.opacity.tolist() == [[0, 255 if transparency == 0 else 128]]


@pytest.mark.parametrize(("mode", "clear"), [("L", 7), ("RGB", (7, 7, 7)), ("1", 0)])
def test_a_transparent_colour_gives_opacity(mode: str, clear: int | tuple[int, ...]) -> None:
    image = Image.new(mode, (2, 1), 1)
    image.putpixel((0, 0), clear)
    photo = read_photo(encoded(image, "PNG", transparency=clear))
    assert photo.opacity is not None
    assert photo.opacity.tolist() == [[0, 255]]
    assert photo.grey == (mode != "RGB")


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_are_scaled_and_rounded_to_eight(format: str) -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65406, 65407, 65535]], np.uint16)
    photo = read_photo(encoded(Image.fromarray(values), format))
    assert photo.grey
    assert photo.pixels[..., 0].tolist() == [[0, 0, 1, 1, 128, 254, 255, 255]]


def test_sixteen_bits_of_colour_are_scaled_to_eight() -> None:
    line = b"\0" + struct.pack(">6H", 0, 32768, 65535, 257, 514, 65535)
    assert read_photo(png(2, 1, bits=16, data=line)).pixels.tolist() == [[[0, 128, 255], [1, 2, 255]]]


@pytest.mark.parametrize("mode", ["I", "F"])
def test_thirty_two_bits_per_channel_are_refused(mode: str) -> None:
    with pytest.raises(PhotoError, match="32 bits per channel"):
        read_photo(encoded(Image.new(mode, (3, 3)), "TIFF"))


def test_cmyk_without_a_profile_is_converted_by_formula() -> None:
    photo = read_photo(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100))
    assert np.abs(photo.pixels.astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_is_converted_by_its_profile_which_is_then_dropped(format: str) -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    photo = read_photo(encoded(image, format, icc_profile=cmyk_profile_of_black_ink_only()))
    assert np.abs(photo.pixels.astype(int) - 194).max() <= 3  # L* = 78 in sRGB
    assert photo.icc_profile is None


def test_cmyk_with_a_broken_profile_is_converted_by_formula() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    photo = read_photo(encoded(image, "JPEG", quality=100, icc_profile=b"no profile"))
    assert np.abs(photo.pixels.astype(int) - [255, 0, 0]).max() <= 3
    assert photo.icc_profile is None
