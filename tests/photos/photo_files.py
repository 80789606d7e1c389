"""Small pictures and their files, for the tests of reading and writing."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pixelfes.photos.reading import IMAGE_SUFFIXES
from pixelfes.photos.writing import format_for

FORMATS = sorted({format_for(f"a{suffix}") for suffix in IMAGE_SUFFIXES - {".bmp", ".jfif", ".jpe", ".mpo"}})
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112


def picture(height: int = 24, width: int = 32) -> NDArray[np.uint8]:
    """A smooth picture, different in every corner."""
    y, x = np.mgrid[:height, :width]
    pixels: NDArray[np.uint8] = np.stack([255 * y // height, 255 * x // width, 60 + 0 * x], axis=-1).astype(np.uint8)
    return pixels


def inverted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The negative."""
    return np.bitwise_not(pixels)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def picture_bytes(format: str, **options: Any) -> bytes:
    options |= {"lossless": True} if format == "WEBP" else {}
    return encoded(Image.fromarray(picture()), format, **options)
