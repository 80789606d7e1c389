"""Read and write files of several pictures: animations and pages.

Convention: as in `pixelfes.photos.reading`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from PIL import Image, ImageSequence

from pixelfes.errors import PhotoError, reason
from pixelfes.photos.png_chunks import colour_chunks
from pixelfes.photos.provenance import metadata_options
from pixelfes.photos.reading import (
    CUT_TO_8_BITS,
    MAX_PIXELS,
    Photo,
    bits_per_channel,
    check_decodable,
    opened_photo,
    read_photo,
)
from pixelfes.photos.writing import check_size, format_options, to_image

FRAMED = ("TIFF", "PNG", "WEBP", "AVIF")
"""Formats that can hold several pictures."""


@dataclass(frozen=True)
class Frames:
    """The pictures of a file, in order.

    Attributes
    ----------
    photos : list of Photo
    durations : list of int
        How long each is shown, milliseconds; empty for pages.
    loop : int
        How often an animation is shown; 0 for ever.
    """

    photos: Sequence[Photo]
    durations: Sequence[int] = ()
    loop: int = 0


def frame_count(source: str | os.PathLike[str] | bytes | BinaryIO, max_pixels: int = MAX_PIXELS) -> int:
    """Return how many pictures a file holds; 1 for MPO files, whose other pictures are previews.

    Raises
    ------
    PhotoError
        As `read_photo`.
    """
    with opened_photo(source, max_pixels) as (image, name, _):
        return 1 if image.format == "MPO" else _count(image, name)


def read_frames(source: str | os.PathLike[str] | bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> Frames:
    """Read all pictures of a file.

    Raises
    ------
    PhotoError
        As `read_photo`; also if all pictures together have more pixels than the limit.
    """
    with opened_photo(source, max_pixels) as (image, name, data):
        count = _count(image, name)
        if count * image.width * image.height > max_pixels:
            raise PhotoError(f"{name} cannot be read: its {count} pictures exceed the limit of {max_pixels} pixels")
        photos, durations = [], []
        colours, notes = colour_chunks(data), (CUT_TO_8_BITS,) * (bits_per_channel(image) > 8)
        try:
            for frame in ImageSequence.Iterator(image):
                check_decodable(frame, name, max_pixels // count)  # a frame of a GIF may be larger than the first
                still: Image.Image = frame.copy()
                still.format = image.format
                photo = read_photo(still, max_pixels=max_pixels)
                photos.append(replace(photo, colour_chunks=colours, notes=notes))
                durations.append(round(float(frame.info.get("duration", 0) or 0)))
        except PhotoError:
            raise
        except Exception as error:
            raise PhotoError(f"{name} cannot be read: it is damaged or cut short") from error
        animated = any(durations)
        return Frames(photos, durations if animated else (), int(image.info.get("loop", 0) or 0))


def _count(image: Image.Image, name: str) -> int:
    """Return how many pictures an opened file has; a damaged directory of a TIFF raises errors of many kinds."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception as error:
        raise PhotoError(f"{name} cannot be read: it is damaged or cut short") from error


def encode_frames(
    frames: Frames, format: str, *, made_by: str | None, keep_metadata: bool = False, quality: int = 95
) -> bytes:
    """Return the bytes of a file that holds all pictures; parameters as in `encode_photo`.

    Raises
    ------
    PhotoError
        If the format holds one picture only, or no picture of this size.
    """
    first = frames.photos[0]
    if format not in FRAMED:
        raise PhotoError(f"{len(frames.photos)} pictures cannot be written as {format}, which holds one")
    file = io.BytesIO()
    try:
        for photo in frames.photos:
            check_size(format, *photo.pixels.shape[:2])
        images = [to_image(photo, format)[0] for photo in frames.photos]
        options: dict[str, Any] = format_options(format, first.grey, quality)
        options |= {"icc_profile": to_image(first, format)[1], "dpi": first.dpi}
        options |= metadata_options(
            format, made_by, first.exif if keep_metadata else None, colour_chunks=first.colour_chunks
        )
        if frames.durations:
            options |= {"duration": list(frames.durations), "loop": frames.loop}
        given = {name: value for name, value in options.items() if value is not None}
        images[0].save(file, format=format, save_all=True, append_images=images[1:], **given)
    except PhotoError:
        raise
    except Exception as error:
        raise PhotoError(f"the photo cannot be written as {format}: {reason(error)}") from error
    return file.getvalue()
