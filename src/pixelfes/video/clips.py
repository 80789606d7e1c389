"""Change a clip from file to file, and read its frames."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

from pixelfes.arrays import Pixels
from pixelfes.extras import require_extra
from pixelfes.file_writing import new_file
from pixelfes.video.colours import ColourTags, patched, to_rgb
from pixelfes.video.copied_streams import CopiedStreams, copied_streams
from pixelfes.video.decoding import ClipVideo, Picture, opened_clip, pictures, readable
from pixelfes.video.encoding import VideoEncoder, VideoKind, codec_for, open_output
from pixelfes.video.kinds import format_for_clip
from pixelfes.video.provenance import container_metadata
from pixelfes.video.settings import Change, ClipInfo, ClipReport, ClipSettings, Frame, Progress
from pixelfes.video.side_by_side import Decoded, change_side_by_side

__all__ = ["change_clip", "clip_info", "read_clip"]

_DEFAULT = ClipSettings()


def clip_info(path: str | os.PathLike[str], settings: ClipSettings = _DEFAULT) -> ClipInfo:
    """Return what a clip says before it is decoded.

    Raises
    ------
    ClipError
        If it cannot be read.
    """
    with opened_clip(Path(path), settings) as video:
        return video.info


def read_clip(path: str | os.PathLike[str], settings: ClipSettings = _DEFAULT) -> Iterator[Frame]:
    """Yield the upright frames of a clip, from the start to the stop of the settings.

    Raises
    ------
    ClipError
        If it cannot be read.
    """
    with opened_clip(Path(path), settings) as video:
        tags = _known_tags(video)
        for picture in pictures(video, settings):
            yield _frame(picture, video, tags)


def _known_tags(video: ClipVideo) -> ColourTags:
    return video.tags.resolved(video.info.width, video.info.height)


def _frame(picture: Picture, video: ClipVideo, tags: ColourTags) -> Frame:
    pixels = to_rgb(picture.planes, tags)[: video.info.height, : video.info.width]
    pixels.flags.writeable = False
    return Frame(pixels, video.seconds(picture.ticks), picture.is_carried)


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
        The suffix of the target gives its kind.
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
        If the target cannot be written.
    InputError
        If the change does not yield one picture of the same size for each frame.
    """
    require_extra("video", "av")
    source, target = Path(source), Path(target)
    format = format_for_clip(target)
    codec = codec_for(format, target.suffix, settings.codec)
    with new_file(target) as temporary, opened_clip(source, settings) as video:
        decoded = pictures(video, settings)
        first = next(decoded)
        job = _VideoJob(video, chain([first], decoded), _start(first, video, settings), settings, codec)
        return job.run(source, temporary, "webm" if target.suffix.lower() == ".webm" else format, change, progress)


def _start(first: Picture, video: ClipVideo, settings: ClipSettings) -> Fraction:
    """Return where the output starts on the source's clock, seconds: at the first frame of a cut."""
    return first.ticks * video.time_base if settings.start else video.zero


@dataclass
class _VideoJob:
    """A clip on its way from video to video."""

    video: ClipVideo
    decoded: Iterator[Picture]
    start: Fraction
    settings: ClipSettings
    codec: str

    def run(self, source: Path, temporary: Path, format: str, change: Change, progress: Progress | None) -> ClipReport:
        video, carried = self.video, list[float]()
        with contextlib.closing(open_output(temporary, format, video.time_base)) as output:
            output.metadata.update(
                container_metadata(video.container, self.settings.mark, keep=self.settings.keep_metadata)
            )
            encoder = VideoEncoder(output, self._kind(), self.codec, self.settings.quality)
            with copied_streams(source, output, format, self.start, self._stop()) as copied:
                writer = _Writer(
                    video, encoder, copied, round(self.start / video.time_base), _known_tags(video), carried
                )
                count = change_side_by_side(self._frames(), change, writer.write, self._teller(progress))
                with readable(str(temporary), "written"):
                    encoder.finish()
                    copied.write_until(None)
        return ClipReport(count, tuple(carried), (*video.notes, *encoder.notes, *copied.notes))

    def _kind(self) -> VideoKind:
        info = self.video.info
        return VideoKind(
            info.width, info.height, self.video.time_base, info.rate or Fraction(25), self.video.tags, info.pixel_aspect
        )

    def _stop(self) -> Fraction | None:
        return None if self.settings.stop is None else Fraction(self.settings.stop) + self.video.zero

    def _frames(self) -> Iterator[Decoded[Picture]]:
        tags = _known_tags(self.video)
        for picture in self.decoded:
            yield Decoded(_frame(picture, self.video, tags), picture)

    def _teller(self, progress: Progress | None) -> Any:
        total = frames_expected(self.video.info, self.settings)
        return (lambda count: progress(count, total)) if progress else (lambda count: None)


@dataclass
class _Writer:
    """Writes changed frames, and what is copied beside them; run in one thread."""

    video: ClipVideo
    encoder: VideoEncoder
    copied: CopiedStreams
    zero: int
    tags: ColourTags
    carried: list[float]

    def write(self, decoded: Decoded[Picture], pixels: Pixels) -> None:
        picture = decoded.source
        with readable(self.video.name, "written"):
            planes = patched(picture.planes, decoded.frame.pixels, pixels, self.tags)
            self.encoder.write(planes, picture.ticks - self.zero, picture.duration)
            self.copied.write_until(picture.ticks * self.video.time_base)
        if picture.is_carried:
            self.carried.append(decoded.frame.time)


def frames_expected(info: ClipInfo, settings: ClipSettings) -> int | None:
    """Return how many frames will be read of a clip; None if it does not say.

    Examples
    --------
    >>> frames_expected(ClipInfo(4, 4, seconds=10.0, rate=Fraction(25), n_frames=250), ClipSettings(start=2, stop=4))
    50
    """
    if settings.start is None and settings.stop is None:
        return info.n_frames
    if info.seconds is None or info.rate is None:
        return None
    stop = info.seconds if settings.stop is None else min(settings.stop, info.seconds)
    return max(0, round((stop - (settings.start or 0.0)) * info.rate))
