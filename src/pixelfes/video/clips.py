"""Change a clip from file to file, read its frames, and write frames as a clip."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError
from pixelfes.extras import require_extra
from pixelfes.file_writing import new_file
from pixelfes.photos.reading import check_pixels
from pixelfes.video.animations import GatheredFrames, read_animation
from pixelfes.video.coding.decoding import pictures
from pixelfes.video.coding.encoding import VideoKind
from pixelfes.video.coding.opening import opened_clip
from pixelfes.video.conversion import (
    DRAWN_TAGS,
    Conversion,
    Output,
    convert_animation,
    convert_video,
    known_tags,
    rgb_frame,
    write_animation,
    write_video,
)
from pixelfes.video.kinds import is_animation
from pixelfes.video.settings import Change, ClipInfo, ClipReport, ClipSettings, Frame, Progress

__all__ = ["change_clip", "clip_info", "read_clip", "write_frames"]

_DEFAULT = ClipSettings()
_TICKS = 90_000
"""Ticks a second of a video that is made of frames alone."""


def clip_info(path: str | os.PathLike[str], settings: ClipSettings = _DEFAULT) -> ClipInfo:
    """Return what a clip is. Only the first frame of a video is decoded, but all frames of an animation.

    Raises
    ------
    ClipError, PhotoError
        If it cannot be read.
    """
    if is_animation(path):
        return read_animation(Path(path), settings).info
    with opened_clip(Path(path), settings) as video:
        return video.info


def read_clip(path: str | os.PathLike[str], settings: ClipSettings = _DEFAULT) -> Iterator[Frame]:
    """Yield the upright frames of a clip, from the start to the stop of the settings.

    Raises
    ------
    ClipError, PhotoError
        If it cannot be read.
    """
    if is_animation(path):
        yield from (shown.frame for shown in read_animation(Path(path), settings).shown)
        return
    with opened_clip(Path(path), settings) as video:
        tags = known_tags(video)
        for picture in pictures(video, settings):
            yield rgb_frame(picture, video, tags)


def change_clip(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    change: Change,
    settings: ClipSettings = _DEFAULT,
    progress: Progress | None = None,
) -> ClipReport:
    """Change every frame of a clip and write a new clip, completely or not at all.

    Frame times, colours, sound, subtitles, chapters and languages are kept; a turned clip is written upright.

    Parameters
    ----------
    source, target : str or path
        The suffix of the target gives its kind: a video, or an animation in GIF, WebP or PNG.
    change : generator function
        Takes the frames, and yields one (H, W, 3) uint8 picture for each, in order. It is run in the caller's thread, and may
        look some frames ahead.
    settings : ClipSettings
    progress : function of frames changed, and of frames in all or None

    Returns
    -------
    ClipReport

    Raises
    ------
    ClipError
        If the source cannot be read, or the target's kind cannot be written.
    PhotoError
        If the target cannot be written, or an animation cannot be read.
    InputError
        If the change does not yield one picture of the same size for each frame.
    """
    source, target = Path(source), Path(target)
    from_animation = is_animation(source)
    with new_file(target) as temporary:
        job = Conversion(source, Output(target, temporary, settings), change, progress)
        if not (from_animation and job.output.is_animation):
            require_extra("video", "av")
        return convert_animation(job) if from_animation else convert_video(job)


def write_frames(
    target: str | os.PathLike[str],
    frames: Iterable[Pixels],
    times: Iterable[float],
    settings: ClipSettings = _DEFAULT,
) -> ClipReport:
    """Write pictures as a clip, without sound, completely or not at all.

    Parameters
    ----------
    target : str or path
        Its suffix gives its kind.
    frames : iterable of (H, W, 3) uint8
    times : iterable of float
        Seconds, each later than the one before, one for each frame. The last frame is shown as long as the one before it.
    settings : ClipSettings
        Its mark, quality and codec.

    Raises
    ------
    InputError
        If there is no frame, or times do not increase.
    ClipError, PhotoError
        If the clip cannot be written.
    """
    target = Path(target)
    with new_file(target) as temporary:
        output, timed = Output(target, temporary, settings), _timed(frames, times)
        if output.is_animation:
            return _write_animated(output, timed)
        require_extra("video", "av")
        first = next(timed)
        height, width = first[0].shape[:2]
        kind = VideoKind(width, height, Fraction(1, _TICKS), Fraction(_TICKS, first[2]), DRAWN_TAGS, may_reorder=False)
        return write_video(output, kind, chain([first], timed))


def _write_animated(output: Output, timed: Iterator[tuple[Pixels, int, int]]) -> ClipReport:
    gathered, count, duration = GatheredFrames(output.format), 0, 0
    for pixels, ticks, duration in timed:  # noqa: B007 - the last one counts
        gathered.add(pixels, ticks / _TICKS)
        count += 1
    return ClipReport(count, notes=tuple(write_animation(output, gathered.animation(duration / _TICKS))))


def _timed(frames: Iterable[Pixels], times: Iterable[float]) -> Iterator[tuple[Pixels, int, int]]:
    """Yield pixels, time and duration of each frame, in ticks from the first one."""
    pixels: Pixels | None = None
    first, at, duration = 0.0, 0, _TICKS // 25
    for following, seconds in zip(frames, times, strict=True):
        if pixels is None:
            first = seconds
        else:
            duration = round((seconds - first) * _TICKS) - at
            if duration <= 0:
                raise InputError(f"the times of frames must increase, but {seconds:g} s does not")
            check_pixels(following, pixels.shape, "pixels")
            yield pixels, at, duration
        pixels, at = following, round((seconds - first) * _TICKS)
    if pixels is None:
        raise InputError("a clip must have at least one frame")
    yield pixels, at, duration
