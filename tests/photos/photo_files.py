"""Small pictures, and files of them with profiles and EXIF data."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pixelfes.photos.reading import FORMAT_OF_SUFFIX

FORMATS = sorted(set(FORMAT_OF_SUFFIX.values()))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112


def picture(height: int = 24, width: int = 32) -> NDArray[np.uint8]:
    """Return a smooth picture (H, W, 3) with different corners."""
    y, x = np.mgrid[:height, :width]
    pixels: NDArray[np.uint8] = np.stack([255 * y // height, 255 * x // width, 60 + 0 * x], axis=-1).astype(np.uint8)
    return pixels


def inverted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the negative."""
    return np.bitwise_not(pixels)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    """Encode an image with Pillow."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def picture_bytes(format: str, **options: Any) -> bytes:
    """Encode `picture`, without loss if the format allows it."""
    options |= {"lossless": True} if format == "WEBP" else {}
    return encoded(Image.fromarray(picture()), format, **options)


def profile(space: bytes, profile_class: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Build a minimal ICC profile, version 2."""
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
    """Build a grey profile of gamma 1.0."""
    white = b"XYZ " + bytes(4) + struct.pack(">iii", 63190, 65536, 54061)
    gamma = b"curv" + bytes(4) + struct.pack(">IH", 1, 256)  # one entry, u8Fixed8: gamma 1.0
    return profile(b"GRAY", b"mntr", {b"wtpt": white, b"kTRC": gamma})


def cmyk_profile_of_black_ink_only() -> bytes:
    """Build a CMYK profile in which every mixture of coloured inks is L* = 78; only black ink is darker."""
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
    """Build a PNG file with this header, without checking its data."""

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


def exif_with(*, orientation: int | None = None, thumbnail: bytes | None = None) -> bytes:
    """Build the EXIF data of a phone: camera, place, exposure, maker note and a thumbnail.

    Pillow writes no thumbnails, so its directory is appended byte by byte.
    """
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
