"""Open clips: one file and nothing else, within limits, and what its first frame tells of orientation and colours."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pixelfes.errors import ClipError, PixelfesError, reason
from pixelfes.extras import extra_module
from pixelfes.video.coding.colours import FULL_RANGE, LIMITED_RANGE, RGB_BECOMES, ColourTags
from pixelfes.video.coding.orientation import UPRIGHT, Orientation, orientation_of
from pixelfes.video.kinds import OPEN_OPTIONS, VIDEO_DECODERS, container_of
from pixelfes.video.settings import MAX_PIXELS, ClipInfo, ClipSettings

LONGEST_SIDE = 16_384
"""Of a frame, pixels."""
_MOST_THREADS = 4
_ERRORS_OF_FILES = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


@dataclass(repr=False)  # PyAV's objects cannot be shown once their file is closed
class ClipVideo:
    """The video stream of an opened clip.

    Attributes
    ----------
    name : str
        The path, for messages.
    container, stream : objects of PyAV
    info : ClipInfo
    time_base : Fraction
        Seconds a tick.
    zero : Fraction
        When the clip starts, seconds on the stream's clock.
    tags : ColourTags
    orientation : Orientation
    notes : list of str
        What is not kept of the video.
    """

    name: str
    container: Any
    stream: Any
    info: ClipInfo
    time_base: Fraction
    zero: Fraction
    tags: ColourTags = field(default_factory=ColourTags)
    orientation: Orientation = UPRIGHT
    notes: list[str] = field(default_factory=list)

    def seconds(self, ticks: int) -> float:
        """Return the time of a tick, seconds from the start of the clip."""
        return float(ticks * self.time_base - self.zero)

    def note(self, text: str) -> None:
        """Note what is not kept, once."""
        if text not in self.notes:
            self.notes.append(text)

    def reopen(self) -> None:
        """Go back to the start, whatever the file's index says."""
        self.container.close()
        self.container = open_container(Path(self.name))
        self.stream, _ = _main_stream(self.container, self.name)
        _prepare(self.stream)


@contextlib.contextmanager
def readable(name: str, doing: str = "read") -> Iterator[None]:
    """Turn every error of FFmpeg into a `ClipError`: damaged files raise errors of many kinds."""
    try:
        yield
    except (PixelfesError, GeneratorExit, TypeError, AttributeError, NameError):
        raise  # of this program
    except Exception as error:
        of_file = isinstance(error, OSError) and error.errno in _ERRORS_OF_FILES
        what = reason(error) if of_file or doing == "written" else "it is damaged or cut short"
        raise ClipError(f"{name} cannot be {doing}: {what}") from error


def open_container(path: Path) -> Any:
    """Return a clip file opened by PyAV, from this one file only.

    Raises
    ------
    ClipError
        If it cannot be opened.
    """
    av = extra_module("video", "av")
    demuxer = container_of(path)
    with readable(str(path)):
        # "file:" and the whole path: a name cannot stand for a protocol.
        return av.open(
            f"file:{os.path.abspath(path)}",  # noqa: PTH100 - Path.absolute would follow nothing either, but keeps ".."
            "r",
            format=demuxer,
            options=dict(OPEN_OPTIONS),
            metadata_errors="replace",
        )


@contextlib.contextmanager
def opened_clip(path: Path, settings: ClipSettings) -> Iterator[ClipVideo]:
    """Give the video stream of a clip, and what its first frame tells.

    Raises
    ------
    ClipError
        If the file cannot be read, has no video, or is larger than the limits.
    """
    name = str(path)
    with contextlib.closing(open_container(path)) as container, readable(name):
        stream, notes = _main_stream(container, name)
        _check(stream, name, settings)
        frame = _first_frame(container, stream)
        if frame is None:
            raise ClipError(f"{name} cannot be read: none of its frames can be decoded")
        video = _described(name, container, stream, frame)
        video.notes += notes
    try:
        with readable(name):
            video.reopen()
        yield video
    finally:
        video.container.close()


def _first_frame(container: Any, stream: Any) -> Any:
    """Return the first frame that can be decoded; None if there is none."""
    av = extra_module("video", "av")
    _prepare(stream)
    for packet in container.demux(stream):
        with contextlib.suppress(av.FFmpegError):
            if frames := packet.decode():
                return frames[0]
    return None


