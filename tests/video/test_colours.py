"""Frames become RGB and go back without a loss, for every matrix and range."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pixelfes.arrays import Pixels
from pixelfes.video.clips import change_clip, read_clip
from pixelfes.video.coding.colours import ColourTags, Planes, even, patched, to_planes, to_rgb
from tests.video.clip_files import ClipKind, make_clip, numbered

ALL_TAGS = [ColourTags(matrix, range) for matrix in (1, 4, 5, 6, 7, 9) for range in (1, 2)]
# Kr, Kg, Kb of ITU-R BT.601, BT.709 and BT.2020.
WEIGHTS = {1: (0.2126, 0.7152, 0.0722), 6: (0.299, 0.587, 0.114), 9: (0.2627, 0.6780, 0.0593)}


def colourful(seed: int = 0) -> Pixels:
    """Blocks of 2 × 2 pixels of colours that differ from each other."""
    blocks = np.random.default_rng(seed).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    return np.asarray(blocks.repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize("tags", ALL_TAGS, ids=str)
def test_blocks_of_colour_come_back_to_two_levels(tags: ColourTags) -> None:
    pixels = colourful()
    assert np.abs(to_rgb(to_planes(pixels, tags), tags).astype(int) - pixels).max() <= 2


@pytest.mark.parametrize("tags", ALL_TAGS, ids=str)
def test_planes_come_back_to_one_level(tags: ColourTags) -> None:
    planes = to_planes(colourful() // 2 + 64, tags)
    for before, after in zip(planes, to_planes(to_rgb(planes, tags), tags), strict=True):
        assert np.abs(before.astype(int) - after).max() <= 1


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("full", [False, True])
def test_planes_are_those_of_the_standards(matrix: int, full: bool) -> None:
    r, g, b = np.moveaxis(colourful() / 255.0, -1, 0)
    kr, kg, kb = WEIGHTS[matrix]
    y = kr * r + kg * g + kb * b
    u, v = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
    scales = (255, 255) if full else (219, 224)
    wanted = ((0 if full else 16) + scales[0] * y, 128 + scales[1] * u[::2, ::2], 128 + scales[1] * v[::2, ::2])
    found = to_planes(colourful(), ColourTags(matrix, 2 if full else 1))
    for plane, expected in zip(found, wanted, strict=True):
        assert np.abs(plane - np.clip(expected, 0, 255)).max() < 1


@pytest.mark.parametrize("tags", [ColourTags(1, 1), ColourTags(6, 1), ColourTags(6, 2)], ids=str)
def test_colours_of_a_clip_are_those_that_were_drawn(tmp_path: Path, tags: ColourTags) -> None:
    kind = ClipKind(frames=1, size=(48, 32), matrix=tags.matrix, range=tags.range)
    drawn = colourful()[:8, :12].repeat(4, 0).repeat(4, 1) // 2 + 64
    clip = make_clip(tmp_path / "a.mp4", kind, lambda number, size: drawn)
    assert np.abs(next(read_clip(clip)).pixels.astype(int) - drawn).mean() < 3
    change_clip(clip, tmp_path / "b.mp4", lambda frames: (frame.pixels for frame in frames))
    assert np.abs(next(read_clip(tmp_path / "b.mp4")).pixels.astype(int) - drawn).mean() < 5


def test_large_clips_without_a_tag_are_high_definition() -> None:
    assert ColourTags().resolved(1280, 720).matrix == 1
    assert ColourTags().resolved(720, 576).matrix == 6
    assert ColourTags(matrix=9).resolved(1280, 720).matrix == 9


@pytest.mark.parametrize("shape", [(32, 48), (31, 47), (31, 48)])
@pytest.mark.parametrize("box", [(0, 1, 0, 1), (5, 12, 7, 30), (3, 31, 40, 47), (0, 31, 0, 47)])
def test_only_what_changed_is_converted(shape: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    tags = ColourTags(1, 1)
    planes = _noise(even(np.zeros(shape, np.uint8)).shape)
    before = np.ascontiguousarray(to_rgb(planes, tags)[: shape[0], : shape[1]])
    top, bottom, left, right = box
    after = before.copy()
    after[top:bottom, left:right] = 255 - after[top:bottom, left:right]
    found = patched(planes, before, after, tags)
    whole = to_planes(even(after), tags)
    rows, columns = slice(top // 2 * 2, bottom + bottom % 2), slice(left // 2 * 2, right + right % 2)
    np.testing.assert_array_equal(found[0][rows, columns], whole[0][rows, columns])
    for plane, old, step in zip(found, planes, (1, 2, 2), strict=True):
        outside = np.ones(plane.shape, bool)
        outside[rows.start // step : rows.stop // step, columns.start // step : columns.stop // step] = False
        np.testing.assert_array_equal(plane[outside], old[outside])


def _noise(shape: tuple[int, ...]) -> Planes:
    draw = np.random.default_rng(1)
    y, u, v = (draw.integers(60, 180, (shape[0] // step, shape[1] // step), dtype=np.uint8) for step in (1, 2, 2))
    return y, u, v


def test_planes_stay_as_they_are_where_nothing_changed() -> None:
    planes = _noise((32, 48))
    pixels = to_rgb(planes, ColourTags(6, 2))
    assert patched(planes, pixels, pixels.copy(), ColourTags(6, 2)) is planes


@pytest.mark.parametrize(
    ("pix_fmt", "note"),
    [("yuv420p10le", "its 10 bits a channel become 8"), ("yuv444p", "4:2:0"), ("yuv422p", "4:2:0"), ("yuv420p", "")],
)
def test_what_8_bits_and_half_colours_lose_is_said(tmp_path: Path, pix_fmt: str, note: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", ClipKind(frames=2, pix_fmt=pix_fmt))
    report = change_clip(clip, tmp_path / "b.mp4", lambda frames: (frame.pixels for frame in frames))
    assert (note in " ".join(report.notes)) if note else report.notes == ()
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].pix_fmt == "yuv420p"
    for before, after in zip(read_clip(clip), read_clip(tmp_path / "b.mp4"), strict=True):
        assert np.abs(before.pixels.astype(int) - after.pixels).mean() < 4


def test_high_dynamic_range_is_said(tmp_path: Path) -> None:
    kind = ClipKind(frames=2, pix_fmt="yuv420p10le", matrix=9, range=1, primaries=9, transfer=16)
    report = change_clip(
        make_clip(tmp_path / "a.mkv", kind), tmp_path / "b.mp4", lambda frames: (frame.pixels for frame in frames)
    )
    assert any("high dynamic range (PQ)" in note for note in report.notes)


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [("png", "rgb24"), ("ffv1", "bgr0"), ("prores_ks", "yuv422p10le"), ("mpeg4", "yuv420p"), ("libvpx", "yuv420p")],
)
@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_other_decoders_give_the_colours_that_were_drawn(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    name = "a.mov" if codec == "png" else "a.mkv"
    clip = make_clip(tmp_path / name, ClipKind(frames=3, codec=codec, pix_fmt=pix_fmt))
    change_clip(clip, tmp_path / f"b.{suffix}", lambda frames: (frame.pixels for frame in frames))
    for path in (clip, tmp_path / f"b.{suffix}"):
        for number, frame in enumerate(read_clip(path)):
            assert np.abs(frame.pixels.astype(int) - numbered(number, (96, 64))).mean() < 4
