"""The windows in which faces are searched: every face of a size fits into one as a whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.windows import (
    SMALLEST_FACE,
    SMALLEST_SHARE,
    Window,
    smallest_face,
    window_levels,
)

SIDES = st.integers(1, 60_000)


@given(SIDES, SIDES)
def test_the_windows_are_few(height: int, width: int) -> None:
    levels = window_levels(height, width, smallest_face(height, width))
    assert sum(map(len, levels)) < 700 or max(height, width) > 20 * min(height, width)


@given(SIDES, SIDES)
def test_a_photo_smaller_than_the_smallest_face_has_no_window(height: int, width: int) -> None:
    levels = window_levels(height, width, SMALLEST_FACE)
    assert (levels == []) == (min(height, width) < SMALLEST_FACE)


@given(st.integers(100, 4000), st.integers(100, 4000), st.data())
def test_a_face_of_any_place_and_size_is_seen_whole_and_large_enough(
    height: int, width: int, data: st.DataObject
) -> None:
    smallest = smallest_face(height, width)
    side = data.draw(st.floats(min(smallest, 0.99 * min(height, width)), 0.99 * min(height, width)))
    if side < smallest:
        return
    x = data.draw(st.floats(side / 2, width - side / 2))
    y = data.draw(st.floats(side / 2, height - side / 2))
    box = FaceBox(x, y, side, 0.0, 1.0)
    windows = [window for level in window_levels(height, width, smallest) for window in level]
    assert any(
        not window.cuts(box, height, width)
        and abs(x - window.x - window.side / 2) <= window.side / 2
        and abs(y - window.y - window.side / 2) <= window.side / 2
        and side >= SMALLEST_SHARE * window.side * 0.999
        for window in windows
    )


def test_the_first_window_is_the_whole_photo() -> None:
    assert window_levels(600, 1000, 25)[0] == [Window(0.0, -200.0, 1000.0)]


def test_only_edges_inside_the_photo_cut_a_box() -> None:
    window = Window(0.0, 100.0, 200.0)
    assert not window.cuts(FaceBox(10, 200, 60, 0, 1), 500, 500)  # over the left edge of the photo
    assert window.cuts(FaceBox(190, 200, 60, 0, 1), 500, 500)
    assert window.cuts(FaceBox(100, 110, 60, 0, 1), 500, 500)
    assert not window.cuts(FaceBox(100, 200, 60, 0, 1), 500, 500)
