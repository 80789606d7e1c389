"""Damaged, foreign and hostile files: one sentence or a carried frame, never a traceback, a hang or a half file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError, InputError, MissingDependencyError, PhotoError
from pixelfes.video.clips import change_clip, clip_info, read_clip
from pixelfes.video.settings import ClipSettings, Frame
from tests.video.clip_files import ClipKind, frame_times, make_clip, number_of


def unchanged(frames: Iterator[Frame]) -> Iterator[Pixels]:
    for frame in frames:
        yield frame.pixels


@pytest.mark.parametrize("damage", ["emptied", "cut"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_broken_frame_is_carried_over_and_said(tmp_path: Path, suffix: str, damage: str) -> None:
    whole = make_clip(tmp_path / f"whole.{suffix}", ClipKind(frames=20))
    clip = make_clip(tmp_path / f"a.{suffix}", ClipKind(frames=20, broken=((7, damage),)))
    report = change_clip(clip, tmp_path / "b.mp4", unchanged)
    assert report.frames == 20
    assert len(report.carried) >= 1
    frames = list(read_clip(clip))
    assert [frame.time for frame in frames] == [frame.time for frame in read_clip(whole)]
    carried = [number for number, frame in enumerate(frames) if frame.is_carried]
    assert tuple(frames[number].time for number in carried) == report.carried
    for number in carried:
        np.testing.assert_array_equal(frames[number].pixels, frames[number - 1].pixels)
    assert frame_times(tmp_path / "b.mp4") == pytest.approx(frame_times(whole), abs=0.001)


def test_frames_after_a_lost_key_frame_are_carried_until_the_next(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=20, broken=((5, "emptied"),)))
    frames = list(read_clip(clip))
    assert len(frames) == 20
    assert [number_of(frame.pixels) for frame in frames][-9:] == list(range(11, 20))
    assert [frame.is_carried for frame in frames][4:8] == [True] * 4


def test_a_clip_whose_first_frame_is_broken_starts_with_the_first_good_one(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", ClipKind(frames=12, broken=((0, "emptied"),)))
    frames = list(read_clip(clip))
    assert len(frames) == 12
    good = next(number for number, frame in enumerate(frames) if not frame.is_carried)
    np.testing.assert_array_equal(frames[0].pixels, frames[good].pixels)
    assert frames[0].is_carried


def test_a_file_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", ClipKind(frames=60, clicks=(0.1,)))
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    report = change_clip(clip, tmp_path / "b.mp4", unchanged)
    assert 5 < report.frames < 60
    assert [number_of(frame.pixels) for frame in read_clip(tmp_path / "b.mp4")][:5] == list(range(5))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n", "it is not an MP4, MOV, MKV or WebM file"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "it is not an MP4, MOV, MKV or WebM file"),
        (b"<?xml version='1.0'?><MPD></MPD>", "it is not an MP4, MOV, MKV or WebM file"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1", "it is not an MP4, MOV, MKV or WebM file"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42", "it is damaged or cut short"),
        (b"\x1a\x45\xdf\xa3" + bytes(60), "it is damaged or cut short"),
    ],
)
def test_other_files_are_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(content)
    for call in (lambda: clip_info(clip), lambda: list(read_clip(clip)), lambda: change_clip(clip, clip, unchanged)):
        with pytest.raises(ClipError, match=sentence) as caught:
            call()
        assert "\n" not in str(caught.value)
    assert clip.read_bytes() == content


def test_what_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for name, sentence in (("none.mp4", "no such file"), ("pipe.mp4", "not a regular file"), (".", "is a directory")):
        with pytest.raises(ClipError, match=sentence):
            clip_info(tmp_path / name)


def test_a_name_is_never_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_clip(tmp_path / "a.mp4").rename(tmp_path / "concat:a.mp4|b.mp4")
    assert clip_info("concat:a.mp4|b.mp4").n_frames == 10
    assert change_clip("concat:a.mp4|b.mp4", "pipe:1.mp4", unchanged).frames == 10
    assert clip_info(tmp_path / "pipe:1.mp4").n_frames == 10
    with pytest.raises(ClipError, match="no such file"):
        clip_info("http://127.0.0.1:9/a.mp4")


def test_sound_without_pictures_is_no_clip(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        stream = output.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 9600), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        output.mux(stream.encode(frame) + stream.encode(None))
    with pytest.raises(ClipError, match="it has no video"):
        clip_info(tmp_path / "a.mp4")


def test_limits_are_checked_before_frames_are_decoded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=30))
    with pytest.raises(ClipError, match="96 × 64 pixels exceed the limit of 6143"):
        change_clip(clip, tmp_path / "b.mp4", unchanged, ClipSettings(max_pixels=6143))
    with pytest.raises(ClipError, match="is longer than the limit of"):
        change_clip(clip, tmp_path / "b.mp4", unchanged, ClipSettings(max_seconds=0.5))
    assert list(tmp_path.iterdir()) == [clip]


def test_a_kind_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    for target, settings, sentence in (
        ("b.avi", ClipSettings(), "must end in one of .mp4, .m4v"),
        ("b", ClipSettings(), "without a suffix"),
        ("b.webm", ClipSettings(codec="h264"), "WebM file cannot hold H.264"),
        ("b.mov", ClipSettings(codec="vp9"), "MOV file cannot hold VP9"),
        ("none/b.mp4", ClipSettings(), "cannot be written: no such file"),
    ):
        with pytest.raises(PhotoError, match=sentence):
            change_clip(clip, tmp_path / target, unchanged, settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quality": 0},
        {"quality": 101},
        {"start": -1.0},
        {"start": 2.0, "stop": 2.0},
        {"codec": "mpeg4"},
        {"start": float("nan")},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        ClipSettings(**wrong)  # type: ignore[arg-type]


def outcome(clip: Path, target: Path) -> str:
    """Change a clip, read and remove what was written; return what became of it."""
    try:
        written = change_clip(clip, target, unchanged).frames
    except PhotoError as error:
        return f"refused {error}"
    assert len(list(read_clip(target))) <= written
    target.unlink()
    return "written"


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "gif", "webp", "png"])
def test_random_damage_never_ends_in_another_error(tmp_path: Path, suffix: str) -> None:
    if suffix in ("gif", "webp", "png"):
        images = [Image.effect_noise((48, 32), spread) for spread in (20, 60, 90)]
        images[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=images[1:], duration=50)
    else:
        codec = "libvpx-vp9" if suffix == "webm" else "libx264"
        sound = "libopus" if suffix == "webm" else "aac"
        make_clip(tmp_path / f"a.{suffix}", ClipKind(frames=8, codec=codec, clicks=(0.1,), sound_codec=sound))
    data = (tmp_path / f"a.{suffix}").read_bytes()
    draw = np.random.default_rng(len(suffix) + len(data))
    target = tmp_path / f"b.{suffix}"
    outcomes = set()
    for _ in range(40):
        (clip := tmp_path / f"hurt.{suffix}").write_bytes(_hurt(data, draw))
        said = outcome(clip, target)
        outcomes.add(said.partition(" ")[0])
        assert "\n" not in said
        assert not target.exists()
    assert outcomes == ({"refused"} if suffix == "png" else {"written", "refused"})  # PNG files have checksums


def _hurt(data: bytes, draw: np.random.Generator) -> bytes:
    """The file with some bytes replaced, a piece removed, or its end cut off."""
    hurt = bytearray(data)
    match draw.integers(4):
        case 0:
            del hurt[int(draw.integers(len(hurt))) :]
        case 1:
            start = int(draw.integers(len(hurt)))
            del hurt[start : start + int(draw.integers(1, 60))]
        case _:
            for at in draw.integers(0, len(hurt), int(draw.integers(1, 30))):
                hurt[at] = int(draw.integers(256))
    return bytes(hurt)


def test_a_missing_package_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingDependencyError, match=r'a clip needs PyAV: pip install "pixelfes\[video\]"'):
        clip_info(clip)