def _prepare(stream: Any) -> None:
    """Set limits and threads of a decoder."""
    context = stream.codec_context
    context.options = {"max_pixels": str(max(MAX_PIXELS, 4 * context.width * context.height))}
    stream.thread_type = "AUTO"
    context.thread_count = min(_MOST_THREADS, os.cpu_count() or 1)


def _main_stream(container: Any, name: str) -> tuple[Any, list[str]]:
    """Return the first stream of moving pictures, and notes about others. Cover art is a still, not the video."""
    pictures = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not pictures:
        raise ClipError(f"{name} cannot be read: it has no video")
    others = len(pictures) - 1
    return pictures[0], [f"only the first of its {others + 1} video streams is used"] * (others > 0)


def _is_cover(stream: Any) -> bool:
    return any(flag.name == "attached_pic" for flag in type(stream.disposition) if flag in stream.disposition)


def _check(stream: Any, name: str, settings: ClipSettings) -> None:
    """Raise `ClipError` if a stream is of an unknown kind or too large; nothing has been decoded for the caller yet."""
    context = stream.codec_context
    if context is None or context.name not in VIDEO_DECODERS:
        kind = getattr(context, "name", None) or "an unknown codec"
        raise ClipError(f"{name} cannot be read: its video is {kind}, which is not among those that are read")
    width, height = context.width, context.height
    if not width or not height or not stream.time_base:
        raise ClipError(f"{name} cannot be read: it is damaged or cut short")
    if max(width, height) > LONGEST_SIDE or width * height > settings.max_pixels:
        raise ClipError(
            f"{name} cannot be read: its {width} × {height} pixels exceed the limit of {settings.max_pixels}"
        )


def _described(name: str, container: Any, stream: Any, frame: Any) -> ClipVideo:
    starts = [other.start_time * other.time_base for other in container.streams if other.start_time is not None]
    video = ClipVideo(
        name=name,
        container=container,
        stream=stream,
        info=_info(container, stream),
        time_base=Fraction(stream.time_base),
        zero=max(Fraction(0), min(starts, default=Fraction(0))),
        tags=_tags(frame),
        orientation=orientation_of(frame),
    )
    if video.orientation.swaps_sides:
        info, aspect = video.info, 1 / video.info.pixel_aspect
        video.info = replace(info, width=info.height, height=info.width, pixel_aspect=aspect)
    _note_what_is_lost(video, frame)
    return video


def _tags(frame: Any) -> ColourTags:
    """Return the colour tags to write; frames that are stored as RGB become BT.709."""
    tags = ColourTags(frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc)
    if frame.format.is_rgb:
        return replace(tags, matrix=RGB_BECOMES, range=LIMITED_RANGE)
    return replace(tags, range=FULL_RANGE) if frame.format.name.startswith("yuvj") else tags


def _info(container: Any, stream: Any) -> ClipInfo:
    rate = stream.average_rate or stream.guessed_rate
    seconds = None if stream.duration is None else float(stream.duration * stream.time_base)
    if seconds is None and container.duration:
        seconds = container.duration / 1e6
    estimate = stream.frames or (round(seconds * rate) if seconds and rate else None)
    context = stream.codec_context
    return ClipInfo(
        width=context.width,
        height=context.height,
        seconds=seconds,
        rate=Fraction(rate) if rate else None,
        n_frames=estimate,
        sounds=len(container.streams.audio),
        subtitles=len(container.streams.subtitles),
        codec=context.name,
        pixel_aspect=Fraction(stream.sample_aspect_ratio or 1),
    )


def _note_what_is_lost(video: ClipVideo, frame: Any) -> None:
    depth = max(component.bits for component in frame.format.components)
    if depth > 8:
        video.note(f"its {depth} bits a channel become 8")
    if video.tags.hdr:
        video.note(
            f"its high dynamic range ({video.tags.hdr}) is kept as a tag, but in 8 bits, without its light levels"
        )
    if frame.interlaced_frame:
        video.note("it is interlaced; its frames are written as whole pictures")
