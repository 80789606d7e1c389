"""Animated GIF, WebP and PNG files: frames, durations, loops and transparency; to and from videos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError, InputError, PhotoError
from pixelfes.video import animations
from pixelfes.video.clips import change_clip, clip_info, read_clip, write_frames
from pixelfes.video.kinds import is_clip
from pixelfes.video.provenance import clip_made_by, is_own_clip
from pixelfes.video.settings import ClipSettings, Frame
from tests.video.clip_files import ClipKind, frame_times, make_clip, number_of, numbered

SIZE = (96, 64)
HOLE = np.pad(np.zeros((8, 30), np.uint8), ((50, 6), (20, 46)), constant_values=255)
DURATIONS = [40, 120, 70, 200]


def animation(path: Path, *, transparent: bool = False, loop: int = 3) -> Path:
    images = [Image.fromarray(numbered(number, SIZE)) for number in range(len(DURATIONS))]
    if transparent:
        for image in images:
            image.putalpha(Image.fromarray(HOLE))
    lossless = {"lossless": True} if path.suffix == ".webp" else {}
    kind = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG"}[path.suffix]
    disposal = {"disposal": 2} if kind == "GIF" else {}
    images[0].save(
        path, kind, save_all=True, append_images=images[1:], duration=DURATIONS, loop=loop, **lossless, **disposal
    )
    return path


def inverted(frames: Iterator[Frame]) -> Iterator[Pixels]:
    for frame in frames:
        yield 255 - frame.pixels


def unchanged(frames: Iterator[Frame]) -> Iterator[Pixels]:
    for frame in frames:
        yield frame.pixels


@pytest.mark.parametrize("target", ["b.gif", "b.webp", "b.png", "b.apng"])
@pytest.mark.parametrize("source", ["a.gif", "a.webp", "a.png"])
def test_an_animation_keeps_its_frames_times_and_loop(tmp_path: Path, source: str, target: str) -> None:
    clip = animation(tmp_path / source)
    report = change_clip(clip, tmp_path / target, inverted, ClipSettings(mark="pixelfes 1.0, model smile"))
    assert report.frames == 4
    frames = list(read_clip(tmp_path / target))
    assert [frame.time for frame in frames] == [0, 0.04, 0.16, 0.23]
    for before, after in zip(read_clip(clip), frames, strict=True):
        assert np.abs(255 - before.pixels.astype(int) - after.pixels).mean() < 4
        assert number_of(255 - after.pixels) == number_of(before.pixels)
    with Image.open(tmp_path / target) as image:
        assert image.info["loop"] == 3
    assert is_own_clip(tmp_path / target)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_transparency_is_kept(tmp_path: Path, suffix: str) -> None:
    clip = animation(tmp_path / f"a.{suffix}", transparent=True)
    change_clip(clip, tmp_path / f"b.{suffix}", unchanged)
    with Image.open(tmp_path / f"b.{suffix}") as image:
        for number in range(4):
            image.seek(number)
            opacity = np.asarray(image.convert("RGBA"))[..., 3]
            np.testing.assert_array_equal(opacity, HOLE)


def test_an_animation_becomes_a_video_over_white(tmp_path: Path) -> None:
    clip = animation(tmp_path / "a.webp", transparent=True)
    report = change_clip(clip, tmp_path / "b.mp4", unchanged, ClipSettings(mark="pixelfes 1.0, model smile"))
    assert report.notes == ("a video has no transparency; the frames are laid over white",)
    frames = list(read_clip(tmp_path / "b.mp4"))
    assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2, 3]
    assert [float(time) for time in frame_times(tmp_path / "b.mp4")] == [0, 0.04, 0.16, 0.23]
    assert frames[2].pixels[52:56, 24:44].min() > 245
    assert clip_info(tmp_path / "b.mp4").seconds == pytest.approx(0.43)
    assert is_own_clip(tmp_path / "b.mp4")


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_a_video_becomes_an_animation_without_drift(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=31, rate=30, clicks=(0.1,)))
    target = tmp_path / f"b.{suffix}"
    report = change_clip(clip, target, unchanged)
    assert any("has no sound" in note for note in report.notes)
    frames = list(read_clip(target))
    assert [number_of(frame.pixels) for frame in frames] == list(range(31))
    assert [frame.time for frame in frames] == pytest.approx([number / 30 for number in range(31)], abs=0.006)


def test_a_part_of_an_animation(tmp_path: Path) -> None:
    clip = animation(tmp_path / "a.gif")
    report = change_clip(clip, tmp_path / "b.mp4", unchanged, ClipSettings(start=0.04, stop=0.2))
    assert (report.frames, [float(time) for time in frame_times(tmp_path / "b.mp4")]) == (2, [0, 0.12])
    with pytest.raises(ClipError, match="no frame from 3 s on"):
        clip_info(clip, ClipSettings(start=3))


def test_an_animation_is_a_clip_and_a_photo_is_not(tmp_path: Path) -> None:
    for suffix in ("gif", "webp", "png"):
        assert is_clip(animation(tmp_path / f"a.{suffix}"))
        Image.new("RGB", (8, 8)).save(tmp_path / f"still.{suffix}")
        assert not is_clip(tmp_path / f"still.{suffix}")
    assert is_clip("holiday.MOV")
    assert not is_clip("face.jpg")
    assert not is_clip(tmp_path / "missing.gif")


def test_too_many_pixels_for_an_animation_are_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animations, "MAX_ANIMATION_PIXELS", 4 * 96 * 64)
    clip = make_clip(tmp_path / "a.mp4")
    with pytest.raises(ClipError, match="cannot be written as GIF: its frames exceed 24576 pixels in all"):
        change_clip(clip, tmp_path / "b.gif", unchanged)
    monkeypatch.setattr(animations, "MAX_ANIMATION_PIXELS", 4 * 96 * 64 - 1)
    with pytest.raises(PhotoError, match="its 4 pictures exceed the limit"):
        change_clip(animation(tmp_path / "a.gif"), tmp_path / "b.mp4", unchanged)
    assert not list(tmp_path.glob("b.*"))


@pytest.mark.parametrize("suffix", ["mp4", "webm", "gif"])
def test_pictures_and_times_become_a_clip(tmp_path: Path, suffix: str) -> None:
    target, times = tmp_path / f"a.{suffix}", [5.0, 5.04, 5.2]
    settings = ClipSettings(mark="pixelfes 1.0, model smile")
    assert write_frames(target, (numbered(number, SIZE) for number in range(3)), times, settings).frames == 3
    frames = list(read_clip(target))
    assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2]
    assert [frame.time for frame in frames] == pytest.approx([0, 0.04, 0.2])
    assert clip_info(target).seconds == pytest.approx(0.36, abs=0.001)
    assert clip_made_by(target) == "pixelfes 1.0, model smile"


def test_pictures_whose_times_do_not_increase_are_refused(tmp_path: Path) -> None:
    pictures = [numbered(number, SIZE) for number in range(2)]
    with pytest.raises(InputError, match=r"times of frames must increase, but 1 s does not"):
        write_frames(tmp_path / "a.mp4", pictures, [1.0, 1.0])
    with pytest.raises(InputError, match="at least one frame"):
        write_frames(tmp_path / "a.mp4", [], [])
    with pytest.raises(InputError, match=r"pixels must be a uint8 array of shape \(H, W, 3\)"):
        write_frames(tmp_path / "a.mp4", [pictures[0], pictures[0][:32]], [0.0, 1.0])
    assert list(tmp_path.iterdir()) == []
