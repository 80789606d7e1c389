"""Which files are clips, what kind a file is by its first bytes, and what each kind may hold.

A clip is untrusted input: the kind comes from the content, and only the demuxers and decoders listed here are used.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal, TypeAlias

from pixelfes.errors import ClipError, reason

Container: TypeAlias = Literal["mov", "matroska"]
"""FFmpeg's name of the demuxer."""

FORMAT_OF_SUFFIX = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
"""FFmpeg's name of the format to write, by suffix in lower case."""
ANIMATION_OF_SUFFIX = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".apng": "PNG"}
"""Pillow's name of the format of an animation, by suffix in lower case."""
CLIP_SUFFIXES = frozenset(FORMAT_OF_SUFFIX)

VIDEO_DECODERS = (
    *("h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "mpeg4", "mpeg2video", "mpeg1video", "h263"),
    *("mjpeg", "prores", "dnxhd", "ffv1", "png", "rawvideo", "cfhd", "theora", "libvpx-vp9"),
)
_SOUND_DECODERS = (
    *("aac", "mp3", "mp3float", "ac3", "eac3", "opus", "libopus", "vorbis", "flac", "alac", "amrnb", "amrwb"),
    *(f"pcm_{kind}" for kind in ("s16le", "s16be", "s24le", "s24be", "s32le", "f32le", "u8", "alaw", "mulaw")),
)
OPEN_OPTIONS = {
    "protocol_whitelist": "file",
    "codec_whitelist": ",".join((*VIDEO_DECODERS, *_SOUND_DECODERS, "mov_text", "subrip", "srt", "ass", "webvtt")),
}
"""What a demuxer may do: read this one file, and probe streams with these decoders."""

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
_EBML = b"\x1a\x45\xdf\xa3"


def is_clip(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is a clip: a video by its suffix, or an animated GIF, WebP or PNG file by its content."""
    suffix = Path(path).suffix.lower()
    return suffix in FORMAT_OF_SUFFIX or (suffix in ANIMATION_OF_SUFFIX and is_animation(path))


def is_animation(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is a GIF, WebP or PNG file of several pictures."""
    import warnings

    from PIL import Image

    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return False
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=("GIF", "WEBP", "PNG")) as image:
            return bool(getattr(image, "is_animated", False))
    except Exception:
        return False


def container_of(path: Path) -> Container:
    """Return the demuxer for a file, by its first bytes.

    Raises
    ------
    ClipError
        If it is no regular file, or of no kind that is read.
    """
    try:
        if not path.is_dir() and path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise ClipError(f"{path} cannot be read: it is not a regular file")
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:
        raise ClipError(f"{path} cannot be read: {reason(error)}") from error
    if head[:4] == _EBML:
        return "matroska"
    if head[4:8] in _BOXES and head[8:12] not in _STILL_BRANDS:
        return "mov"
    what = "the file is empty" if not head else "it is not an MP4, MOV, MKV or WebM file, or it is damaged"
    raise ClipError(f"{path} cannot be read: {what}")


def format_for_clip(path: Path) -> str:
    """Return FFmpeg's or, in capitals, Pillow's name of the format that belongs to a suffix.

    Raises
    ------
    ClipError
        If there is none.

    Examples
    --------
    >>> format_for_clip(Path("a.MKV")), format_for_clip(Path("a.gif"))
    ('matroska', 'GIF')
    """
    known = FORMAT_OF_SUFFIX | ANIMATION_OF_SUFFIX
    suffix = path.suffix
    if suffix.lower() not in known:
        found = f"in {suffix}" if suffix else "without a suffix"
        raise ClipError(f"{path} cannot be written: a clip's name must end in one of {', '.join(known)}, not {found}")
    return known[suffix.lower()]
