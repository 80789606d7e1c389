"""What a clip is, how it is changed, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError

MAX_PIXELS = 8192 * 4320
"""Pixels of a frame, at most, unless the caller says otherwise."""
MAX_SECONDS = 6 * 3600.0
"""Length of a clip, at most, unless the caller says otherwise."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One upright frame of a clip.

    Attributes
    ----------
    pixels : (H, W, 3) uint8
        RGB, to read only.
    time : float
        Seconds from the start of the clip, also if only a part of the clip is read.
    is_carried : bool
        Whether the frame was broken, so that these are the pixels of the last good one.
    """

    pixels: Pixels
    time: float
    is_carried: bool = False


@dataclass(frozen=True)
class ClipInfo:
    """What a clip says before it is decoded.

    Attributes
    ----------
    width, height : int
        Of the upright frames, pixels.
    seconds : float or None
        Length; None if the file does not state it.
    rate : Fraction or None
        Frames a second on average.
    n_frames : int or None
        An estimate.
    sounds, subtitles : int
        How many streams there are.
    codec : str
        The decoder's name.
    pixel_aspect : Fraction
        Width of a pixel over its height. It is kept; frames are handed out as they are stored.
    """

    width: int
    height: int
    seconds: float | None
    rate: Fraction | None
    n_frames: int | None
    sounds: int = 0
    subtitles: int = 0
    codec: str = ""
    pixel_aspect: Fraction = Fraction(1)

    @property
    def has_sound(self) -> bool:
        """Whether there is a sound stream."""
        return self.sounds > 0


@dataclass(frozen=True)
class ClipSettings:
    """How a clip is read and written.

    Parameters
    ----------
    start, stop : float, optional
        Seconds from the start of the clip; frames from ``start`` on and before ``stop`` are changed and written.
    mark : str, optional
        Package, version and model for the metadata; None writes no mark.
    quality : int, optional
        1 to 100; by default changes of the encoder cannot be seen: a structural similarity of 0.98 or more.
    codec : {"h264", "vp9"}, optional
        By default VP9 in WebM files and H.264 in others.
    keep_metadata : bool
        Keep title, place and device. They are dropped by default.
    max_pixels : int
        Of a frame; for animations, of all frames together.
    max_seconds : float
        Of the part that is read.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    start: float | None = None
    stop: float | None = None
    mark: str | None = None
    quality: int | None = None
    codec: Literal["h264", "vp9"] | None = None
    keep_metadata: bool = False
    max_pixels: int = MAX_PIXELS
    max_seconds: float = MAX_SECONDS

    def __post_init__(self) -> None:
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise InputError(f"quality must be from 1 to 100, not {self.quality}")
        if self.codec not in (None, "h264", "vp9"):
            raise InputError(f"the codec must be h264 or vp9, not {self.codec!r}")
        start = 0.0 if self.start is None else self.start
        if not 0 <= start < float("inf"):
            raise InputError(f"the start must be 0 seconds or more, not {self.start}")
        if self.stop is not None and not self.stop > start:
            raise InputError(f"the stop must be after the start at {start:g} s, not at {self.stop:g} s")


@dataclass(frozen=True)
class ClipReport:
    """What became of a clip.

    Attributes
    ----------
    frames : int
        Frames written.
    carried : tuple of float
        Times of the broken frames, seconds from the start of the clip.
    notes : tuple of str
        What could not be kept, each in one sentence.
    """

    frames: int
    carried: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


Change: TypeAlias = Callable[[Iterator[Frame]], Iterator[Pixels]]
"""Takes the frames of a clip and yields one picture of the same size for each, in order."""

Progress: TypeAlias = Callable[[int, int | None], object]
"""Is told how many frames are changed, and of how many if that is known."""
