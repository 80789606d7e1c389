"""Read photos: decode them, turn them upright, and keep what their files say besides the pixels.

A photo is untrusted input. Only a short list of formats is decoded, and the limits on bytes and pixels are checked before
anything is decoded. Every exception of Pillow becomes a `PhotoError`.

Convention: pixels are (H, W, 3), rows run down and columns to the right in the upright photo.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeGuard

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, UnidentifiedImageError, features

from pixelfes.arrays import Deep, DeepPixels, Pixels
from pixelfes.errors import InputError, PhotoError, reason
from pixelfes.file_reading import read_regular_file
from pixelfes.photos.deep import agree, decode_deep, to_8_bits
from pixelfes.photos.png_chunks import Chunk, colour_chunks
from pixelfes.photos.provenance import read_dpi, read_exif

__all__ = ["FORMAT_OF_SUFFIX", "IMAGE_SUFFIXES", "MAX_BYTES", "MAX_PIXELS", "Photo", "PhotoSource", "read_photo"]

PhotoSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | Pixels | DeepPixels

MAX_PIXELS = 150_000_000
"""Pixels of a photo, at most, unless the caller says otherwise. Reading takes up to 20 bytes of memory a pixel."""
MAX_BYTES = 512 * 2**20
MAX_SIDE = 60_000
"""Longest side of a photo, pixels."""
MAX_PIXELS_PER_BYTE, SMALL_PIXELS = 2_000, 8_000_000
"""Pixels that a byte of a file may hold, and pixels up to which it does not matter: no photo is as empty as this."""
MAX_SCANS = 200
"""Scans of a progressive JPEG, at most: each goes through all pixels. Cameras and programs write 10."""

_AVIF = bool(features.check("avif"))
_READABLE = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF") + (
    "AVIF",
) * _AVIF  # Pillow opens MPO, a phone's JPEG, as JPEG
#: Pillow's name of the format for each suffix in lower case. BMP is missing: it cannot carry the mark.
FORMAT_OF_SUFFIX = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
FORMAT_OF_SUFFIX |= {".avif": "AVIF"} if _AVIF else {}
_WRITTEN_BACK_AS = {name: name for name in FORMAT_OF_SUFFIX.values()} | {"MPO": "JPEG", "HEIF": "JPEG", "GIF": "WEBP"}

#: Suffixes in lower case of the files that :func:`read_photo` can read; for walks through folders.
IMAGE_SUFFIXES = frozenset(FORMAT_OF_SUFFIX) | {".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".mpo"}

_GREY_MODES = ("1", "L", "LA", "I;16", "I;16B", "I;16L", "I;16N")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_BITS, _BITS_PER_SAMPLE = 8, 258
CUT_TO_8_BITS = "its 16 bits a channel become 8"
"""The note on a photo that is not kept in 16 bits."""
logging.getLogger("PIL").addHandler(logging.NullHandler())  # or Python prints Pillow's log to stderr
_WARNINGS_LOCK = threading.RLock()


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded, upright photo, and what its file says besides the pixels.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
        RGB, in the colour space of ``icc_profile``; the three channels of a grey photo are equal.
    opacity : (H, W) uint8 array, optional
        0 (transparent) to 255 (opaque); None if the file has no transparency.
    grey : bool
        Whether the file is greyscale; it is then written as greyscale again.
    icc_profile : bytes, optional
        The colour profile.
    exif : bytes, optional
        The EXIF data with orientation 1, without thumbnail and maker note.
    dpi : (horizontal, vertical), optional
        Resolution in dots per inch.
    format : str
        Pillow's name of the format to write: that of the file, JPEG for MPO and HEIC files, WEBP for GIF files, PNG for BMP
        files and arrays.
    notes : tuple of str
        What of the file the photo does not hold: frames, or bits.
    deep : (H, W, 3) uint16 array, optional
        The pixels in 16 bits, if the photo was read so.
    deep_opacity : (H, W) uint16 array, optional
        The opacity in 16 bits.
    colour_chunks : tuple of (bytes, bytes)
        What a PNG file says of its colours beside the profile: type and content of its chunks.

    Raises
    ------
    InputError
        If an array has another dtype or shape, or is empty.
    """

    pixels: Pixels
    opacity: Pixels | None = None
    grey: bool = False
    icc_profile: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: str = "PNG"
    notes: tuple[str, ...] = ()
    deep: DeepPixels | None = None
    deep_opacity: DeepPixels | None = None
    colour_chunks: tuple[Chunk, ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels, (*self.pixels.shape[:2], 3), "pixels")
        if self.opacity is not None:
            check_pixels(self.opacity, self.pixels.shape[:2], "opacity")
        if self.deep is not None:
            check_pixels(self.deep, self.pixels.shape, "pixels", np.uint16)


