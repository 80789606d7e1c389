"""Photos in: every mode and orientation, hostile files, profiles, and what goes out again of a file's metadata."""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFile

from pixelfes.errors import InputError, PhotoError
from pixelfes.photos.reading import MAX_PIXELS, Photo, read_photo
from pixelfes.photos.writing import encode_photo
from tests.photos.photo_files import FORMATS, ORIENTATION, SRGB, encoded, inverted, picture, picture_bytes


def profile(space: bytes, profile_class: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A minimal ICC profile, version 2."""
    table, body = b"", b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(data))
        body += padded
    connection = b"Lab " if space == b"CMYK" else b"XYZ "
    header = struct.pack(
        ">I4sI4s4s4s12s4s", 0, b"lcms", 0x02100000, profile_class, space, connection, bytes(12), b"acsp"
    )
    header += bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    whole = header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def grey_profile() -> bytes:
    white = b"XYZ " + bytes(4) + struct.pack(">iii", 63190, 65536, 54061)
    gamma = b"curv" + bytes(4) + struct.pack(">IH", 1, 256)  # one entry, u8Fixed8: gamma 1.0
    return profile(b"GRAY", b"mntr", {b"wtpt": white, b"kTRC": gamma})


def cmyk_profile_of_black_ink_only() -> bytes:
    """A CMYK profile to which coloured inks are all L* = 78: only black ink makes it darker."""
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = bytes(range(256))
    table = (
        b"mft1"
        + bytes(4)
        + bytes([4, 3, 2, 0])
        + identity
        + ramp * 4
        + bytes([200, 128, 128, 0, 128, 128]) * 8
        + ramp * 3
    )
    return profile(b"CMYK", b"prtr", {b"A2B0": table})


def png(width: int, height: int, *, bits: int = 8, colour: int = 2, data: bytes = b"", extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


# Sources


def test_a_photo_reads_the_same_from_path_name_bytes_file_and_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture_bytes("PNG"))
    with path.open("rb") as file, Image.open(path) as image:
        for source in (path, str(path), path.read_bytes(), file, image):
            assert np.array_equal(read_photo(source).pixels, picture())


def test_an_array_is_copied_and_called_png() -> None:
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
def test_an_array_of_another_kind_is_refused(array: Any) -> None:
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


def test_threads_that_read_at_once_leave_the_warning_filters_as_they_were() -> None:
    before = list(warnings.filters)
    threads = [threading.Thread(target=read_photo, args=(picture_bytes("JPEG"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


# Formats and modes


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_each_format_is_read_and_says_how_it_is_written_back(format: str) -> None:
    photo = read_photo(picture_bytes(format))
    assert photo.format == ("PNG" if format == "BMP" else format)
    assert np.abs(photo.pixels.astype(int) - picture()).max() <= (12 if format == "JPEG" else 0)
    assert photo.opacity is None
    assert not photo.grey


def test_the_first_picture_of_a_phone_file_is_read_as_jpeg() -> None:
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
def test_each_mode_gives_the_pixels_and_opacity_that_pillow_shows(mode: str) -> None:
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
def test_thirty_two_bits_a_channel_are_refused(mode: str) -> None:
    with pytest.raises(PhotoError, match="32 bits a channel"):
        read_photo(encoded(Image.new(mode, (3, 3)), "TIFF"))


def test_cmyk_without_a_profile_is_converted_plainly() -> None:
    photo = read_photo(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100))
    assert np.abs(photo.pixels.astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_is_converted_with_its_profile_which_is_then_dropped(format: str) -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    photo = read_photo(encoded(image, format, icc_profile=cmyk_profile_of_black_ink_only()))
    assert np.abs(photo.pixels.astype(int) - 194).max() <= 3  # L* = 78 in sRGB
    assert photo.icc_profile is None


def test_cmyk_with_a_broken_profile_is_converted_plainly() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    photo = read_photo(encoded(image, "JPEG", quality=100, icc_profile=b"no profile"))
    assert np.abs(photo.pixels.astype(int) - [255, 0, 0]).max() <= 3
    assert photo.icc_profile is None


# Orientation


def exif_with(*, orientation: int | None = None, thumbnail: bytes | None = None) -> bytes:
    """EXIF data of a phone: camera, place, exposure, maker note, and (by hand, as Pillow writes none) a thumbnail."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x8769] = {0x9003: "2024:01:02 03:04:05", 0x829A: 0.5, 0x927C: b"maker note" * 4, 0xA002: 32, 0xA003: 24}
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)}
    if orientation is not None:
        exif[ORIENTATION] = orientation
    data = exif.tobytes()
    if thumbnail is None:
        return data
    tiff = data[6:]
    order = ">" if tiff[:2] == b"MM" else "<"
    (start,) = struct.unpack(order + "I", tiff[4:8])
    (count,) = struct.unpack(order + "H", tiff[start : start + 2])
    end = start + 2 + 12 * count
    position = len(tiff) + 2 + 12 * 2 + 4
    entries = struct.pack(order + "HHHIIHHIII", 2, 0x0201, 4, 1, position, 0x0202, 4, 1, len(thumbnail), 0)
    return b"Exif\0\0" + tiff[:end] + struct.pack(order + "I", len(tiff)) + tiff[end + 4 :] + entries + thumbnail


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


def test_an_orientation_out_of_range_is_ignored() -> None:
    assert read_photo(picture_bytes("JPEG", exif=exif_with(orientation=99))).pixels.shape == (24, 32, 3)


