"""Change a clip from one kind of file to another: a video or an animation in, a video or an animation out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

from pixelfes.arrays import Pixels
from pixelfes.video.animations import Animation, GatheredFrames, Shown, encode_animation, on_white, read_animation
from pixelfes.video.coding.colours import LIMITED_RANGE, RGB_BECOMES, ColourTags, even, patched, to_planes, to_rgb
from pixelfes.video.coding.copied_streams import CopiedStreams, copied_streams
from pixelfes.video.coding.decoding import Picture, pictures
from pixelfes.video.coding.encoding import VideoEncoder, VideoKind, codec_for, open_output
from pixelfes.video.coding.opening import ClipVideo, opened_clip, readable
from pixelfes.video.kinds import format_for_clip
from pixelfes.video.provenance import container_metadata, mark_comment
from pixelfes.video.settings import Change, ClipInfo, ClipReport, ClipSettings, Frame, Progress
from pixelfes.video.side_by_side import Decoded, change_side_by_side

_ANIMATION_TICK = Fraction(1, 1000)
DRAWN_TAGS = ColourTags(matrix=RGB_BECOMES, range=LIMITED_RANGE, primaries=1, transfer=1)
"""BT.709, for pixels that come from no video."""
_DEFAULT_RATE = Fraction(25)


@dataclass(frozen=True)
class Output:
    """A clip to write.

    Attributes
    ----------
    target : Path
        Its suffix gives its kind.
    temporary : Path
        The file that is written, and becomes the target.
    settings : ClipSettings
    """

    target: Path
    temporary: Path
    settings: ClipSettings

    @property
    def format(self) -> str:
        """The format to write."""
        return "webm" if self.target.suffix.lower() == ".webm" else format_for_clip(self.target)

    @property
    def is_animation(self) -> bool:
        """Whether Pillow writes it."""
        return self.format.isupper()

    @property
    def codec(self) -> str:
        """The codec of a video."""
        return codec_for(self.format, self.settings.codec)


@dataclass(frozen=True)
class Conversion:
    """A clip to change.

    Attributes
    ----------
    source : Path
    output : Output
    change : Change
    progress : Progress or None
    """

    source: Path
    output: Output
    change: Change
    progress: Progress | None

    @property
    def settings(self) -> ClipSettings:
        """Which part is changed, and how it is written."""
        return self.output.settings

    def telling(self, info: ClipInfo) -> Callable[[int], object]:
        """Return what is told after each frame."""
        progress, total = self.progress, frames_expected(info, self.settings)
        return (lambda count: progress(count, total)) if progress else (lambda count: None)


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


def known_tags(video: ClipVideo) -> ColourTags:
    """Return colour tags by which the frames of a video become RGB."""
    return video.tags.resolved(video.info.width, video.info.height)


def rgb_frame(picture: Picture, video: ClipVideo, tags: ColourTags) -> Frame:
    """Return a decoded frame for the change."""
    pixels = to_rgb(picture.planes, tags)[: video.info.height, : video.info.width]
    pixels.flags.writeable = False
    return Frame(pixels, video.seconds(picture.ticks), picture.is_carried)


def _rgb_frames(decoded: Iterable[Picture], video: ClipVideo) -> Iterator[Decoded[Picture]]:
    tags = known_tags(video)
    for picture in decoded:
        yield Decoded(rgb_frame(picture, video, tags), picture)


def convert_video(job: Conversion) -> ClipReport:
    """Change a video and write a video or an animation."""
    with opened_clip(job.source, job.settings) as video:
        decoded = pictures(video, job.settings)
        first = next(decoded)
        frames = chain([first], decoded)
        if job.output.is_animation:
            return _video_to_animation(job, video, frames)
        start = first.ticks * video.time_base if job.settings.start else video.zero
        return _video_to_video(job, video, frames, start)


def _video_to_video(job: Conversion, video: ClipVideo, frames: Iterator[Picture], start: Fraction) -> ClipReport:
    settings, format = job.settings, job.output.format
    stop = None if settings.stop is None else Fraction(settings.stop) + video.zero
    opened = open_output(job.output.temporary, format, video.time_base, all_tags=settings.keep_metadata)
    with contextlib.closing(opened) as output:
        output.metadata.update(container_metadata(video.container, settings.mark, keep=settings.keep_metadata))
        encoder = VideoEncoder(output, _kind_of(video), job.output.codec, settings.quality)
        with copied_streams(job.source, output, format, start, stop) as copied:
            zero = round(start / video.time_base)
            writer = _VideoWriter(str(job.output.target), video, encoder, copied, zero, known_tags(video))
            decoded = _rgb_frames(frames, video)
            count = change_side_by_side(decoded, job.change, writer.write, job.telling(video.info))
            with readable(str(job.output.target), "written"):
                encoder.finish()
                copied.write_until(None)
                output.close()
    return ClipReport(count, tuple(writer.carried), (*video.notes, *encoder.notes, *copied.notes))


def _kind_of(video: ClipVideo) -> VideoKind:
    info = video.info
    return VideoKind(
        info.width, info.height, video.time_base, info.rate or _DEFAULT_RATE, video.tags, info.pixel_aspect
    )


@dataclass(repr=False)
class _VideoWriter:
    """Writes changed frames, and what is copied beside them; run in one thread."""

    name: str
    video: ClipVideo
    encoder: VideoEncoder
    copied: CopiedStreams
    zero: int
    tags: ColourTags
    carried: list[float] = field(default_factory=list)

    def write(self, decoded: Decoded[Picture], pixels: Pixels) -> None:
        picture = decoded.source
        with readable(self.name, "written"):
            planes = patched(picture.planes, decoded.frame.pixels, pixels, self.tags)
            self.encoder.write(planes, picture.ticks - self.zero, picture.duration)
            self.copied.write_until(picture.ticks * self.video.time_base)
        if picture.is_carried:
            self.carried.append(decoded.frame.time)


def _video_to_animation(job: Conversion, video: ClipVideo, frames: Iterator[Picture]) -> ClipReport:
    gathered = GatheredFrames(job.output.format)
    carried: list[float] = []

    def write(decoded: Decoded[Picture], pixels: Pixels) -> None:
        gathered.add(pixels, decoded.frame.time)
        if decoded.frame.is_carried:
            carried.append(decoded.frame.time)

    count = change_side_by_side(_rgb_frames(frames, video), job.change, write, job.telling(video.info))
    notes = write_animation(job.output, gathered.animation(1 / float(video.info.rate or _DEFAULT_RATE)))
    notes += [f"a {job.output.format} file has no sound"] * video.info.has_sound
    return ClipReport(count, tuple(carried), (*video.notes, *notes))


def convert_animation(job: Conversion) -> ClipReport:
    """Change an animation and write an animation or a video."""
    animation = read_animation(job.source, job.settings)
    changed: list[Shown] = []

    def write(decoded: Decoded[Shown], pixels: Pixels) -> None:
        photo = replace(decoded.source.photo, pixels=pixels, deep=None)
        changed.append(replace(decoded.source, photo=photo))

    given = (Decoded(shown.frame, shown) for shown in animation.shown)
    count = change_side_by_side(given, job.change, write, job.telling(animation.info))
    made = replace(animation, shown=changed)
    notes = write_animation(job.output, made) if job.output.is_animation else _animation_to_video(job, made)
    return ClipReport(count, (), (*changed[0].photo.notes, *notes))


def write_animation(output: Output, animation: Animation) -> list[str]:
    """Write an animation; return what is not kept."""
    data, notes = encode_animation(animation, output.format, output.settings)
    output.temporary.write_bytes(data)
    return notes


def _animation_to_video(job: Conversion, animation: Animation) -> list[str]:
    begin, info = animation.shown[0].at, animation.info
    kind = VideoKind(
        info.width, info.height, _ANIMATION_TICK, info.rate or _DEFAULT_RATE, DRAWN_TAGS, may_reorder=False
    )
    timed = ((on_white(shown.photo), round(shown.at - begin), round(shown.duration)) for shown in animation.shown)
    notes = list(write_video(job.output, kind, timed).notes)
    if any(shown.photo.opacity is not None for shown in animation.shown):
        notes.append("a video has no transparency; the frames are laid over white")
    return notes


def write_video(output: Output, kind: VideoKind, timed: Iterable[tuple[Pixels, int, int]]) -> ClipReport:
    """Write RGB frames, given with their times and durations in ticks."""
    with contextlib.closing(open_output(output.temporary, output.format, kind.time_base)) as container:
        if output.settings.mark is not None:
            container.metadata["comment"] = mark_comment(output.settings.mark)
        encoder = VideoEncoder(container, kind, output.codec, output.settings.quality)
        count = 0
        with readable(str(output.target), "written"):
            for pixels, ticks, duration in timed:
                encoder.write(to_planes(even(pixels), kind.tags), ticks, duration)
                count += 1
            encoder.finish()
            container.close()
        return ClipReport(count, notes=tuple(encoder.notes))