def check_pixels(array: npt.NDArray[Any], shape: tuple[int, ...], what: str, dtype: npt.DTypeLike = np.uint8) -> None:
    """Raise `InputError` unless an array has this shape and dtype, and is not empty."""
    if array.dtype != dtype or array.shape != shape or array.size == 0:
        wanted = "(H, W, 3)" if what == "pixels" else shape
        raise InputError(
            f"{what} must be a {np.dtype(dtype)} array of shape {wanted}, not {array.dtype} of shape {array.shape}"
        )


def pillow_image_like(pixels: Pixels, image: Image.Image) -> Image.Image:
    """Return new pixels as a Pillow image with the mode, opacity and colour profile of another image.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    image : PIL.Image.Image
        The image that the pixels come from, of the same size once upright.
    """
    photo = read_photo(image)
    out = Image.fromarray(pixels)
    if photo.grey:
        out = out.convert("L")
    if photo.opacity is not None:
        out.putalpha(Image.fromarray(photo.opacity))
    if photo.icc_profile:
        out.info["icc_profile"] = photo.icc_profile
    return out


def read_photo(source: PhotoSource, *, max_pixels: int = MAX_PIXELS, keep_depth: bool = False) -> Photo:
    """Read a photo from a file, its bytes, an open binary file, a Pillow image, or an array.

    If a file holds several pictures, the first is read. CMYK is converted to sRGB; other colour profiles are kept and not
    applied.

    Parameters
    ----------
    source : str, path, bytes, binary file, PIL.Image.Image, or uint8 or uint16 array (H, W, 3) RGB or (H, W) grey
    max_pixels : int
        Largest number of pixels; a larger photo is refused before it is decoded.
    keep_depth : bool
        Also keep PNG and TIFF files of 16 bits a channel in 16 bits.

    Returns
    -------
    Photo

    Raises
    ------
    PhotoError
        If the file cannot be read, has another format, is damaged or cut short, or is too large.
    InputError
        If ``source`` is of another type, or an array of another dtype or shape.

    Examples
    --------
    >>> read_photo(np.zeros((2, 4), np.uint8)).grey
    True
    """
    if isinstance(source, np.ndarray):
        grey = source.ndim == 2
        pixels: Any = np.stack([source] * 3, axis=-1) if grey else source.copy()
        return Photo(to_8_bits(pixels), grey=grey, deep=pixels) if _is_deep(pixels) else Photo(pixels, grey=grey)
    if isinstance(source, Image.Image):
        with _pillow_quiet():
            return _decode(source, "the image", max_pixels)
    with opened_photo(source, max_pixels) as (image, name, data):
        photo = replace(_decode(image, name, max_pixels), colour_chunks=colour_chunks(data))
        return _with_depth(photo, image, data) if keep_depth and CUT_TO_8_BITS in photo.notes else photo


def _is_deep(pixels: npt.NDArray[Any]) -> TypeGuard[DeepPixels]:
    return pixels.dtype == np.uint16


def _with_depth(photo: Photo, image: Image.Image, data: bytes) -> Photo:
    """Return a photo with its pixels in 16 bits, if they can be decoded so."""
    orientation, _ = read_exif(image)
    with _descriptor_2_silenced():
        found = decode_deep(data)
    if found is None:
        return photo
    deep = _upright(found[0], orientation)
    alpha = None if found[1] is None else _upright(found[1], orientation)
    if not agree(deep, photo.pixels) or not agree(alpha, photo.opacity):
        return photo  # OpenCV reads some kinds in another way
    return replace(
        photo,
        deep=deep,
        deep_opacity=alpha,
        notes=tuple(note for note in photo.notes if note != CUT_TO_8_BITS),
    )