# Profiles and metadata


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
def test_a_grey_profile_is_applied_where_the_format_cannot_hold_it(format: str) -> None:
    photo = read_photo(encoded(Image.new("LA", (8, 8), (55, 200)), "PNG", icc_profile=grey_profile()))
    back = read_photo(encode_photo(photo, format, made_by="m"))
    assert back.icc_profile is None
    assert np.abs(back.pixels.astype(int) - 128).max() <= 3  # linear 55 / 255 is sRGB 128
    assert back.opacity is not None


def test_a_profile_of_another_colour_space_is_dropped() -> None:
    assert read_photo(encoded(Image.new("L", (8, 8)), "JPEG", icc_profile=SRGB)).icc_profile is None


@pytest.mark.parametrize("format", FORMATS)
def test_place_camera_and_thumbnail_are_dropped_unless_asked_for(format: str) -> None:
    photo = read_photo(picture_bytes("JPEG", exif=exif_with(orientation=6)))
    data = encode_photo(photo, format, made_by="m")
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        assert not exif.get_ifd(0x8825)
        assert not exif.get_ifd(0x8769)
        assert 0x010F not in exif
    assert b"Maker" not in data


@pytest.mark.parametrize("format", FORMATS)
def test_kept_metadata_have_orientation_one_and_the_place(format: str) -> None:
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
def test_the_thumbnail_of_the_unedited_photo_never_goes_out(format: str) -> None:
    thumbnail = b"\xff\xd8THUMBNAIL" * 9
    data = picture_bytes("JPEG", exif=exif_with(orientation=1, thumbnail=thumbnail))
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif().get_ifd(-1)[0x0202] == len(thumbnail)
    photo = read_photo(data)
    assert photo.exif is not None
    for keep in (False, True):
        assert b"THUMBNAIL" not in encode_photo(photo, format, made_by="m", keep_metadata=keep)


def test_a_tiff_files_layout_is_no_metadata() -> None:
    photo = read_photo(picture_bytes("TIFF", compression="tiff_lzw"))
    assert photo.exif is None


def test_metadata_of_a_tiff_file_go_into_a_jpeg_file() -> None:
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


# Hostile and broken files


def check_refused(source: Any, sentence: str, **options: Any) -> None:
    with pytest.raises(PhotoError) as caught:
        read_photo(source, **options)
    message = str(caught.value)
    assert sentence in message
    assert "\n" not in message
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, Exception)


def test_files_that_are_no_photos_are_refused_in_one_sentence(tmp_path: Path) -> None:
    check_refused(b"", "the photo cannot be read: the file is empty")
    check_refused(b"just text", "it is no JPEG, PNG")
    check_refused(encoded(Image.new("L", (2, 2)), "GIF"), "it is a GIF; convert it to PNG first")
    for brand in (b"heic", b"mif1"):
        check_refused(b"\0\0\0\x18ftyp" + brand + bytes(40), "it is a HEIC photo; convert it to JPEG first")
    check_refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is no JPEG")
    check_refused(tmp_path, f"{tmp_path} cannot be read: is a directory")
    check_refused(tmp_path / "gone.jpg", "gone.jpg cannot be read: no such file or directory")
    check_refused("a\0b.jpg", "null byte")


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    check_refused(tmp_path / "a.jpg", "a.jpg cannot be read: permission denied")


def test_a_file_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelfes.photos.reading.MAX_BYTES", 2**20)
    check_refused(io.BytesIO(bytes(2**20 + 1)), "more than 1 MiB")


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


def test_pillows_own_limit_below_ours_gives_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    assert MAX_PIXELS == 100_000_000
    assert read_photo(picture_bytes("PNG")).pixels.shape == (24, 32, 3)


def test_the_limit_can_be_lowered_and_holds_for_images_too() -> None:
    check_refused(picture_bytes("PNG"), "32 × 24 pixels are more than the limit of 767", max_pixels=767)
    check_refused(Image.new("L", (32, 24)), "more than the limit", max_pixels=767)
    assert read_photo(picture_bytes("PNG"), max_pixels=768)


WHOLE = {
    format: picture_bytes(format, exif=exif_with(orientation=6)) for format in [*FORMATS, "BMP"] if format != "BMP"
}
WHOLE["BMP"] = picture_bytes("BMP")
WHOLE["progressive JPEG"] = picture_bytes("JPEG", progressive=True)
WHOLE["deflated TIFF"] = picture_bytes("TIFF", compression="tiff_adobe_deflate")


@pytest.mark.parametrize("name", WHOLE)
def test_a_photo_cut_short_is_an_error_or_whole(name: str) -> None:
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


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(WHOLE)), keep=st.integers(2, 400), rest=st.binary(max_size=300))
def test_random_bytes_after_a_valid_beginning_are_a_photo_or_a_photo_error(name: str, keep: int, rest: bytes) -> None:
    try:
        photo = read_photo(WHOLE[name][:keep] + rest, max_pixels=10**6)
    except PhotoError:
        return
    assert photo.pixels.dtype == np.uint8


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bytes_are_a_photo_or_a_photo_error(data: st.DataObject) -> None:
    broken = bytearray(WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))])
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=6)):
        broken[place] = data.draw(st.integers(0, 255))
    try:
        photo = read_photo(bytes(broken), max_pixels=10**6)
        encode_photo(photo, photo.format, made_by="m", keep_metadata=True)
    except PhotoError:
        return
