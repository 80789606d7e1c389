from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.errors import InputError
from pixelfes.regress.images import check_pairs
from pixelfes.regress.pixel.sums import PixelSums
from tests.regress.drawn_pairs import Pairs, channel_modes, pixel_samples, quick, registered_pairs

NAMES = ("n", "x", "t", "xx", "xt")


def sums_of(pairs: Pairs, channels: Any) -> PixelSums:
    return PixelSums.zeros(check_pairs(*pairs).map_shape(channels)).add(*pairs)


def assert_equal_sums(one: PixelSums, other: PixelSums) -> None:
    for name in NAMES:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12, err_msg=name)


@quick
@given(registered_pairs(), channel_modes)
def test_the_sums_are_the_weighted_sums_over_each_pixels_samples(pairs: Pairs, channels: Any) -> None:
    sums = sums_of(pairs, channels)
    for index, x, t, w in pixel_samples(pairs, channels):
        found = [getattr(sums, name)[index] for name in NAMES]
        np.testing.assert_allclose(found, [w.sum(), w @ x, w @ t, w @ (x * x), w @ (x * t)], atol=1e-12)


@quick
@given(registered_pairs(min_pairs=2), channel_modes, st.data())
def test_shards_in_any_order_sum_to_the_whole(pairs: Pairs, channels: Any, data: st.DataObject) -> None:
    X, T, weight = pairs
    order = data.draw(st.permutations(range(len(X))))
    cut = data.draw(st.integers(1, len(X) - 1))
    shards = [
        sums_of((X[part], T[part], None if weight is None else weight[part]), channels)
        for part in (order[:cut], order[cut:])
    ]
    whole = sums_of(pairs, channels)
    assert_equal_sums(shards[0] + shards[1], whole)
    assert_equal_sums(shards[1].merge(shards[0]), whole)


@quick
@given(registered_pairs(min_pairs=2), channel_modes)
def test_subtraction_removes_a_part(pairs: Pairs, channels: Any) -> None:
    X, T, _ = pairs
    whole, first = sums_of((X, T, None), channels), sums_of((X[:1], T[:1], None), channels)
    assert_equal_sums(whole - first, sums_of((X[1:], T[1:], None), channels))


def test_adding_sums_does_not_change_the_terms() -> None:
    one, other = (PixelSums.zeros((2, 2)).add(np.full((3, 2, 2), 0.5), np.ones((3, 2, 2))) for _ in "ab")
    total = one + other
    total.merge(one)
    assert one.n[0, 0] == other.n[0, 0] == 3
    assert total.n[0, 0] == 9


def test_adding_needs_memory_for_one_pair_only() -> None:
    X = np.full((200, 32, 32, 3), 100, np.uint8)
    sums = PixelSums.zeros((32, 32))
    tracemalloc.start()
    sums.add(X, X, np.ones(200))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.size * 8 / 10


def test_images_of_another_shape_are_refused_and_nothing_is_added() -> None:
    sums = PixelSums.zeros((4, 4))
    with pytest.raises(InputError, match=r"sums of shape \(4, 4\) take images of that shape; found \(4, 3\)"):
        sums.add(np.ones((2, 4, 3)), np.ones((2, 4, 3)))
    assert not sums.n.any()


def test_sums_of_different_shapes_do_not_merge() -> None:
    small, large = PixelSums.zeros((2, 2)), PixelSums.zeros((2, 2, 3))
    for join in (small.__add__, small.__sub__, small.merge):
        with pytest.raises(InputError, match=r"found \(2, 2\) and \(2, 2, 3\)"):
            join(large)


def test_the_five_sums_must_have_one_shape() -> None:
    with pytest.raises(InputError, match="must have one shape"):
        PixelSums(*(np.zeros(3 if i else 2) for i in range(5)))
