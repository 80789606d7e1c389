"""Clips that the tests make themselves: every frame carries its number, and a click sounds with a white flash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from pixelfes.arrays import Floats, Pixels

MARKS, MARK = 8, 8
"""Squares that write a frame's number in binary, and their side in pixels."""
SOUND_RATE = 48_000


@dataclass(frozen=True)
class ClipKind:
    """What a made clip is like; by default a quarter of a second of H.264 in the size of a stamp.

    Attributes
    ----------
    ticks : sequence of int, optional
        Times of the frames in the time base; by default they are evenly spaced.
    broken : dict of int to str
        Packets, in the order of the file, that are "emptied" or "cut".
    clicks : sequence of float
        Seconds at which a sound clicks; none makes a clip without sound.
    """

    frames: int = 10
    size: tuple[int, int] = (96, 64)
    rate: int = 25
    ticks: Sequence[int] | None = None
    time_base: Fraction | None = None
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    matrix: int = 2
    range: int = 0
    primaries: int = 2
    transfer: int = 2
    pixel_aspect: Fraction = Fraction(1)
    keyframe_every: int = 5
    broken: tuple[tuple[int, str], ...] = ()
    clicks: tuple[float, ...] = ()
    sound_codec: str = "aac"
    metadata: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()


def numbered(number: int, size: tuple[int, int]) -> Pixels:
    """A frame that shows its number: a soft gradient with squares, white for each bit that is set."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    pixels = np.stack([60 + 120 * x, 150 - 80 * y, 80 + 60 * x * y], axis=-1).astype(np.uint8)
    for bit in range(MARKS):
        pixels[:MARK, bit * MARK : (bit + 1) * MARK] = 235 * (number >> bit & 1)
    return pixels


def number_of(pixels: Pixels) -> int:
    """The number that a frame shows."""
    half = MARK // 2
    return sum(int(pixels[half, bit * MARK + half].mean() > 128) << bit for bit in range(MARKS))


def make_clip(
    path: Path, kind: ClipKind | None = None, draw: Callable[[int, tuple[int, int]], Pixels] = numbered
) -> Path:
    """Write a clip by PyAV alone and return its path."""
    kind = kind or ClipKind()
    with av.open(str(path), "w") as output:
        output.metadata.update(dict(kind.metadata))
        stream = _video_stream(output, kind)
        sound = _sound_stream(output, kind) if kind.clicks else None
        ticks = kind.ticks or range(kind.frames)
        packets = []
        for number, at in enumerate(ticks):
            packets += stream.encode(_frame(draw(number, kind.size), at, kind))
        packets += stream.encode(None)
        for number, packet in enumerate(packets):
            output.mux(_damaged(packet, dict(kind.broken).get(number)))
        if sound is not None:
            _write_sound(output, sound, kind)
    return path


def _video_stream(output: av.container.OutputContainer, kind: ClipKind) -> av.VideoStream:
    stream = output.add_stream(kind.codec, rate=kind.rate, options=_encoder_options(kind) | dict(kind.options))
    context = stream.codec_context
    context.width, context.height = kind.size
    context.pix_fmt = kind.pix_fmt
    context.time_base = kind.time_base or Fraction(1, kind.rate)
    context.sample_aspect_ratio = kind.pixel_aspect
    context.colorspace, context.color_range = kind.matrix, kind.range
    context.color_primaries, context.color_trc = kind.primaries, kind.transfer
    return stream


def _encoder_options(kind: ClipKind) -> dict[str, str]:
    if kind.codec == "libx264":
        return {"crf": "5", "g": str(kind.keyframe_every), "bf": "2", "preset": "ultrafast", "x264-params": "bframes=2"}
    return {"crf": "5", "b": "0", "cpu-used": "8", "deadline": "realtime"} if kind.codec.startswith("libvpx") else {}


def _frame(pixels: Pixels, at: int, kind: ClipKind) -> av.VideoFrame:
    matrix = {2: 5, 6: 5}.get(kind.matrix, kind.matrix)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format=kind.pix_fmt, src_color_range=2, dst_colorspace=matrix, dst_color_range=kind.range or 1
    )
    frame.pts, frame.time_base = at, kind.time_base or Fraction(1, kind.rate)
    return frame


def _damaged(packet: av.Packet, damage: str | None) -> av.Packet:
    """A packet whose content is replaced by zeros, or cut after a third."""
    if damage is None:
        return packet
    data = bytes(packet)
    hurt = data[:8] + bytes(len(data) - 8) if damage == "emptied" else data[: len(data) // 3]
    replaced = av.Packet(hurt)
    replaced.pts, replaced.dts, replaced.duration = packet.pts, packet.dts, packet.duration
    replaced.time_base, replaced.stream = packet.time_base, packet.stream
    replaced.is_keyframe = packet.is_keyframe
    return replaced


def _sound_stream(output: av.container.OutputContainer, kind: ClipKind) -> av.AudioStream:
    stream = output.add_stream(kind.sound_codec, rate=SOUND_RATE, layout="mono")
    stream.metadata["language"] = "por"
    return stream


def _write_sound(output: av.container.OutputContainer, stream: av.AudioStream, kind: ClipKind) -> None:
    sound = clicking(kind.clicks, kind.frames / kind.rate)
    for start in range(0, len(sound), 960):
        part = np.ascontiguousarray(sound[None, start : start + 960])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def clicking(clicks: Sequence[float], seconds: float) -> Floats:
    """Silence with a burst of 5 ms at each of the times."""
    sound = np.zeros(round(seconds * SOUND_RATE), np.float32)
    for click in clicks:
        start = round(click * SOUND_RATE)
        burst = np.sin(np.arange(240) * 0.8, dtype=np.float32)[: len(sound) - start]
        sound[start : start + 240] = 0.8 * burst
    return sound


def frame_times(path: Path) -> list[Fraction]:
    """The exact time of each frame, by PyAV alone."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(container.streams.video[0])]


def click_times(path: Path) -> list[float]:
    """When the sound clicks, seconds."""
    parts, first, rate = [], None, SOUND_RATE
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            first = float(frame.pts * frame.time_base) if first is None else first
            parts.append(frame.to_ndarray()[0].astype(float))
            rate = frame.sample_rate
    loud = np.flatnonzero(np.abs(np.concatenate(parts)) > 0.2 * np.abs(np.concatenate(parts)).max())
    starts = loud[np.diff(loud, prepend=-rate) > rate // 20]
    return [(first or 0.0) + start / rate for start in starts]


def turn(path: Path, matrix: Sequence[int]) -> None:
    """Write a display matrix (a, b, c, d) of an MP4 or MOV file over the one of its first track."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (int(value) << 16 for value in matrix)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in (a, b, 0, c, d, 0, 0, 0, 1 << 30))
    path.write_bytes(bytes(data))
