"""Photos of 16 bits a channel stay so, in PNG and TIFF."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

import pixelfes
from pixelfes.arrays import DeepPixels
from pixelfes.errors import InputError
from pixelfes.photos.deep import to_8_bits
from pixelfes.photos.frames import read_frames
from pixelfes.photos.png_chunks import colour_chunks, read_chunks
from pixelfes.photos.provenance import made_by
from pixelfes.photos.reading import CUT_TO_8_BITS, Photo, read_photo
from pixelfes.photos.writing import encode_photo, side_by_side
from tests.cli.program import PORTRAIT
from tests.cli.program import pixelfes as program
from tests.photos.photo_files import SRGB

COLOURS = np.random.default_rng(16).integers(0, 65536, (12, 17, 3)).astype(np.uint16)
GREY = COLOURS[..., 0]
MARK = "pixelfes 1, model smile 0"


def png(channels: DeepPixels) -> bytes:
    swapped = channels if channels.ndim == 2 else channels[..., [2, 1, 0, 3][: channels.shape[2]]]
    return bytes(cv2.imencode(".png", np.ascontiguousarray(swapped))[1].tobytes())


def tiff(channels: DeepPixels) -> bytes:
    file = io.BytesIO()
    photometric = "minisblack" if channels.ndim == 2 else "rgb"
    tifffile.imwrite(file, channels, photometric=photometric, metadata=None)
    return file.getvalue()


@pytest.mark.parametrize("encode", [png, tiff])
@pytest.mark.parametrize("channels", [COLOURS, GREY], ids=["colour", "grey"])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_a_photo_of_16_bits_comes_back_bit_for_bit(encode: object, channels: DeepPixels, format: str) -> None:
    photo = read_photo(encode(channels), keep_depth=True)  # type: ignore[operator]
    assert photo.notes == ()
    again = read_photo(encode_photo(photo, format, made_by=MARK), keep_depth=True)
    assert again.deep is not None
    assert np.array_equal(again.deep[..., 0] if channels.ndim == 2 else again.deep, channels)
    assert again.grey == (channels.ndim == 2)
    assert np.abs(again.pixels.astype(int) - to_8_bits(again.deep)).max() <= 1


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_opacity_of_16_bits_is_kept(format: str) -> None:
    photo = read_photo(png(np.dstack([COLOURS, GREY])), keep_depth=True)
    assert photo.deep_opacity is not None
    again = read_photo(encode_photo(photo, format, made_by=MARK), keep_depth=True)
    assert again.deep is not None
    assert again.deep_opacity is not None
    assert np.array_equal(again.deep, COLOURS)
    assert np.array_equal(again.deep_opacity, GREY)


@pytest.mark.parametrize(("format", "suffix"), [("PNG", "png"), ("TIFF", "tif")])
def test_what_the_file_says_is_kept_beside_16_bits(format: str, suffix: str, tmp_path: Path) -> None:
    photo = replace(read_photo(png(COLOURS), keep_depth=True), icc_profile=SRGB, dpi=(300.0, 150.0))
    path = tmp_path / f"deep.{suffix}"
    path.write_bytes(encode_photo(photo, format, made_by=MARK))
    again = read_photo(path, keep_depth=True)
    assert again.icc_profile == SRGB
    assert again.dpi == pytest.approx((300, 150), abs=0.1)
    assert made_by(path) == MARK


def test_a_turned_photo_is_turned_in_16_bits() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    small = io.BytesIO()
    Image.new("RGB", (1, 1)).save(small, "PNG", exif=exif)
    (turn,) = (content for kind, content in read_chunks(small.getvalue()) if kind == b"eXIf")
    photo = read_photo(with_chunk(png(COLOURS), b"eXIf", turn), keep_depth=True)
    assert photo.deep is not None
    assert np.array_equal(photo.deep, np.rot90(COLOURS, -1))


def with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    import struct
    import zlib

    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return data[:33] + chunk + data[33:]


def test_photos_are_read_in_8_bits_unless_asked() -> None:
    photo = read_photo(png(COLOURS))
    assert photo.deep is None
    assert photo.notes == (CUT_TO_8_BITS,)
    assert read_photo(PORTRAIT, keep_depth=True).deep is None


def test_what_opencv_reads_in_another_way_becomes_8_bits_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(COLOURS)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: COLOURS // 2)
    photo = read_photo(data, keep_depth=True)
    assert photo.deep is None
    assert photo.notes == (CUT_TO_8_BITS,)


def test_pages_of_16_bits_become_8_and_that_is_said() -> None:
    file = io.BytesIO()
    tifffile.imwrite(file, np.stack([COLOURS, COLOURS]), photometric="rgb", metadata=None)
    frames = read_frames(file.getvalue())
    assert [photo.notes for photo in frames.photos] == [(CUT_TO_8_BITS,)] * 2


def test_colour_chunks_of_a_png_are_kept_and_none_is_invented() -> None:
    plain = encode_photo(read_photo(png(COLOURS), keep_depth=True), "PNG", made_by=MARK)
    assert colour_chunks(plain) == ()
    given = with_chunk(png(COLOURS), b"gAMA", (50_000).to_bytes(4, "big"))
    for keep_depth in (True, False):
        photo = read_photo(given, keep_depth=keep_depth)
        assert colour_chunks(encode_photo(photo, "PNG", made_by=MARK)) == ((b"gAMA", (50_000).to_bytes(4, "big")),)
    assert colour_chunks(b"no PNG") == ()
    assert list(read_chunks(given[:40])) == [(b"IHDR", given[16:29])]


def deep_portrait() -> DeepPixels:
    """Return the portrait in 16 bits, with values between the levels of 8."""
    with Image.open(PORTRAIT) as image:
        small = np.asarray(image.resize((320, 320))).astype(np.uint16) * 257
    noise = np.random.default_rng(3).integers(-120, 121, small.shape)
    return np.asarray(np.clip(small + noise, 0, 65535), np.uint16)


def test_a_smile_is_drawn_in_the_depth_of_the_photo() -> None:
    given = deep_portrait()
    model = pixelfes.load("smile")
    out, small = model.synthesize(given), model.synthesize(to_8_bits(given))
    assert out.dtype == np.uint16
    assert np.abs(out / 257 - small).max() < 2
    changed = (out != given).any(2)
    assert changed.mean() > 0.1
    assert len(np.unique(out[changed] % 257)) == 257
    assert np.array_equal(model.synthesize(given, 0.0), given)
    assert model.synthesize(given[..., 0]).shape == given.shape[:2]


@pytest.mark.parametrize(("output", "said"), [("out.png", b""), ("out.jpg", b"its 16 bits a channel become 8")])
def test_apply_keeps_16_bits_or_says_that_they_are_lost(output: str, said: bytes, tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(png(deep_portrait()))
    result = program("apply", "me.png", "-o", output, folder=tmp_path)
    assert result.returncode == 0
    assert said in result.stderr
    assert (read_photo(tmp_path / output, keep_depth=True).deep is None) == bool(said)


def test_photos_of_16_bits_are_laid_side_by_side() -> None:
    beside = side_by_side(COLOURS, COLOURS)
    assert beside.dtype == np.uint16
    assert (beside[:, 17:-17] == 65535).all()


def test_a_photo_holds_both_depths_in_one_shape() -> None:
    with pytest.raises(InputError, match="pixels must be a uint16 array of shape"):
        Photo(np.zeros((2, 3, 3), np.uint8), deep=np.zeros((2, 2, 3), np.uint16))
