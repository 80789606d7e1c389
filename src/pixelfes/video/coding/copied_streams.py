"""Copy sound, subtitles and chapters from clip to clip without decoding them, in step with the frames.

They are read from the file a second time, up to the frame that is written: nothing waits in memory.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from pixelfes.video.coding.decoding import open_container, readable

_KEPT_TAGS = ("language", "title")
_SAID = {"audio": "sound", "subtitle": "subtitles"}
_NAMES = {"mp4": "MP4", "mov": "MOV", "matroska": "MKV", "webm": "WebM"}


@dataclass
class CopiedStreams:
    """The streams that are copied into an output.

    Attributes
    ----------
    start : Fraction
        Where the output starts on the clock of the source, seconds.
    stop : Fraction or None
        Where it ends; None at the end of the source.
    may_start_early : bool
        Whether packets before 0 are kept: a decoder of sound needs the one before its first.
    notes : list of str
        What is not kept.
    """

    name: str
    source: Any
    output: Any
    start: Fraction
    stop: Fraction | None
    targets: dict[int, Any] = field(default_factory=dict)
    may_start_early: bool = False
    notes: list[str] = field(default_factory=list)
    _packets: Iterator[Any] = field(default_factory=lambda: iter(()))
    _waiting: Any = None

    def add(self, format: str) -> None:
        """Add the streams that the output's format can hold, and note the others."""
        for stream in self.source.streams:
            if stream.type in _SAID:
                self._add(stream, format)
            elif stream.type in ("data", "attachment"):
                self.notes.append(f"a {stream.type} stream is not kept")
        chosen = [stream for stream in self.source.streams if stream.index in self.targets]
        if chosen:
            if self.start:
                self.source.seek(int(self.start * 1_000_000), backward=True)
            self._packets = iter(self.source.demux(chosen))

    def _add(self, stream: Any, format: str) -> None:
        said, codec = _SAID[stream.type], getattr(stream.codec_context, "name", "unknown")
        language = stream.language or stream.metadata.get("language")
        try:
            if stream.codec_context.codec.canonical_name not in self.output.supported_codecs:
                raise ValueError("not supported")
            target = self.output.add_stream_from_template(stream)
        except Exception:
            which = f"its {said} ({codec}{f', {language}' if language else ''})"
            self.notes.append(f"{which} cannot be copied into {_NAMES[format]}; an MKV file may hold it")
            return
        for tag in _KEPT_TAGS:
            if tag in stream.metadata:
                target.metadata[tag] = stream.metadata[tag]
        target.disposition = stream.disposition
        self.targets[stream.index] = target

    def write_until(self, seconds: Fraction | None) -> None:
        """Write the packets that begin before a time on the clock of the source; None: all that are left."""
        while (packet := self._next()) is not None:
            begins = packet.pts * packet.time_base
            if seconds is not None and begins > seconds:
                return
            self._waiting = None
            if self._is_inside(begins):
                self._write(packet, begins)

    def _is_inside(self, begins: Fraction) -> bool:
        """Return whether a packet is copied; MP4 and MOV also hold what a decoder needs before the start."""
        early = begins >= self.start or (self.may_start_early and not self.start)
        return early and (self.stop is None or begins < self.stop)

    def _next(self) -> Any:
        """Return the next packet that has a time, and keep it until it is written."""
        with readable(self.name):
            while self._waiting is None:
                packet = next(self._packets, None)
                if packet is None:
                    return None
                if packet.pts is not None and packet.size:
                    self._waiting = packet
        return self._waiting

    def _write(self, packet: Any, begins: Fraction) -> None:
        shift = round(self.start / packet.time_base)
        packet.stream = self.targets[packet.stream.index]
        packet.dts = (packet.pts if packet.dts is None else packet.dts) - shift
        packet.pts -= shift
        self.output.mux(packet)


@contextlib.contextmanager
def copied_streams(
    path: Path, output: Any, format: str, start: Fraction, stop: Fraction | None
) -> Iterator[CopiedStreams]:
    """Give the streams of a source that are copied, added to an output.

    Parameters
    ----------
    path : Path
        The source.
    output : object of PyAV
    format : str
        "mp4", "mov", "matroska" or "webm".
    start, stop : Fraction
        What of the source is copied, seconds on its clock.
    """
    with contextlib.closing(open_container(path)) as source:
        copied = CopiedStreams(str(path), source, output, start, stop, may_start_early=format in ("mp4", "mov"))
        with readable(str(path)):
            copied.add(format)
        yield copied
