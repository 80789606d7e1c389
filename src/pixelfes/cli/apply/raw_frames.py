"""Change raw frames that come through a pipe, as ffmpeg writes and reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pixelfes.errors import InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.cli.apply.photo_change import PhotoChange

_SIZE = re.compile(r"(\d{1,5})[xX](\d{1,5})")


@dataclass(frozen=True)
class FrameSize:
    """Width and height of raw frames, pixels; three bytes a pixel: red, green, blue."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> FrameSize:
        """Read a size.

        Raises
        ------
        InputError
            If the text is no size.

        Examples
        --------
        >>> FrameSize.parse("1280x720")
        FrameSize(width=1280, height=720)
        """
        found = _SIZE.fullmatch(text.strip())
        if found is None or 0 in (int(found[1]), int(found[2])):
            raise InputError(f"the size of raw frames must be WIDTHxHEIGHT, like 1280x720; found {text[:20]!r}")
        return cls(int(found[1]), int(found[2]))

    @property
    def n_bytes(self) -> int:
        """Bytes of a frame."""
        return 3 * self.width * self.height


@dataclass
class FrameCounts:
    """How many frames came, and in how many of them no face was changed."""

    frames: int = 0
    untouched: int = 0

    def __str__(self) -> str:
        """Return the counts in one line."""
        return f"{self.frames} frames" + f", {self.untouched} without a face that can be changed" * bool(self.untouched)


def change_frames(change: PhotoChange, size: FrameSize, source: BinaryIO, sink: BinaryIO) -> FrameCounts:
    """Change every frame of a stream, 25 a second; a frame without a face that can be changed goes through as it is.

    Raises
    ------
    PhotoError
        If the frames are too large, or the last one is cut short.
    """
    import numpy as np

    from pixelfes.tracking.frame_change import RATE

    if size.width * size.height > change.settings.max_pixels:
        limit = change.settings.max_pixels
        raise PhotoError(f"frames of {size.width} × {size.height} pixels exceed the limit of {limit}")
    counts, stream = FrameCounts(), change.frame_change()
    while data := _read(source, size.n_bytes):
        if len(data) < size.n_bytes:
            raise PhotoError(f"stdin ends within frame {counts.frames + 1}: {len(data)} of {size.n_bytes} bytes")
        counts.frames += 1
        pixels = np.frombuffer(data, np.uint8).reshape(size.height, size.width, 3)
        made = stream.changed(pixels, counts.frames / RATE, change.drawing())
        counts.untouched += made is pixels
        sink.write(made.tobytes())
    sink.flush()
    return counts


def _read(source: BinaryIO, n_bytes: int) -> bytes:
    """Return so many bytes, or fewer at the end; a pipe gives them in pieces."""
    parts, missing = [], n_bytes
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