@contextlib.contextmanager
def opened_photo(
    source: str | os.PathLike[str] | bytes | BinaryIO, max_pixels: int
) -> Iterator[tuple[Image.Image, str, bytes]]:
    """Give a photo file as a Pillow image that is checked but not yet decoded, its name for messages, and its bytes.

    Raises
    ------
    PhotoError
        As `read_photo`.
    """
    name = _name(source)
    data = _read_bytes(source, name)
    with _pillow_quiet(is_tiff=data[:2] in (b"II", b"MM")), _open(data, name) as image:
        check_decodable(image, name, max_pixels, len(data))
        if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > MAX_SCANS * getattr(image, "n_frames", 1):
            raise PhotoError(f"{name} cannot be read: it has more than {MAX_SCANS} scans")
        yield image, name, data


@contextlib.contextmanager
def _pillow_quiet(*, is_tiff: bool = False) -> Iterator[None]:
    """Ignore Pillow's warnings, one thread at a time: warning filters belong to the whole process.

    LibTIFF writes to descriptor 2 by itself, so that is closed while a TIFF file is read.
    """
    with _WARNINGS_LOCK, warnings.catch_warnings(action="ignore"):
        if not is_tiff:
            yield
            return
        with _descriptor_2_silenced():
            yield


@contextlib.contextmanager
def _descriptor_2_silenced() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:
        yield  # there is no stderr
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _name(source: object) -> str:
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    return os.fspath(path) if isinstance(path, str | os.PathLike) else "the photo"


def _read_bytes(source: str | os.PathLike[str] | bytes | BinaryIO, name: str) -> bytes:
    try:
        if isinstance(source, str | os.PathLike):
            data = read_regular_file(source, MAX_BYTES)
        else:
            data = source if isinstance(source, bytes) else source.read(MAX_BYTES + 1)
    except AttributeError as error:
        kind = type(source).__name__
        raise InputError(f"a photo must be a path, bytes, a file, an image or an array, not {kind}") from error
    except (OSError, ValueError) as error:
        raise PhotoError(f"{name} cannot be read: {reason(error)}") from error
    if not isinstance(data, bytes):
        raise InputError(f"{name} must be opened in binary mode: it gives {type(data).__name__} instead of bytes")
    if len(data) > MAX_BYTES:
        raise PhotoError(f"{name} cannot be read: it is larger than {MAX_BYTES // 2**20} MiB")
    return data


def _open(data: bytes, name: str) -> ImageFile.ImageFile:
    """Return a Pillow image with its header read and its pixels not yet decoded.

    Pillow's own limit of pixels is lifted meanwhile: ours is checked next.
    """
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        return _opened(data, name)
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _opened(data: bytes, name: str) -> ImageFile.ImageFile:
    heic = data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS
    try:
        if heic and _heif_is_there():
            return Image.open(io.BytesIO(data), formats=("HEIF",))
        return Image.open(io.BytesIO(data), formats=_READABLE)
    except Exception as error:
        unknown = isinstance(error, UnidentifiedImageError)
        raise PhotoError(f"{name} cannot be read: {_reason_not_opened(data[:16], unknown)}") from error


