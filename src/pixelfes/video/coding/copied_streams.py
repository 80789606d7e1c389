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

from pixelfes.video.coding.opening import open_container, readable

_KEPT_TAGS = ("language", "title")
_RUN_UP = Fraction(1, 10)
"""Seconds of sound before the start that a decoder may need. What an edit list hides beyond them is left out."""
_SAID = {"audio": "sound", "subtitle": "subtitles"}
_NAMES = {"mp4": "MP4", "mov": "MOV", "matroska": "MKV", "webm": "WebM"}


@dataclass(repr=False)  # PyAV's objects cannot be shown once their file is closed
class CopiedStreams:
    """The streams that are copied into an output.

    Attributes
    ----------
    start : Fraction
        Where the output starts on the clock of the source, seconds.
    stop : Fraction or None
        Where it ends; None at the end of the source.
    starting_early : set of int
        Streams of the source that may begin before 0. An MKV file made of an MP4 file could only shift all streams instead.
    notes : list of str
        What is not kept.
    """

    name: str
    source: Any
    output: Any
    start: Fraction
    stop: Fraction | None
    targets: dict[int, Any] = field(default_factory=dict)
    starting_early: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    _packets: Iterator[Any] = field(default_factory=lambda: iter(()))
    _waiting: Any = None

    def add(self, format: str) -> None:
        """Add the streams and chapters that the output's format can hold, and note the others."""
        for stream in self.source.streams:
            if stream.type in _SAID:
                self._add(stream, format)
        if left := self._left_out():
            which = "a further stream is" if left == 1 else f"{left} further streams are"
            self.notes.append(f"{which} not kept: time codes, places, or fonts")
        chosen = [stream for stream in self.source.streams if stream.index in self.targets]
        if chosen:
            if self.start:
                self.source.seek(int(self.start * 1_000_000), backward=True)
            self._packets = iter(self.source.demux(chosen))
        self._add_chapters()

    def _left_out(self) -> int:
        """Return how many streams of data and attachments there are, but for the titles of chapters in MP4 and MOV files."""
        left = [stream.name for stream in self.source.streams if stream.type in ("data", "attachment")]
        if self.source.chapters() and "bin_data" in left:
            left.remove("bin_data")
        return len(left)

    def _add_chapters(self) -> None:
        """Add the chapters that overlap the output, cut to it."""
        kept = []
        for chapter in self.source.chapters():
            base = Fraction(chapter["time_base"] or 1)
            ends = [max(self.start, chapter["start"] * base), chapter["end"] * base]
            ends[1] = ends[1] if self.stop is None else min(self.stop, ends[1])
            if ends[0] < ends[1]:
                first, last = (round((end - self.start) / base) for end in ends)
                kept.append({**chapter, "start": first, "end": last})
        if kept:
            self.output.set_chapters(kept)

    def _add(self, stream: Any, format: str) -> None:
        codec = stream.codec_context.codec.canonical_name if stream.codec_context else "an unknown codec"
        target = self._target(stream) if codec in self.output.supported_codecs else None
        if target is None:
            language = stream.language or stream.metadata.get("language")
            which = f"its {_SAID[stream.type]} ({codec}{f', {language}' if language else ''})"
            self.notes.append(f"{which} cannot be copied into {_NAMES[format]}; an MKV file may hold it")
            return
        for tag in _KEPT_TAGS:
            if tag in stream.metadata:
                target.metadata[tag] = stream.metadata[tag]
        target.disposition = stream.disposition.value
        self.targets[stream.index] = target
        if format in ("mp4", "mov") or self.source.format.name.startswith("matroska") or codec == "opus":
            self.starting_early.add(stream.index)

    def _target(self, stream: Any) -> Any:
        """Return a new stream of the output like one of the source; None if PyAV cannot make it."""
        try:
            return self.output.add_stream_from_template(stream)
        except (ValueError, OSError):
            return None

    def write_until(self, seconds: Fraction | None) -> None:
        """Write the packets that begin before a time on the clock of the source; None: all that are left."""
        while (packet := self._next()) is not None:
            begins = packet.pts * packet.time_base
            if seconds is not None and begins > seconds:
                return
            self._waiting = None
            if self._is_inside(packet, begins):
                self._write(packet, begins)

    def _is_inside(self, packet: Any, begins: Fraction) -> bool:
        """Return whether a packet is copied. One just before the start is, where a decoder needs it to get going."""
        is_early = not self.start and packet.stream.index in self.starting_early and begins >= -_RUN_UP
        return (begins >= self.start or is_early) and (self.stop is None or begins < self.stop)

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
        copied = CopiedStreams(str(path), source, output, start, stop)
        with readable(str(path)):
            copied.add(format)
        yield copied
