from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pixelfes.errors import PhotoError
from pixelfes.photos.frames import FRAMED, encode_frames, frame_count, read_frames
from pixelfes.photos.provenance import made_by
from pixelfes.photos.reading import read_photo
from tests.photos.photo_files import encoded, inverted, picture

PICTURES = [picture(), inverted(picture()), np.roll(picture(), 7, axis=1)]


def animation(format: str, **options: Any) -> bytes:
    images = [Image.fromarray(pixels) for pixels in PICTURES]
    by_format: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
    lossless = by_format.get(format, {})
    return encoded(images[0], format, save_all=True, append_images=images[1:], **lossless, **options)


@pytest.mark.parametrize("format", [*FRAMED, "GIF"])
def test_all_pictures_are_read_and_written_again(format: str) -> None:
    times = {} if format == "TIFF" else {"duration": [40, 120, 200], "loop": 3}
    data = animation(format, **times)
    assert frame_count(data) == 3
    frames = read_frames(data)
    assert len(frames.photos) == 3
    target = frames.photos[0].format
    assert target == ("WEBP" if format == "GIF" else format)
    again = read_frames(written := encode_frames(frames, target, made_by="pixelfes test", quality=100))
    for before, after in zip(frames.photos, again.photos, strict=True):
        assert np.abs(before.pixels.astype(int) - after.pixels).mean() < 8  # WebP is lossy
    assert list(again.durations) == list(frames.durations)
    if format != "TIFF":
        assert list(frames.durations) == [40, 120, 200]
    with Image.open(io.BytesIO(written)) as image:
        assert image.n_frames == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("format", ["TIFF", "PNG", "WEBP"])
def test_an_animation_carries_the_mark(format: str, tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(encode_frames(read_frames(animation(format)), format, made_by="pixelfes 1, model x"))
    assert made_by(path) == "pixelfes 1, model x"


def test_one_picture_of_several_says_so() -> None:
    assert read_photo(animation("TIFF")).notes == ("only the first of its 3 pictures is used",)
    assert read_photo(encoded(Image.fromarray(picture()), "PNG")).notes == ()


def test_pictures_that_are_too_many_together_are_refused() -> None:
    with pytest.raises(PhotoError, match="its 3 pictures exceed the limit of 2000 pixels"):
        read_frames(animation("PNG"), max_pixels=2000)


def test_a_format_of_one_picture_is_refused() -> None:
    with pytest.raises(PhotoError, match="3 pictures cannot be written as JPEG, which holds one"):
        encode_frames(read_frames(animation("PNG")), "JPEG", made_by=None)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_that_become_eight_are_said(format: str) -> None:
    import cv2

    suffix = {"PNG": ".png", "TIFF": ".tif"}[format]
    deep = (picture().astype(np.uint16) * 257)[..., ::-1]
    data = cv2.imencode(suffix, deep)[1].tobytes()
    assert read_photo(data).notes == ("its 16 bits a channel become 8",)


def test_heic_is_read() -> None:
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.fromarray(picture(64, 96))).save(file, quality=95)
    photo = read_photo(file.getvalue())
    assert photo.format == "JPEG"
    assert np.abs(photo.pixels.astype(int) - picture(64, 96)).mean() < 6
