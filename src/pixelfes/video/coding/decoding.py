"""Decode the video of a clip: every frame once, upright, with its exact time; a broken frame is carried over.

Times are counted in ticks of the stream's time base, as in the file. A packet that gives no frame, or a frame that its
decoder calls damaged, becomes the last good frame once more.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError
from pixelfes.extras import extra_module
from pixelfes.video.coding.colours import FULL_RANGE, ColourTags, Planes, even
from pixelfes.video.coding.opening import ClipVideo, readable
from pixelfes.video.settings import ClipSettings

_HIDDEN_FRAMES = ("vp8",)
"""Decoders whose packets may hold a frame that is not shown."""
_PLANAR = ("yuv420p", "yuvj420p")
_SEEK_EARLIER = 0.5
"""Seconds by which a seek aims earlier than the cut: a container may index its frames by decoding time."""
_TOLERANCE = 1e-6
"""Seconds; a time that is written with a few digits still means its frame."""


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
        for picture in _pictures_before(start, video):
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


def _pictures_before(start: float, video: ClipVideo) -> Iterator[Picture]:
    """Yield all frames from a key frame before a time on; all there are if the file's index does not lead there."""
    if start:
        seek(video, int((Fraction(start - _SEEK_EARLIER) + video.zero) / video.time_base))
        found = _all_pictures(video)
        first = next(found, None)
        if first is not None and video.seconds(first.ticks) < start + _TOLERANCE:
            yield first
            yield from found
            return
        video.reopen()
    yield from _all_pictures(video)


def seek(video: ClipVideo, ticks: int) -> None:
    """Go to the last key frame before a time, if the file has an index."""
    with contextlib.suppress(OSError, ValueError):
        video.container.seek(ticks, stream=video.stream, backward=True)


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
    lost: list[int] = []
    while expected and expected[0] <= ticks:
        found = heapq.heappop(expected)
        if found < ticks and [found] != lost[-1:]:
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
    return video.orientation.upright(_arrays(_reformatted(frame, width, height, video.tags)))


def _reformatted(frame: Any, width: int, height: int, tags: ColourTags) -> Any:
    """Return a frame as planes of 8 bits in the same matrix and range; RGB becomes what the tags say."""
    planar = "yuvj420p" if tags.range == FULL_RANGE else "yuv420p"
    if not frame.format.is_rgb:
        return frame.reformat(width, height, planar)
    return frame.reformat(
        width, height, planar, dst_colorspace=tags.matrix, src_color_range=FULL_RANGE, dst_color_range=tags.range
    )


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
