from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.face.detector.tiles import SAME_FACE, FaceBox, tiles, upright_crop, without_repeats
from tests.expression.drawn_faces import ramp

quick = settings(max_examples=60)
sides = st.integers(1, 12_000)
boxes = st.builds(
    FaceBox, st.floats(-50, 400), st.floats(-50, 400), st.floats(10, 300), st.floats(-3, 3), st.floats(0, 1)
)


@quick
@given(height=sides, width=sides)
def test_tiles_cover_every_pixel_of_a_large_photo(height: int, width: int) -> None:
    parts = tiles(height, width)
    for axis, length in ((0, height), (1, width)):
        spans = sorted({(part[axis].start, part[axis].stop) for part in parts})
        reached = 0
        for start, stop in spans:
            assert 0 <= start <= reached < stop <= length
            reached = stop
        assert reached == (length if parts else 0)
    assert (parts == []) == (max(height, width) <= 1280)
    assert len(parts) <= 25


@quick
@given(height=st.integers(1281, 12_000), width=sides)
def test_neighbouring_tiles_overlap_by_a_quarter(height: int, width: int) -> None:
    spans = sorted({(part[0].start, part[0].stop) for part in tiles(height, width)})
    assert len(spans) > 1
    for (start, stop), (following, _) in pairwise(spans):
        assert stop - following >= 0.24 * (stop - start)


@quick
@given(height=st.integers(1, 5000), width=st.integers(1, 5000))
def test_all_tiles_of_a_photo_have_the_same_size(height: int, width: int) -> None:
    assert len({(r.stop - r.start, c.stop - c.start) for r, c in tiles(height, width)}) <= 1


@quick
@given(a=boxes, b=boxes)
def test_overlap_is_intersection_over_union(a: FaceBox, b: FaceBox) -> None:
    assert a.overlap(b) == pytest.approx(b.overlap(a))
    assert a.overlap(a) == pytest.approx(1)
    both = 1.0
    for u, v in ((a.x, b.x), (a.y, b.y)):
        both *= max(0.0, min(u + a.side / 2, v + b.side / 2) - max(u - a.side / 2, v - b.side / 2))
    assert a.overlap(b) == pytest.approx(both / (a.side**2 + b.side**2 - both), abs=1e-9)


@quick
@given(found=st.lists(boxes, max_size=8))
def test_the_box_with_the_highest_score_is_kept(found: list[FaceBox]) -> None:
    kept = without_repeats(found)
    assert all(a.overlap(b) < SAME_FACE for i, a in enumerate(kept) for b in kept[:i])
    for box in found:
        assert box in kept or any(box.overlap(other) >= SAME_FACE and other.score >= box.score for other in kept)


@quick
@given(box=boxes)
def test_a_point_of_an_upright_crop_maps_to_its_source(box: FaceBox) -> None:
    photo = ramp(400, 400)
    crop, to_image = upright_crop(photo, box)
    v, u = np.mgrid[: crop.shape[0], : crop.shape[1]].astype(float)
    x, y = np.tensordot(to_image, np.stack([u, v, 0 * u + 1]), 1)
    inside = (x > 1) & (x < 398) & (y > 1) & (y < 398)
    expected = np.stack([x, y], axis=2) * 255 / 399
    assert np.abs(crop[..., :2] - expected)[inside].max(initial=0) < 1.3


@quick
@given(box=boxes)
def test_an_upright_crop_is_centred_on_the_face_and_not_rolled(box: FaceBox) -> None:
    crop, to_image = upright_crop(np.zeros((200, 300, 3), np.uint8), box)
    assert crop.shape[0] == crop.shape[1]
    middle = (crop.shape[0] - 1) / 2
    np.testing.assert_allclose(to_image @ [middle, middle, 1], [box.x, box.y], atol=1e-6)
    right = to_image[:, 0] / np.hypot(*to_image[:, 0])
    np.testing.assert_allclose(right, [np.cos(box.angle), np.sin(box.angle)], atol=1e-9)
    assert crop.shape[0] * np.hypot(*to_image[:, 0]) > 1.5 * box.side


def test_a_crop_of_a_huge_face_is_reduced_and_maps_to_its_source() -> None:
    waves = np.arange(4000) / 20
    large = np.full((3600, 4000, 3), 127, np.uint8)
    large[..., 0] = 127 + 100 * np.sin(waves)
    large[..., 1] = (127 + 100 * np.sin(waves[:3600]))[:, None]
    crop, to_image = upright_crop(large, FaceBox(2000, 1900, 1800, 0.3, 1))
    assert crop.shape[0] <= 640
    v, u = np.mgrid[50 : crop.shape[0] - 50, 50 : crop.shape[1] - 50]
    x, y = np.tensordot(to_image, np.stack([u, v, 0 * u + 1]), 1)
    difference = crop[50:-50, 50:-50, :2] - (127 + 100 * np.sin(np.stack([x, y], axis=2) / 20))
    assert np.abs(difference).mean() < 3
