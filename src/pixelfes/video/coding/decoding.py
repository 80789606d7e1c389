"""Decode the video of a clip: every frame once, upright, with its exact time; a broken frame is carried over.

Times are counted in ticks of the stream's time base, as in the file. A packet that gives no frame, or a frame that its
decoder calls damaged, becomes the last good frame once more.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError, PixelfesError, reason
from pixelfes.extras import extra_module
from pixelfes.video.coding.colours import ColourTags, Planes, even
from pixelfes.video.coding.orientation import UPRIGHT, Orientation, orientation_of
from pixelfes.video.kinds import OPEN_OPTIONS, VIDEO_DECODERS, container_of
from pixelfes.video.settings import ClipInfo, ClipSettings

LONGEST_SIDE = 16_384
"""Of a frame, pixels."""
_HIDDEN_FRAMES = ("vp8",)
"""Decoders whose packets may hold a frame that is not shown."""
_PLANAR = ("yuv420p", "yuvj420p")
_ERRORS_OF_FILES = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_SEEK_EARLIER = 0.5
"""Seconds by which a seek aims earlier than the cut: a container may index its frames by decoding time."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded frame, and when it is shown.

    Attributes
    ----------
    planes : Planes
        Upright, even sides.
    ticks, duration : int
        In the stream's time base; the duration is 0 if it is not known.
    is_carried : bool
    """

    planes: Planes
    ticks: int
    duration: int
    is_carried: bool = False


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


@contextlib.contextmanager
def readable(name: str, doing: str = "read") -> Iterator[None]:
    """Turn every error of FFmpeg into a `ClipError`: damaged files raise errors of many kinds."""
    try:
        yield
    except (PixelfesError, GeneratorExit):
        raise
    except Exception as error:
        said = isinstance(error, OSError) and (doing == "written" or error.errno in _ERRORS_OF_FILES)
        what = reason(error) if said else "it is damaged or cut short"
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
    """Give the video stream of a clip; its first frame has been decoded for its colours and orientation.

    Raises
    ------
    ClipError
        If the file cannot be read, has no video, or is larger than the limits.
    """
    with contextlib.closing(open_container(path)) as container:
        with readable(str(path)):
            stream, notes = _main_stream(container, str(path))
            _check(stream, str(path), settings)
            video = _described(str(path), container, stream)
            video.notes += notes
        yield video


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
    if not width or not height:
        raise ClipError(f"{name} cannot be read: it is damaged or cut short")
    if max(width, height) > LONGEST_SIDE or width * height > settings.max_pixels:
        raise ClipError(
            f"{name} cannot be read: its {width} × {height} pixels exceed the limit of {settings.max_pixels}"
        )


def _described(name: str, container: Any, stream: Any) -> ClipVideo:
    context = stream.codec_context
    context.options = {"max_pixels": str(4 * context.width * context.height)}
    stream.thread_type = "AUTO"
    context.thread_count = min(4, os.cpu_count() or 1)
    starts = [other.start_time * other.time_base for other in container.streams if other.start_time is not None]
    video = ClipVideo(
        name=name,
        container=container,
        stream=stream,
        info=_info(container, stream),
        time_base=Fraction(stream.time_base),
        zero=max(Fraction(0), min(starts, default=Fraction(0))),
    )
    _look_at_first_frame(video)
    return video


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


def _look_at_first_frame(video: ClipVideo) -> None:
    """Take orientation, colours and depth from the first frame, and go back to the start."""
    frame = next(_raw_frames(video, []), None)
    if frame is None:
        raise ClipError(f"{video.name} cannot be read: none of its frames can be decoded")
    video.orientation = orientation_of(frame)
    video.tags = ColourTags(frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc)
    if frame.format.name.startswith("yuvj"):
        video.tags = replace(video.tags, range=2)
    _note_what_is_lost(video, frame)
    if video.orientation.swaps_sides:
        info, aspect = video.info, 1 / video.info.pixel_aspect
        video.info = replace(info, width=info.height, height=info.width, pixel_aspect=aspect)
    _rewind(video, 0)


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


def _rewind(video: ClipVideo, ticks: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        video.container.seek(ticks, stream=video.stream, backward=True)
    video.stream.codec_context.flush_buffers()


_TOLERANCE = 1e-6
"""Seconds; a time that is written with a few digits still means its frame."""


def pictures(video: ClipVideo, settings: ClipSettings) -> Iterator[Picture]:
    """Yield the frames from the start to the stop of the settings, each with its time in the file.

    Raises
    ------
    ClipError
        If no frame lies there, or the clip is longer than the limit.
    """
    start, stop = settings.start or 0.0, settings.stop if settings.stop is not None else float("inf")
    first: float | None = None
    with readable(video.name):
        if start:
            _rewind(video, int((Fraction(start - _SEEK_EARLIER) + video.zero) / video.time_base))
        for picture in _all_pictures(video):
            time = video.seconds(picture.ticks)
            if time >= stop - _TOLERANCE:
                break
            if time < start - _TOLERANCE:
                continue
            first = time if first is None else first
            if time - first > settings.max_seconds:
                raise ClipError(f"{video.name} is longer than the limit of {settings.max_seconds:g} s")
            yield picture
    if first is None:
        raise ClipError(f"{video.name} has no frame from {start:g} s on" + f" and before {stop:g} s" * (stop < 1e9))


def _all_pictures(video: ClipVideo) -> Iterator[Picture]:
    """Yield good frames and carried ones, in order of time; those that are broken before the first good one are that one."""
    expected: list[int] = []
    last: Picture | None = None
    shown = -(2**62)
    for frame in _raw_frames(video, expected):
        ticks = shown + 1 if frame.pts is None else frame.pts
        if ticks <= shown:
            continue  # after a lost key frame a decoder may give a frame too late
        shown = ticks
        broken = _earlier(expected, ticks)
        if frame.is_corrupt and last is not None:
            yield from (replace(last, ticks=at, duration=0, is_carried=True) for at in [*broken, ticks])
            continue
        picture = Picture(_planes(frame, video), ticks, frame.duration or 0, frame.is_corrupt)
        yield from (replace(last or picture, ticks=at, duration=0, is_carried=True) for at in broken)
        yield picture
        last = picture
    if last is not None:
        yield from (
            replace(last, ticks=at, duration=0, is_carried=True) for at in _earlier(expected, 2**62) if at > shown
        )


def _earlier(expected: list[int], ticks: int) -> list[int]:
    """Take the times before this one from the heap, and this one; return those before: their packets gave no frame."""
    lost = []
    while expected and expected[0] <= ticks:
        found = heapq.heappop(expected)
        if found < ticks and found not in lost:
            lost.append(found)
    return lost


def _raw_frames(video: ClipVideo, expected: list[int]) -> Iterator[Any]:
    """Yield what the decoder gives; put the time of each packet that should give a frame on a heap."""
    av = extra_module("video", "av")
    counts_all = video.stream.codec_context.name not in _HIDDEN_FRAMES
    for packet in _packets(video):
        if packet.pts is not None and packet.size and counts_all and not packet.is_discard:
            heapq.heappush(expected, packet.pts)
        try:
            yield from packet.decode()
        except av.FFmpegError:
            if packet.pts is not None and not counts_all:
                heapq.heappush(expected, packet.pts)


def _packets(video: ClipVideo) -> Iterator[Any]:
    """Yield the packets of the stream; a file that breaks off ends here, and the decoder gives what it still holds."""
    av = extra_module("video", "av")
    try:
        yield from video.container.demux(video.stream)
    except av.FFmpegError:
        video.note("the file breaks off")
        yield av.Packet()


def _planes(frame: Any, video: ClipVideo) -> Planes:
    """Return the upright planes of a decoded frame."""
    width, height = video.info.width, video.info.height
    if video.orientation.swaps_sides:
        width, height = height, width
    if (frame.width, frame.height) != (width, height):
        video.note("its frames change in size; all are written in the size of the first")
    elif frame.format.name in _PLANAR:
        return video.orientation.upright(_arrays(frame))
    if frame.format.name not in _PLANAR:
        _note_format(video, frame)
    planar = "yuvj420p" if video.tags.range == 2 else "yuv420p"
    return video.orientation.upright(_arrays(frame.reformat(width, height, planar)))


def _note_format(video: ClipVideo, frame: Any) -> None:
    if any(name in frame.format.name for name in ("422", "444", "rgb", "gbr")):
        video.note("its colours are kept for 2 × 2 pixels each (4:2:0), which every player shows")
    if any(component.is_alpha for component in frame.format.components):
        video.note("its transparency is lost")


def _arrays(frame: Any) -> Planes:
    """Return copies of the planes; rows and columns of an odd size are repeated once."""
    y, u, v = (_rows(plane).copy() for plane in frame.planes)
    return even(y), u, v


def _rows(plane: Any) -> Pixels:
    """Return a plane of PyAV without the padding of its lines."""
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
