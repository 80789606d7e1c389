"""What a changed clip keeps of its source: every frame, its time, its colours, its sound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError, InputError
from pixelfes.video.clips import change_clip, clip_info, read_clip
from pixelfes.video.coding import decoding
from pixelfes.video.settings import ClipSettings, Frame
from tests.video.clip_files import ClipKind, click_times, frame_times, make_clip, number_of, turn


def unchanged(frames: Iterator[Frame]) -> Iterator[Pixels]:
    for frame in frames:
        yield frame.pixels


def numbers(path: Path) -> list[int]:
    return [number_of(frame.pixels) for frame in read_clip(path)]


@pytest.mark.parametrize(
    ("source", "target"), [("a.mp4", "b.mp4"), ("a.mov", "b.mkv"), ("a.mkv", "b.mov"), ("a.mp4", "b.webm")]
)
def test_every_frame_comes_back_once_in_order(tmp_path: Path, source: str, target: str) -> None:
    clip = make_clip(tmp_path / source, ClipKind(frames=12))
    report = change_clip(clip, tmp_path / target, unchanged)
    assert (report.frames, report.carried, report.notes) == (12, (), ())
    assert numbers(tmp_path / target) == list(range(12))


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_times_of_a_variable_rate_are_kept_exactly(tmp_path: Path, suffix: str) -> None:
    codec = "libvpx-vp9" if suffix == "webm" else "libx264"
    kind = ClipKind(frames=6, ticks=(0, 40, 50, 133, 134, 400), time_base=Fraction(1, 1000), codec=codec)
    clip = make_clip(tmp_path / f"a.{suffix}", kind)
    change_clip(clip, tmp_path / f"b.{suffix}", unchanged)
    assert frame_times(tmp_path / f"b.{suffix}") == frame_times(clip)
    assert [float(time) for time in frame_times(clip)] == [0, 0.04, 0.05, 0.133, 0.134, 0.4]


@pytest.mark.parametrize("rate", [25, 30, 60])
def test_times_of_a_constant_rate_are_kept_exactly(tmp_path: Path, rate: int) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(rate=rate))
    change_clip(clip, tmp_path / "b.mov", unchanged)
    assert frame_times(tmp_path / "b.mov") == frame_times(clip) == [Fraction(number, rate) for number in range(10)]
    assert clip_info(tmp_path / "b.mov").seconds == pytest.approx(10 / rate)


def test_a_clip_that_starts_later_keeps_its_gaps(tmp_path: Path) -> None:
    kind = ClipKind(frames=4, ticks=(300, 340, 420, 460), time_base=Fraction(1, 1000), clicks=(0.35,))
    clip = make_clip(tmp_path / "a.mp4", kind)
    change_clip(clip, tmp_path / "b.mp4", unchanged)
    assert frame_times(tmp_path / "b.mp4") == frame_times(clip)


# The matrices of phones: the point (x, y) of the stored frame goes to (a x + c y, b x + d y).
@pytest.mark.parametrize(
    ("matrix", "upright"),
    [
        ((0, 1, -1, 0), lambda stored: np.rot90(stored, -1)),
        ((-1, 0, 0, -1), lambda stored: np.rot90(stored, 2)),
        ((0, -1, 1, 0), np.rot90),
        ((-1, 0, 0, 1), lambda stored: stored[:, ::-1]),
        ((1, 0, 0, -1), lambda stored: stored[::-1]),
        ((0, 1, 1, 0), lambda stored: stored.swapaxes(0, 1)),
    ],
)
def test_a_turned_clip_is_read_and_written_upright(tmp_path: Path, matrix: tuple[int, ...], upright: object) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=2, pixel_aspect=Fraction(4, 3)))
    stored = next(read_clip(clip)).pixels
    turn(clip, matrix)
    wanted = upright(stored)  # type: ignore[operator]
    np.testing.assert_array_equal(next(read_clip(clip)).pixels, wanted)
    change_clip(clip, tmp_path / "b.mp4", unchanged)
    info = clip_info(tmp_path / "b.mp4")
    assert (info.height, info.width) == wanted.shape[:2]
    assert info.pixel_aspect == (Fraction(3, 4) if matrix[0] == 0 else Fraction(4, 3))
    assert np.abs(next(read_clip(tmp_path / "b.mp4")).pixels.astype(int) - wanted).mean() < 3
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert not any(data.type.name == "DISPLAYMATRIX" for data in next(container.decode(video=0)).side_data)


@pytest.mark.parametrize("target", ["b.mp4", "b.mov", "b.mkv", "b.webm"])
@pytest.mark.parametrize("tags", [(1, 1, 1, 1), (6, 1, 6, 6), (5, 2, 5, 4), (9, 1, 9, 14), (2, 0, 2, 2)])
def test_colour_tags_are_kept(tmp_path: Path, target: str, tags: tuple[int, int, int, int]) -> None:
    matrix, range, primaries, transfer = tags
    kind = ClipKind(frames=2, matrix=matrix, range=range, primaries=primaries, transfer=transfer)
    change_clip(make_clip(tmp_path / "a.mp4", kind), tmp_path / target, unchanged)
    found = []
    for name in ("a.mp4", target):
        with av.open(str(tmp_path / name)) as container:
            frame = next(container.decode(video=0))
            found.append((frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc))
    assert found[0][0] == matrix
    assert [value or 1 for value in found[1]] == [value or 1 for value in found[0]]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("settings", [ClipSettings(), ClipSettings(start=0.4), ClipSettings(start=0.32, stop=0.9)])
def test_sound_stays_in_step_to_10_ms(tmp_path: Path, suffix: str, settings: ClipSettings) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=30, clicks=(0.2, 0.6, 1.0)))
    target = tmp_path / f"b.{suffix}"
    change_clip(clip, target, unchanged, settings)
    first = settings.start or 0.0
    wanted = [click - first for click in click_times(clip) if first <= click < (settings.stop or 9)]
    assert click_times(target) == pytest.approx(wanted, abs=0.010)
    with av.open(str(target)) as container:
        assert container.streams.audio[0].language == "por"
    shown = {number_of(frame.pixels): frame.time for frame in read_clip(target)}
    for number, time in shown.items():
        assert time == pytest.approx(number / 25 - first, abs=0.001)


def test_a_cut_starts_and_ends_at_its_frames(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=40))
    report = change_clip(clip, tmp_path / "b.mp4", unchanged, ClipSettings(start=0.28, stop=0.8))
    assert (report.frames, numbers(tmp_path / "b.mp4")) == (13, list(range(7, 20)))
    assert frame_times(tmp_path / "b.mp4")[0] == 0
    times = [frame.time for frame in read_clip(clip, ClipSettings(start=0.27, stop=0.4))]
    assert times == pytest.approx([0.28, 0.32, 0.36])


def test_nothing_lies_after_the_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    with pytest.raises(ClipError, match="has no frame from 7 s on"):
        change_clip(clip, tmp_path / "b.mp4", unchanged, ClipSettings(start=7))
    assert not (tmp_path / "b.mp4").exists()


def test_one_frame_is_a_clip(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=1))
    assert change_clip(clip, tmp_path / "b.webm", unchanged).frames == 1
    assert numbers(tmp_path / "b.webm") == [0]


@pytest.mark.parametrize(("target", "size"), [("b.mp4", (98, 64)), ("b.webm", (97, 63))])
def test_odd_sizes_are_kept_where_the_codec_can_and_said_where_not(
    tmp_path: Path, target: str, size: tuple[int, int]
) -> None:
    clip = make_clip(tmp_path / "a.webm", ClipKind(size=(97, 63), codec="libvpx-vp9", frames=3))
    report = change_clip(clip, tmp_path / target, unchanged)
    info = clip_info(tmp_path / target)
    assert (info.width, info.height) == size
    assert bool(report.notes) == (target == "b.mp4")
    assert numbers(tmp_path / target) == [0, 1, 2]
    before, after = next(read_clip(clip)).pixels, next(read_clip(tmp_path / target)).pixels[:63, :97]
    assert np.abs(before.astype(int) - after).mean() < 3


def test_a_change_is_seen_where_it_is_and_nowhere_else(tmp_path: Path) -> None:
    def painted(frames: Iterator[Frame]) -> Iterator[Pixels]:
        for frame in frames:
            pixels = frame.pixels.copy()
            pixels[30:41, 51:60] = (200, 30, 30)
            yield pixels

    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=3))
    change_clip(clip, tmp_path / "b.mp4", painted, ClipSettings(quality=100))
    for before, after in zip(read_clip(clip), read_clip(tmp_path / "b.mp4"), strict=True):
        assert np.abs(after.pixels[32:39, 53:58].astype(int) - (200, 30, 30)).max() < 20
        outside = np.abs(after.pixels.astype(int) - before.pixels)
        outside[20:50, 40:70] = 0
        assert outside.mean() < 2


def test_a_change_may_look_ahead(tmp_path: Path) -> None:
    def delayed(frames: Iterator[Frame]) -> Iterator[Pixels]:
        waiting = [frame.pixels for frame in frames]
        yield from waiting

    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=20))
    change_clip(clip, tmp_path / "b.mp4", delayed)
    assert numbers(tmp_path / "b.mp4") == list(range(20))


def test_frames_cannot_be_written_to(tmp_path: Path) -> None:
    frame = next(read_clip(make_clip(tmp_path / "a.mp4")))
    with pytest.raises(ValueError, match="read-only"):
        frame.pixels[0] = 0


@pytest.mark.parametrize("count", [0, 3, 9, 11])
def test_a_change_gives_one_picture_for_each_frame(tmp_path: Path, count: int) -> None:
    def wrong(frames: Iterator[Frame]) -> Iterator[Pixels]:
        first = next(frames)
        for _ in range(count):
            yield first.pixels
            next(frames, None)

    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=10))
    with pytest.raises(InputError, match="the change gave"):
        change_clip(clip, tmp_path / "b.mp4", wrong)
    assert list(tmp_path.iterdir()) == [clip]


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    with pytest.raises(InputError, match=r"must be uint8 of shape \(64, 96, 3\), not uint8 of shape \(32, 96, 3\)"):
        change_clip(clip, tmp_path / "b.mp4", lambda frames: (frame.pixels[:32] for frame in frames))


def test_progress_counts_the_frames(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=5))
    change_clip(clip, tmp_path / "b.mp4", unchanged, progress=lambda done, of: told.append((done, of)))
    assert told == [(number, 5) for number in range(1, 6)]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_cut_is_found_though_the_index_leads_elsewhere(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / f"a.{suffix}", ClipKind(frames=60))
    exact = decoding.seek
    monkeypatch.setattr(decoding, "seek", lambda video, ticks: exact(video, ticks + round(1 / video.time_base)))
    frames = list(read_clip(clip, ClipSettings(start=1.0, stop=1.2)))
    assert [number_of(frame.pixels) for frame in frames] == [25, 26, 27, 28, 29]


def test_a_clip_without_a_beginning_starts_at_0(tmp_path: Path) -> None:
    kind = ClipKind(frames=3, ticks=(3000, 3040, 3100), time_base=Fraction(1, 1000))
    clip = make_clip(tmp_path / "a.mp4", kind)
    assert [frame.time for frame in read_clip(clip)] == pytest.approx([0, 0.04, 0.1])
    change_clip(clip, tmp_path / "b.mp4", unchanged)
    assert [float(time) for time in frame_times(tmp_path / "b.mp4")] == [0, 0.04, 0.1]


def test_frames_that_change_in_size_are_written_in_the_first(tmp_path: Path) -> None:
    parts = [
        make_clip(tmp_path / f"{width}.webm", ClipKind(size=(width, 64), frames=3, codec="libvpx-vp9"))
        for width in (96, 160)
    ]
    with (
        av.open(str(tmp_path / "a.webm"), "w") as output,
        av.open(str(parts[0])) as one,
        av.open(str(parts[1])) as other,
    ):
        stream = output.add_stream_from_template(one.streams.video[0])
        for part, shift in ((one, 0), (other, 120)):
            for packet in part.demux(video=0):
                if packet.size:
                    packet.stream, packet.pts, packet.dts = stream, packet.pts + shift, packet.dts + shift
                    output.mux(packet)
    report = change_clip(tmp_path / "a.webm", tmp_path / "b.mp4", unchanged)
    assert report.notes == ("its frames change in size; all are written in the size of the first",)
    assert [frame.pixels.shape for frame in read_clip(tmp_path / "b.mp4")] == [(64, 96, 3)] * 6


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        (ClipKind(codec="ffv1", pix_fmt="yuva420p", frames=2), "its transparency is lost"),
        (
            ClipKind(options=(("x264-params", "tff=1"),), frames=2),
            "it is interlaced; its frames are written as whole pictures",
        ),
    ],
)
def test_what_is_lost_is_said(tmp_path: Path, kind: ClipKind, note: str) -> None:
    report = change_clip(make_clip(tmp_path / "a.mkv", kind), tmp_path / "b.mp4", unchanged)
    assert report.notes == (note,)


def test_frames_before_the_start_of_an_edit_list_are_not_shown(tmp_path: Path) -> None:
    base = make_clip(tmp_path / "base.mp4", ClipKind(frames=20, clicks=(0.4,), keyframe_every=20))
    cut = 0.28
    with av.open(str(base)) as source, av.open(str(tmp_path / "a.mp4"), "w") as output:
        targets = {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.size:
                shift = round(cut / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = targets[packet.stream.index]
                output.mux(packet)
    report = change_clip(tmp_path / "a.mp4", tmp_path / "b.mp4", unchanged)
    assert (report.frames, report.carried) == (13, ())
    assert numbers(tmp_path / "a.mp4") == numbers(tmp_path / "b.mp4") == list(range(7, 20))
    assert frame_times(tmp_path / "b.mp4") == [Fraction(number, 25) for number in range(13)]
    assert click_times(tmp_path / "b.mp4") == pytest.approx(click_times(tmp_path / "a.mp4"), abs=0.010)
