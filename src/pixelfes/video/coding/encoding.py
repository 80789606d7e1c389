"""Encode the frames of a clip: H.264 or VP9, every frame at its exact time, with the colour tags of the source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from pixelfes.errors import ClipError
from pixelfes.extras import extra_module
from pixelfes.video.coding.colours import ColourTags, Planes

_ENCODERS = {"h264": "libx264", "vp9": "libvpx-vp9"}
_NAMES = {"h264": "H.264", "vp9": "VP9"}
DEFAULT_QUALITY = 95
"""An unchanged clip comes back with a structural similarity of 0.98 or more."""


@dataclass(frozen=True)
class VideoKind:
    """What an encoder must know before the first frame.

    Attributes
    ----------
    width, height : int
        Of the upright frames.
    time_base : Fraction
        Seconds a tick.
    rate : Fraction
        Frames a second on average.
    tags : ColourTags
    pixel_aspect : Fraction
    may_reorder : bool
        Whether the encoder may predict frames from later ones. An MP4 file then ends with the frame that is decoded last, so
        the last frame of uneven times may be shown too briefly.
    """

    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    tags: ColourTags
    pixel_aspect: Fraction = Fraction(1)
    may_reorder: bool = True


def codec_for(format: str, wanted: str | None) -> str:
    """Return "h264" or "vp9".

    Raises
    ------
    ClipError
        If the container cannot hold the codec that is wanted.
    """
    if format == "webm" and wanted == "h264":
        raise ClipError("a WebM file cannot hold H.264; use VP9, or write an MP4 or MKV file")
    if format == "mov" and wanted == "vp9":
        raise ClipError("a MOV file cannot hold VP9; use H.264, or write a WebM, MP4 or MKV file")
    return wanted or ("vp9" if format == "webm" else "h264")


def container_options(format: str, time_base: Fraction, *, all_tags: bool = False) -> dict[str, str]:
    """Return the options of FFmpeg's muxer; MP4 and MOV keep the clip's own clock, in the edit list too.

    Parameters
    ----------
    format : str
    time_base : Fraction
    all_tags : bool
        Whether MP4 and MOV keep metadata of any name, as phones write them.
    """
    if format not in ("mp4", "mov"):
        return {}
    ticks = time_base.denominator if time_base.numerator == 1 else 90_000
    flags = "+faststart+write_colr" + "+use_metadata_tags" * all_tags
    return {"movflags": flags, "video_track_timescale": str(ticks), "movie_timescale": str(ticks)}


def encoder_options(codec: str, quality: int | None) -> dict[str, str]:
    """Return the options of an encoder for a quality of 1 to 100, or for the default.

    On a noisy clip of 1280 × 720, x264's "superfast" takes 15 ms of one core a frame, "veryfast" 26 and "fast" 57, and the
    files have 8.3, 4.0 and 4.5 Mbit/s at one rate factor. Frames a second count more here.

    Examples
    --------
    >>> encoder_options("h264", None)["crf"], encoder_options("vp9", 50)["crf"]
    ('18', '36')
    """
    level = DEFAULT_QUALITY if quality is None else quality
    if codec == "h264":
        return {"preset": "superfast", "crf": str(round(48 - 0.32 * level))}
    speed = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "lag-in-frames": "0", "tile-columns": "2"}
    return {**speed, "crf": str(round(60 - 0.48 * level)), "b": "0"}


class VideoEncoder:
    """The video stream of a clip that is written.

    Parameters
    ----------
    container : object of PyAV
        The output, opened for writing.
    kind : VideoKind
    codec : {"h264", "vp9"}
    quality : int, optional

    Raises
    ------
    ClipError
        If the installed FFmpeg lacks the encoder.
    """

    def __init__(self, container: Any, kind: VideoKind, codec: str, quality: int | None) -> None:
        av = extra_module("video", "av")
        if _ENCODERS[codec] not in av.codecs_available:
            raise ClipError(f"a clip cannot be written as {_NAMES[codec]}: the installed PyAV lacks {_ENCODERS[codec]}")
        self.kind = kind
        self.notes: list[str] = []
        self._container = container
        self._size = self._encoded_size(codec)
        self.stream = container.add_stream(_ENCODERS[codec], rate=kind.rate, options=encoder_options(codec, quality))
        self._durations: dict[int, int] = {}
        self._set_up()

    def _encoded_size(self, codec: str) -> tuple[int, int]:
        """Return width and height; H.264 as every player shows it has even sides."""
        width, height = self.kind.width, self.kind.height
        if codec != "h264" or (width % 2 == 0 and height % 2 == 0):
            return width, height
        padded = width + width % 2, height + height % 2
        self.notes.append(
            f"its {width} × {height} pixels become {padded[0]} × {padded[1]}: H.264 has even sides; the last line is repeated"
        )
        return padded

    def _set_up(self) -> None:
        context, kind = self.stream.codec_context, self.kind
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.time_base = kind.time_base
        self.stream.time_base = kind.time_base
        context.framerate = kind.rate
        context.sample_aspect_ratio = kind.pixel_aspect
        context.colorspace, context.color_range = kind.tags.matrix, kind.tags.range
        context.color_primaries, context.color_trc = kind.tags.primaries, kind.tags.transfer
        context.thread_count = 0
        if not kind.may_reorder:
            context.max_b_frames = 0

    def write(self, planes: Planes, ticks: int, duration: int) -> None:
        """Encode a frame, and write the packets that are ready; a duration of 0 is unknown."""
        if duration:
            self._durations[ticks] = duration
        self._mux(self.stream.encode(self._frame(planes, ticks, duration)))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._mux(self.stream.encode(None))

    def _mux(self, packets: list[Any]) -> None:
        """Write packets, each with the duration of its frame: the encoder sets that of a constant rate."""
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, packet.duration)
            self._container.mux(packet)

    def _frame(self, planes: Planes, ticks: int, duration: int) -> Any:
        av = extra_module("video", "av")
        frame = av.VideoFrame(*self._size, "yuv420p")
        for target, plane in zip(frame.planes, planes, strict=True):
            rows = np.frombuffer(target, np.uint8).reshape(target.height, target.line_size)
            rows[:, : target.width] = plane[: target.height, : target.width]
        frame.pts, frame.time_base, frame.duration = ticks, self.kind.time_base, duration
        frame.colorspace, frame.color_range = self.kind.tags.matrix, self.kind.tags.range
        return frame


def open_output(temporary: Path, format: str, time_base: Fraction, *, all_tags: bool = False) -> Any:
    """Return a container of PyAV that writes a new file."""
    av = extra_module("video", "av")
    return av.open(
        f"file:{temporary}", "w", format=format, options=container_options(format, time_base, all_tags=all_tags)
    )
