"""A file that is damaged, too large or not a photo is refused in one sentence."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from pixelfes.errors import PhotoError
from pixelfes.photos.provenance import made_by
from pixelfes.photos.reading import MAX_PIXELS, read_photo
from pixelfes.photos.writing import encode_photo
from tests.photos.photo_files import (
    FORMATS,
    encoded,
    exif_with,
    picture,
    picture_bytes,
    png,
)


def check_refused(source: Any, sentence: str, **options: Any) -> None:
    """Check that a source is refused with one sentence that holds this part."""
    with pytest.raises(PhotoError) as caught:
        read_photo(source, **options)
    message = str(caught.value)
    assert sentence in message
    assert "\n" not in message


def test_other_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    check_refused(b"", "the photo cannot be read: the file is empty")
    check_refused(b"just text", "it is not a JPEG, PNG")
    for brand in (b"heic", b"mif1"):
        check_refused(b"\0\0\0\x18ftyp" + brand + bytes(40), "it is a")
    check_refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is not a JPEG")
    check_refused(tmp_path, f"{tmp_path} cannot be read: is a directory")
    check_refused(tmp_path / "gone.jpg", "gone.jpg cannot be read: no such file or directory")
    check_refused("a\0b.jpg", "null byte")


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.jpg").touch()
    monkeypatch.setattr(Path, "open", refuse)
    check_refused(tmp_path / "a.jpg", "a.jpg cannot be read: permission denied")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    check_refused(tmp_path / "pipe.jpg", "pipe.jpg cannot be read: it is not a regular file")
    assert made_by(tmp_path / "pipe.jpg") is None
    check_refused("/dev/zero", "/dev/zero cannot be read: it is not a regular file")


def test_a_file_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelfes.photos.reading.MAX_BYTES", 2**20)
    check_refused(io.BytesIO(bytes(2**20 + 1)), "it is larger than 1 MiB")


@pytest.mark.parametrize(("width", "height"), [(60000, 60000), (12000, 9000), (2**31 - 1, 1)])
def test_a_header_that_claims_too_many_pixels_is_refused_without_decoding(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = Image.MAX_IMAGE_PIXELS

    def fail(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    check_refused(png(width, height), "pixels")
    assert limit == Image.MAX_IMAGE_PIXELS


def test_a_lower_limit_of_pillow_gives_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    assert MAX_PIXELS == 150_000_000
    assert read_photo(picture_bytes("PNG")).pixels.shape == (24, 32, 3)


def test_the_limit_can_be_lowered_and_applies_to_images_too() -> None:
    check_refused(picture_bytes("PNG"), "its 32 × 24 pixels exceed the limit of 767", max_pixels=767)
    check_refused(Image.new("L", (32, 24)), "exceed the limit", max_pixels=767)
    assert read_photo(picture_bytes("PNG"), max_pixels=768)


WHOLE = {format: picture_bytes(format, exif=exif_with(orientation=6)) for format in FORMATS} | {
    "BMP": picture_bytes("BMP"),
    "progressive JPEG": picture_bytes("JPEG", progressive=True),
    "deflated TIFF": picture_bytes("TIFF", compression="tiff_adobe_deflate"),
}
"""Undamaged files by name."""


@pytest.mark.parametrize("name", WHOLE)
def test_a_photo_cut_short_is_refused_or_whole(name: str) -> None:
    whole = read_photo(WHOLE[name])
    data = WHOLE[name]
    refused = 0
    for end in range(0, len(data), max(1, len(data) // 150)):
        try:
            photo = read_photo(data[:end])
        except PhotoError as error:
            refused += 1
            assert str(error).startswith("the photo cannot be read: ")  # noqa: PT017
        else:
            assert np.array_equal(photo.pixels, whole.pixels)
    assert refused > 100


@settings(max_examples=150)
@given(name=st.sampled_from(sorted(WHOLE)), keep=st.integers(2, 400), rest=st.binary(max_size=300))
def test_random_bytes_after_a_valid_beginning_give_a_photo_or_a_photo_error(name: str, keep: int, rest: bytes) -> None:
    try:
        photo = read_photo(WHOLE[name][:keep] + rest, max_pixels=10**6)
    except PhotoError:
        return
    assert photo.pixels.dtype == np.uint8


@settings(max_examples=150)
@given(data=st.data())
def test_changed_bytes_give_a_photo_or_a_photo_error(data: st.DataObject) -> None:
    broken = bytearray(WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))])
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=6)):
        broken[place] = data.draw(st.integers(0, 255))
    try:
        photo = read_photo(bytes(broken), max_pixels=10**6)
        encode_photo(photo, photo.format, made_by="m", keep_metadata=True)
    except PhotoError:
        return


def test_few_bytes_that_claim_many_pixels_are_refused_before_decoding() -> None:
    check_refused(png(9000, 9000), "bytes cannot hold a photo of 9000 × 9000 pixels")
    check_refused(png(1, 60_001), "its sides of 1 × 60001 pixels exceed the limit of 60000")
    blank = encoded(Image.new("RGB", (3000, 2000), "white"), "PNG")
    assert read_photo(blank).pixels.shape == (2000, 3000, 3)


def test_a_jpeg_of_countless_scans_is_refused_before_decoding() -> None:
    progressive = encoded(Image.fromarray(picture()), "JPEG", progressive=True)
    scan = progressive.rindex(b"\xff\xda")
    endless = progressive[:-2] + 300 * progressive[scan:-2] + progressive[-2:]
    check_refused(endless, "it has more than 200 scans")
    assert read_photo(progressive).pixels.shape == (24, 32, 3)


def test_libtiff_writes_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(encoded(Image.fromarray(picture()), "TIFF", compression="tiff_lzw"))
    for place in range(8, len(data), 3):
        spoilt = bytes(data[:place]) + bytes([data[place] ^ 0xFF]) + bytes(data[place + 1 :])
        with contextlib.suppress(PhotoError):
            read_photo(spoilt)
    assert capfd.readouterr().err == ""


def test_a_profile_of_another_type_is_no_profile() -> None:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    tags = ImageFileDirectory_v2()
    tags[34675] = 77
    tags.tagtype[34675] = 4
    photo = read_photo(encoded(Image.fromarray(picture()), "TIFF", tiffinfo=tags))
    assert photo.icc_profile is None