@cache
def _heif_is_there() -> bool:
    """Return whether pillow-heif is installed; then Pillow opens HEIC files."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False)
    return True


def _reason_not_opened(head: bytes, unknown: bool) -> str:
    """Return why Pillow cannot open a file, from its first 16 bytes and whether Pillow knows its format."""
    if not head:
        return "the file is empty"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS and not _heif_is_there():
        return 'it is a HEIC photo, which needs the extra heic: pip install "pixelfes[heic]"'
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "it is a damaged HEIC photo"
    if unknown:
        return f"it is not a {', '.join(_READABLE[:-1])} or {_READABLE[-1]} file, or it is damaged"
    return "it is damaged or cut short"


def check_decodable(image: Image.Image, name: str, max_pixels: int, n_bytes: int | None = None) -> None:
    """Raise `PhotoError` if an opened image has too many pixels, more than its bytes can hold, or 32 bits per channel."""
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise PhotoError(
            f"{name} cannot be read: its sides of {width} × {height} pixels exceed the limit of {MAX_SIDE}"
        )
    if n_bytes is not None and width * height > max(SMALL_PIXELS, MAX_PIXELS_PER_BYTE * n_bytes):
        raise PhotoError(f"{name} cannot be read: {n_bytes} bytes cannot hold a photo of {width} × {height} pixels")
    if width * height > max_pixels:
        raise PhotoError(f"{name} cannot be read: its {width} × {height} pixels exceed the limit of {max_pixels}")
    if image.mode in ("I", "F"):
        raise PhotoError(f"{name} cannot be read: it has 32 bits per channel; save it with 8 or 16 first")


def _decode(image: Image.Image, name: str, max_pixels: int) -> Photo:
    """Return the photo of an opened image after checking its size and mode."""
    check_decodable(image, name, max_pixels)
    grey = image.mode in _GREY_MODES
    try:
        notes = _notes(image)
        image.load()
        profile = image.info.get("icc_profile")
        profile = profile if isinstance(profile, bytes) else None
        pixels, opacity = _to_arrays(image, profile)
    except Exception as error:
        raise PhotoError(f"{name} cannot be read: it is damaged or cut short") from error
    orientation, exif = read_exif(image)
    dpi = read_dpi(image)
    return Photo(
        pixels=_upright(pixels, orientation),
        opacity=None if opacity is None else _upright(opacity, orientation),
        grey=grey,
        icc_profile=profile if profile and profile[16:20] == (b"GRAY" if grey else b"RGB ") else None,
        exif=exif,
        dpi=dpi[::-1] if dpi and orientation >= 5 else dpi,
        format=_WRITTEN_BACK_AS.get(image.format or "", "PNG"),
        notes=notes,
    )


def _notes(image: Image.Image) -> tuple[str, ...]:
    """Return what of a file a photo does not hold."""
    frames = getattr(image, "n_frames", 1)
    lost = [f"only the first of its {frames} pictures is used"] * (frames > 1 and image.format != "MPO")
    return (*lost, *[CUT_TO_8_BITS] * (bits_per_channel(image) > _BITS))


def bits_per_channel(image: Image.Image) -> int:
    """Return how many bits each channel has in the file of an opened image."""
    tiles: Any = getattr(image, "tile", None)
    raw, tags = str(tiles[0].args) if tiles else "", getattr(image, "tag_v2", {})
    if _BITS_PER_SAMPLE in tags:
        return int(max(tags[_BITS_PER_SAMPLE]))
    return 16 if image.mode.startswith("I;16") or ";16" in raw or "16B" in raw else _BITS


def _to_arrays(image: Image.Image, profile: bytes | None) -> tuple[Pixels, Pixels | None]:
    """Return (H, W, 3) RGB and (H, W) opacity, or None if there is none, of a loaded image of any mode; both uint8."""
    if image.mode.startswith("I;16"):
        bits = getattr(image, "tag_v2", {}).get(258, (16,))[0]  # BitsPerSample: a TIFF file may have 12
        full = 2**bits - 1
        grey = ((np.minimum(np.asarray(image), full).astype(np.uint32) * 255 + full // 2) // full).astype(np.uint8)
        return np.stack([grey] * 3, axis=-1), None
    if image.has_transparency_data:
        rgba = np.asarray(image.convert("RGBA"))
        return rgba[..., :3].copy(), rgba[..., 3].copy()
    image = to_srgb(image, profile) if image.mode == "CMYK" else image.convert("RGB")
    return np.array(image), None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an image to RGB by its colour profile if that is usable, otherwise by Pillow's formula."""
    from PIL import ImageCms

    with contextlib.suppress(ImageCms.PyCMSError, OSError, ImportError):
        if profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                converted.info.pop("icc_profile", None)
                return converted
    return image.convert("RGB")


def _upright(array: Deep, orientation: int) -> Deep:
    """Return an array (H, W, ...) turned upright.

    Convention: rows run down, columns to the right; a photo of orientation 6 must be turned clockwise by 90 degrees.
    """
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)
