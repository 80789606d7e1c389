"""Animated GIF, WebP and PNG files: their frames as photos with times, read and written by Pillow.

All frames of an animation are in memory at once, so their pixels in all are limited.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError, PhotoError, reason
from pixelfes.photos.frames import Frames, encode_frames, read_frames
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import to_image
from pixelfes.video.provenance import mark_comment
from pixelfes.video.settings import ClipInfo, ClipSettings, Frame

MAX_ANIMATION_PIXELS = 150_000_000
"""Pixels of all frames of an animation together, at most. Each takes 3 or 4 bytes of memory, twice."""
_STANDARD_MS = 100
"""Milliseconds that players show a frame for whose duration is 0."""
_QUALITY = 95
_STEP = {"GIF": 10, "WEBP": 1, "PNG": 1}
"""Milliseconds in which a format counts."""
_SHORTEST_GIF = 20
_PALETTE_PIXELS = 16_384
"""Pixels in which the colours of a GIF frame are found."""


@dataclass(frozen=True)
class Shown:
    """A frame of an animation.

    Attributes
    ----------
    photo : Photo
    at, duration : float
        When it is shown and for how long, milliseconds.
    """

    photo: Photo
    at: float
    duration: float

    @property
    def frame(self) -> Frame:
        """The frame for a change."""
        pixels = self.photo.pixels.view()
        pixels.flags.writeable = False
        return Frame(pixels, self.at / 1000)


@dataclass(frozen=True)
class Animation:
    """The frames of an animation, or of a part of it.

    Attributes
    ----------
    shown : sequence of Shown
    loop : int
        How often it is shown; 0 for ever.
    """

    shown: Sequence[Shown]
    loop: int = 0

    @property
    def info(self) -> ClipInfo:
        """What it is."""
        height, width = self.shown[0].photo.pixels.shape[:2]
        seconds = sum(shown.duration for shown in self.shown) / 1000
        rate = Fraction(len(self.shown) / seconds).limit_denominator(1000)
        return ClipInfo(width, height, seconds, rate, len(self.shown), codec=self.shown[0].photo.format.lower())


def read_animation(path: Path, settings: ClipSettings) -> Animation:
    """Read an animation from the start to the stop of the settings.

    Raises
    ------
    PhotoError
        If it cannot be read, or is larger than the limits.
    ClipError
        If no frame lies there.
    """
    frames = read_frames(path, max_pixels=MAX_ANIMATION_PIXELS)
    durations = frames.durations or [0] * len(frames.photos)
    shown, at = [], 0
    for photo, duration in zip(frames.photos, durations, strict=True):
        milliseconds = duration or _STANDARD_MS
        shown.append(Shown(photo, at, milliseconds))
        at += milliseconds
    start, stop = settings.start or 0.0, float("inf") if settings.stop is None else settings.stop
    inside = [each for each in shown if start - 1e-6 <= each.at / 1000 < stop - 1e-6]
    if not inside:
        raise ClipError(f"{path} has no frame from {start:g} s on" + f" and before {stop:g} s" * (stop < 1e9))
    if inside[-1].at - inside[0].at > 1000 * settings.max_seconds:
        raise ClipError(f"{path} is longer than the limit of {settings.max_seconds:g} s")
    return Animation(inside, frames.loop)


def encode_animation(animation: Animation, format: str, settings: ClipSettings) -> tuple[bytes, list[str]]:
    """Return the bytes of a GIF, WebP or PNG file, and what it could not keep.

    Raises
    ------
    PhotoError
        If the format cannot hold frames of this size.
    """
    durations = whole_durations([shown.duration for shown in animation.shown], _STEP[format])
    photos = [shown.photo for shown in animation.shown]
    frames = Frames(photos, durations, animation.loop)
    if format == "GIF":
        return _encode_gif(frames, settings.mark), _gif_notes(photos, durations)
    quality = settings.quality or _QUALITY
    keep = settings.keep_metadata
    return encode_frames(frames, format, made_by=settings.mark, keep_metadata=keep, quality=quality), []


def whole_durations(durations: Sequence[float], step: int) -> list[int]:
    """Return durations in whole steps; rounding errors do not add up.

    Examples
    --------
    >>> whole_durations([33.4] * 6, 10)
    [30, 40, 30, 30, 40, 30]
    """
    ends = np.rint(np.cumsum(durations) / step).astype(int) * step
    return [max(step, int(duration)) for duration in np.diff(ends, prepend=0)]


def _gif_notes(photos: Sequence[Photo], durations: Sequence[int]) -> list[str]:
    notes = ["a GIF file has 256 colours a frame, and counts time in hundredths of a second"]
    if min(durations) < _SHORTEST_GIF:
        notes.append("players show a GIF frame for 0.02 s or more")
    if any(photo.opacity is not None and ((photo.opacity > 0) & (photo.opacity < 255)).any() for photo in photos):
        notes.append("a GIF file has no half transparency")
    return notes


def _encode_gif(frames: Frames, mark: str | None) -> bytes:
    file = io.BytesIO()
    options: dict[str, Any] = {"duration": list(frames.durations), "disposal": 2 if _transparent(frames) else 1}
    if mark is not None:
        options["comment"] = mark_comment(mark).encode()
    try:
        images = [_with_palette(photo) for photo in frames.photos]
        options |= {"loop": frames.loop} if len(images) > 1 else {}
        images[0].save(file, format="GIF", save_all=True, append_images=images[1:], **options)
    except Exception as error:
        raise PhotoError(f"the clip cannot be written as GIF: {reason(error)}") from error
    return file.getvalue()


def _transparent(frames: Frames) -> bool:
    return any(photo.opacity is not None for photo in frames.photos)


def _with_palette(photo: Photo) -> Image.Image:
    """Return a photo in at most 256 colours of its own; without dithering, which would flicker.

    The colours are found in a part of the pixels, so that small areas of a strong colour keep it: 35 ms instead of 400 for
    512 × 512 pixels.
    """
    image = to_image(photo, "GIF")[0]
    if photo.opacity is not None:
        return image  # Pillow finds palette and transparent colour together
    image = image.convert("RGB")
    cover = Image.Quantize.MAXCOVERAGE
    if image.getcolors(256) is not None:
        return image.quantize(256, cover, dither=Image.Dither.NONE)
    step = math.ceil(math.sqrt(image.width * image.height / _PALETTE_PIXELS))
    small = image.resize((max(1, image.width // step), max(1, image.height // step)), Image.Resampling.NEAREST)
    return image.quantize(palette=small.quantize(256, cover, kmeans=1), dither=Image.Dither.NONE)


def on_white(photo: Photo) -> Pixels:
    """Return the pixels of a photo, laid over white where it is transparent."""
    return np.asarray(to_image(replace(photo, grey=False), "JPEG")[0])


class GatheredFrames:
    """Frames on their way into an animation.

    Parameters
    ----------
    format : {"GIF", "WEBP", "PNG"}
    """

    def __init__(self, format: str) -> None:
        self._format = format
        self._held: list[tuple[Photo, float]] = []
        self._n_pixels = 0

    def add(self, pixels: Pixels, seconds: float) -> None:
        """Add a frame, shown from a time on.

        Raises
        ------
        ClipError
            If the frames have more pixels in all than an animation may have.
        """
        self._n_pixels += pixels.shape[0] * pixels.shape[1]
        if self._n_pixels > MAX_ANIMATION_PIXELS:
            limit = MAX_ANIMATION_PIXELS
            raise ClipError(
                f"the clip cannot be written as {self._format}: its frames exceed {limit} pixels in all; cut it"
            )
        self._held.append((Photo(pixels, format="PNG" if self._format == "GIF" else self._format), 1000 * seconds))

    def animation(self, last: float) -> Animation:
        """Return the animation, shown for ever; its last frame is shown for so many seconds."""
        ends = [at for _, at in self._held[1:]] + [self._held[-1][1] + 1000 * last]
        return Animation([Shown(photo, at, end - at) for (photo, at), end in zip(self._held, ends, strict=True)])
