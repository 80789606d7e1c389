"""Photos of 16 bits a channel: OpenCV decodes them, OpenCV and tifffile encode them; Pillow would cut them to 8 bits.

Convention: as in `pixelfes.photos.reading`. White is 65535.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from pixelfes.arrays import DeepPixels, Pixels
from pixelfes.photos.png_chunks import with_chunks_of

if TYPE_CHECKING:
    from pixelfes.photos.reading import Photo

DEEP_FORMATS = ("PNG", "TIFF")
"""Formats that hold 16 bits a channel."""
_FULL = 257
"""A level of 8 bits in levels of 16."""
_NEAR = 2
"""Levels of 8 bits by which another decoder may depart, at most."""
_PNG_EFFORT = 4
_XMP_TAG, _EXTRA_SAMPLES = 700, 338
_RESOLUTION_IN_INCHES = 2

OptionalDeep: TypeAlias = tuple[DeepPixels, "npt.NDArray[np.uint16] | None"] | None


def to_8_bits(deep: DeepPixels) -> Pixels:
    """Return values of 16 bits rounded to 8.

    Examples
    --------
    >>> to_8_bits(np.array([0, 128, 129, 65535], np.uint16)).tolist()
    [0, 0, 1, 255]
    """
    return ((deep.astype(np.uint32) + _FULL // 2) // _FULL).astype(np.uint8)


def decode_deep(data: bytes) -> OptionalDeep:
    """Return the pixels (H, W, 3) and the opacity (H, W) of a photo file in 16 bits, not yet upright; None if OpenCV cannot."""
    try:
        import cv2
    except ImportError:
        return None
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.dtype != np.uint16:
        return None
    deep = np.asarray(found[..., None] if found.ndim == 2 else found, np.uint16)
    colours = np.ascontiguousarray(np.repeat(deep[..., :1], 3, axis=2) if deep.shape[2] < 3 else deep[..., 2::-1])
    alpha = np.ascontiguousarray(deep[..., -1]) if deep.shape[2] in (2, 4) else None
    return colours, alpha


def agree(deep: DeepPixels | None, pixels: Pixels | None) -> bool:
    """Return whether pixels of 16 bits are the same as those of 8, or both are None."""
    if deep is None or pixels is None:
        return deep is None and pixels is None
    return deep.shape == pixels.shape and bool(np.abs(to_8_bits(deep).astype(np.int16) - pixels).max() <= _NEAR)


def encode_deep(photo: Photo, format: str, facts: dict[str, Any]) -> bytes:
    """Return a PNG or TIFF file of a photo in 16 bits.

    Parameters
    ----------
    photo : Photo
        Its ``deep`` is not None.
    format : {"PNG", "TIFF"}
    facts : dict
        Keywords of Pillow's ``save`` for all but the pixels.
    """
    return _png(photo, facts) if format == "PNG" else _tiff(photo, facts)


def _channels(photo: Photo) -> DeepPixels:
    """Return the photo as (H, W, C) uint16: grey or RGB, with opacity if it has one."""
    import cv2

    parts = [photo.deep] if not photo.grey else [cv2.cvtColor(np.asarray(photo.deep), cv2.COLOR_RGB2GRAY)[..., None]]
    parts += [] if photo.deep_opacity is None else [photo.deep_opacity[..., None]]
    return np.concatenate([np.asarray(part, np.uint16) for part in parts], axis=2)


def _png(photo: Photo, facts: dict[str, Any]) -> bytes:
    import cv2

    channels = _channels(photo)
    if channels.shape[2] == 2:  # OpenCV writes no grey with opacity
        channels = np.concatenate([np.repeat(channels[..., :1], 3, axis=2), channels[..., 1:]], axis=2)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels.shape[2]]
    done, data = cv2.imencode(
        ".png", np.ascontiguousarray(channels[..., order]), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_EFFORT]
    )
    if not done:
        raise ValueError("OpenCV cannot encode it")
    small = io.BytesIO()
    Image.new("L" if photo.grey and photo.deep_opacity is None else "RGB", (1, 1)).save(small, "PNG", **facts)
    return with_chunks_of(data.tobytes(), small.getvalue())


def _tiff(photo: Photo, facts: dict[str, Any]) -> bytes:
    import tifffile

    channels = _channels(photo)
    tags = []
    exif = facts.get("exif")
    if exif is not None and _XMP_TAG in exif:
        mark = bytes(exif[_XMP_TAG])
        tags.append((_XMP_TAG, 1, len(mark), mark, True))
    options: dict[str, Any] = {"extrasamples": ["unassalpha"]} if photo.deep_opacity is not None else {}
    if photo.dpi:
        options |= {"resolution": photo.dpi, "resolutionunit": _RESOLUTION_IN_INCHES}
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        channels[..., 0] if channels.shape[2] == 1 else channels,
        photometric="minisblack" if photo.grey else "rgb",
        planarconfig=None if channels.shape[2] == 1 else "contig",
        compression="deflate",
        metadata=None,
        software=False,
        iccprofile=facts.get("icc_profile"),
        extratags=tags,
        **options,
    )
    return file.getvalue()
