"""The mark and other metadata of clips; sound, subtitles, chapters and pictures beside the video."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pixelfes.arrays import Pixels
from pixelfes.photos.provenance import PARTLY_SYNTHETIC
from pixelfes.video.clips import change_clip, clip_info, read_clip
from pixelfes.video.provenance import clip_made_by, is_own_clip
from pixelfes.video.settings import ClipSettings, Frame
from tests.video.clip_files import ClipKind, click_times, frame_times, make_clip, number_of, numbered

MARK = "pixelfes 1.0, model smile"


def unchanged(frames: Iterator[Frame]) -> Iterator[Pixels]:
    for frame in frames:
        yield frame.pixels


@pytest.mark.parametrize("suffix", ["mp4", "m4v", "mov", "mkv", "webm"])
def test_a_changed_clip_says_that_software_made_it(tmp_path: Path, suffix: str) -> None:
    clip, target = make_clip(tmp_path / "a.mp4"), tmp_path / f"b.{suffix}"
    assert clip_made_by(clip) is None
    change_clip(clip, target, unchanged, ClipSettings(mark=MARK))
    assert clip_made_by(target) == MARK
    assert is_own_clip(target)
    with av.open(str(target)) as container:
        found = {key.lower(): value for key, value in container.metadata.items()}
    assert PARTLY_SYNTHETIC in found["comment"]
    change_clip(clip, target, unchanged)
    assert clip_made_by(target) is None


def test_a_comment_of_others_is_no_mark(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(metadata=(("comment", MARK),)))
    assert clip_made_by(clip) is None
    assert clip_made_by(tmp_path / "none.mp4") is None
    assert not is_own_clip(tmp_path / "none.gif")


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_title_and_place_are_dropped_unless_asked_for(tmp_path: Path, suffix: str, keep: bool) -> None:
    kind = ClipKind(metadata=(("title", "Anna at home"), ("location", "+38.7-009.1/"), ("comment", "private")))
    clip = make_clip(tmp_path / f"a.{suffix}", kind)
    change_clip(clip, tmp_path / f"b.{suffix}", unchanged, ClipSettings(mark=MARK, keep_metadata=keep))
    with av.open(str(tmp_path / f"b.{suffix}")) as container:
        found = {key.lower(): value for key, value in container.metadata.items()}
    assert found.get("title") == ("Anna at home" if keep else None)
    assert ("location" in found) == keep
    assert b"private" not in (tmp_path / f"b.{suffix}").read_bytes()
    assert is_own_clip(tmp_path / f"b.{suffix}")


@pytest.mark.parametrize(
    ("source", "target", "sound_codec"),
    [
        ("a.webm", "b.webm", "libopus"),
        ("a.webm", "b.mkv", "libopus"),
        ("a.mkv", "b.mkv", "flac"),
        ("a.mov", "b.mov", "pcm_s16le"),
    ],
)
def test_sound_of_other_codecs_is_copied_in_step(tmp_path: Path, source: str, target: str, sound_codec: str) -> None:
    codec = "libvpx-vp9" if source == "a.webm" else "libx264"
    kind = ClipKind(frames=25, clicks=(0.24, 0.6), codec=codec, sound_codec=sound_codec)
    clip = make_clip(tmp_path / source, kind)
    assert change_clip(clip, tmp_path / target, unchanged).notes == ()
    assert click_times(tmp_path / target) == pytest.approx(click_times(clip), abs=0.010)
    assert frame_times(tmp_path / target) == pytest.approx(frame_times(clip), abs=0.0011)
    with av.open(str(clip)) as before, av.open(str(tmp_path / target)) as after:
        packets = [[bytes(packet) for packet in file.demux(audio=0) if packet.size] for file in (before, after)]
        assert before.streams.audio[0].codec_context.name == after.streams.audio[0].codec_context.name
    assert packets[0] == packets[1]


def test_sound_that_a_container_cannot_hold_is_said(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(clicks=(0.2,)))
    report = change_clip(clip, tmp_path / "b.webm", unchanged)
    assert report.notes == ("its sound (aac, por) cannot be copied into WebM; an MKV file may hold it",)
    assert not clip_info(tmp_path / "b.webm").has_sound


def with_more_streams(path: Path) -> Path:
    """A clip with cover art, a second video, two languages of sound, subtitles and chapters."""
    base = make_clip(path.with_name("base.mkv"), ClipKind(frames=50, clicks=(0.2, 1.0)))
    with av.open(str(base)) as source, av.open(str(path), "w") as output:
        video, sound = (
            output.add_stream_from_template(stream) for stream in (source.streams.video[0], source.streams.audio[0])
        )
        other = output.add_stream("mpeg4", rate=25)
        other.width, other.height, other.pix_fmt = 32, 32, "yuv420p"
        second = output.add_stream_from_template(source.streams.audio[0])
        sound.metadata["language"], second.metadata["language"] = "por", "deu"
        text = _text_stream(output, path.suffix)
        output.set_chapters([_chapter(1, 0, 1, "first"), _chapter(2, 1, 2, "second")])
        for packet in source.demux():
            if packet.size:
                data, is_sound = bytes(packet), packet.stream.type == "audio"
                packet.stream = sound if is_sound else video
                output.mux(packet)
                if is_sound:
                    output.mux(_packet(data, packet.pts, packet.time_base, second))
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        output.mux(other.encode(frame) + other.encode(None))
        for number, words in enumerate((b"bom dia", b"boa noite")):
            shown = _packet(_text(words, path.suffix), 400 + 800 * number, Fraction(1, 1000), text)
            shown.duration = 500
            output.mux(shown)
    return path


def _text_stream(output: av.container.OutputContainer, suffix: str) -> av.stream.Stream:
    stream = output.add_mux_stream("mov_text" if suffix == ".mp4" else "subrip")
    stream.metadata["language"] = "por"
    stream.time_base = Fraction(1, 1000)
    return stream


def _text(words: bytes, suffix: str) -> bytes:
    return len(words).to_bytes(2, "big") + words if suffix == ".mp4" else words


def _packet(data: bytes, at: int, time_base: Fraction, stream: av.stream.Stream) -> av.Packet:
    packet = av.Packet(data)
    packet.pts = packet.dts = at
    packet.time_base, packet.stream = time_base, stream
    return packet


def _chapter(number: int, start: int, end: int, title: str) -> av.container.core.Chapter:
    return {"id": number, "start": start, "end": end, "time_base": Fraction(1), "metadata": {"title": title}}


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("start", [None, 0.8])
def test_languages_subtitles_and_chapters_are_kept(tmp_path: Path, suffix: str, start: float | None) -> None:
    clip = with_more_streams(tmp_path / f"a.{suffix}")
    report = change_clip(clip, tmp_path / f"b.{suffix}", unchanged, ClipSettings(start=start))
    assert report.notes == ("only the first of its 2 video streams is used",)
    shift = start or 0.0
    with av.open(str(tmp_path / f"b.{suffix}")) as container:
        assert [stream.language for stream in container.streams.audio] == ["por", "deu"]
        assert [stream.language for stream in container.streams.subtitles] == ["por"]
        chapters = [(chapter["metadata"]["title"], _seconds(chapter, "start")) for chapter in container.chapters()]
        text = container.streams.subtitles[0]
        shown = [
            (bytes(packet)[-9:], packet.pts * packet.time_base) for packet in container.demux(text) if _says(packet)
        ]
    assert chapters == [("first", 0), ("second", pytest.approx(1 - shift, abs=0.002))]
    wanted = [(words, at - shift) for words, at in ((b"bom dia", 0.4), (b"boa noite", 1.2)) if at >= shift]
    assert [float(at) for _, at in shown] == pytest.approx([at for _, at in wanted], abs=0.002)
    assert [number_of(frame.pixels) for frame in read_clip(tmp_path / f"b.{suffix}")] == list(
        range(round(shift * 25), 50)
    )


def _seconds(chapter: av.container.core.Chapter, which: str) -> float:
    return float(chapter[which] * chapter["time_base"])


def _says(packet: av.Packet) -> bool:
    return bool(packet.size > 2)


def test_cover_art_is_not_the_video(tmp_path: Path) -> None:
    base, path = make_clip(tmp_path / "base.mp4", ClipKind(frames=5)), tmp_path / "a.mp4"
    with av.open(str(base)) as source, av.open(str(path), "w") as output:
        cover = output.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic.value
        video = output.add_stream_from_template(source.streams.video[0])
        frame = av.VideoFrame.from_ndarray(numbered(200, (64, 32)))
        frame.pts, frame.time_base = 0, Fraction(1)
        output.mux(cover.encode(frame.reformat(32, 32)) + cover.encode(None))
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                output.mux(packet)
    assert (clip_info(path).width, clip_info(path).height) == (96, 64)
    assert change_clip(path, tmp_path / "b.mp4", unchanged).frames == 5
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert len(container.streams.video) == 1
