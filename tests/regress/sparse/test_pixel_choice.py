from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import check_pairs
from pixelfes.regress.sparse import pixel_choice
from pixelfes.regress.sparse.pixel_choice import choose_pixels
from tests.regress.drawn_pairs import Pairs, bias_penalties, channel_modes, penalties, priors, registered_pairs
from tests.regress.sparse.sparse_reference import GreedyReference

RNG = np.random.default_rng(0)
X = RNG.random((30, 6, 7))
T = 0.7 * np.roll(X, 2, axis=2) + 0.3 * np.roll(X, 1, axis=1)

localities = st.sampled_from([0.0, 0.3, 10.0])


def choose(x: AnyArray, t: AnyArray, weight: Any = None, n_pixels: int = 2, **options: Any) -> AnyArray:
    return choose_pixels(check_pairs(x, t, weight), n_pixels, **({"alpha": 0.1} | options))


@settings(max_examples=60)
@given(registered_pairs(min_pairs=2), st.integers(1, 3), penalties, localities, channel_modes, priors, st.data())
def test_every_step_takes_the_best_of_all_candidates(
    pairs: Pairs, n_pixels: int, alpha: float, locality: float, channels: Any, prior: Any, data: st.DataObject
) -> None:
    n_candidates = pairs[0].shape[1] * pairs[0].shape[2]
    n_pixels, bias_penalty = min(n_pixels, n_candidates), data.draw(bias_penalties(pairs))
    options: dict[str, Any] = {"locality": locality, "channels": channels, "prior": prior, "bias_penalty": bias_penalty}
    indices = choose(*pairs, n_pixels, alpha=alpha, **options).reshape(n_candidates, n_pixels)
    reference = GreedyReference(pairs, alpha, **options)
    for own, fields in enumerate(indices):
        assert len(set(fields)) == n_pixels
        for step, chosen in enumerate(fields):
            scores, left = reference.scores(own, list(fields[:step]))
            best = scores.max()
            if np.isfinite(best):
                # tiny variations, and the error that penalties of 1e7 leave, are below single precision
                assert scores[chosen] >= best - 1e-5 * (left + abs(best)) - 1e-9


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("channels", ["shared", "separate"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_choice_equals_that_of_the_reference_at_every_pixel(dtype: Any, channels: Any, weighted: bool) -> None:
    x, t = RNG.random((2, 9, 3, 4, 2))
    x, t = ((255 * v).astype(np.uint8) if dtype == np.uint8 else v.astype(dtype) for v in (x, t))
    weight = RNG.uniform(0.1, 2, (9, 3, 4)) if weighted else None
    indices = choose(x, t, weight, 3, locality=0.2, channels=channels).reshape(12, 3)
    reference = GreedyReference((x, t, weight), 0.1, 0.2, channels, "zero")
    for own, fields in enumerate(indices):
        for step, chosen in enumerate(fields):
            assert chosen == reference.scores(own, list(fields[:step]))[0].argmax()


def test_moved_pixels_are_found_at_their_origin() -> None:
    indices = choose(X, T)
    height, width = X.shape[1:]
    row, column = np.divmod(np.arange(height * width).reshape(height, width), width)
    assert np.array_equal(indices[..., 0], row * width + (column - 2) % width)
    assert np.array_equal(indices[..., 1], (row - 1) % height * width + column)
    assert indices.dtype == np.int32


def test_locality_shrinks_the_fields_down_to_the_pixel_itself() -> None:
    rows, columns = np.divmod(np.arange(42), 7)

    def mean_distance(locality: float) -> float:
        chosen = choose(X, RNG.random(X.shape), None, 1, locality=locality).ravel()
        return float(np.hypot(chosen // 7 - rows, chosen % 7 - columns).mean())

    far, nearer, own = (mean_distance(locality) for locality in (0.0, 2.0, 1e6))
    assert far > nearer > own == 0


def test_locality_is_relative_to_the_longer_side() -> None:
    t = RNG.random(X.shape)
    apart = np.zeros((2, len(X), 12, 14))  # the same pixels twice as far apart, with constant ones between them
    apart[:, :, ::2, ::2] = X, t
    small, large = choose(X, t, None, 2, locality=2.0), choose(apart[0], apart[1], None, 2, locality=2.0)[::2, ::2]
    assert np.array_equal(large // 14 // 2 * 7 + large % 14 // 2, small)


def test_equal_scores_go_to_the_nearest_pixel_then_to_the_lowest_index() -> None:
    signal = RNG.random((10, 1, 1))
    x = np.broadcast_to(signal, (10, 5, 5))
    indices = choose(x, x * 0.5, None, 4)
    assert list(indices[2, 2]) == [12, 7, 11, 13]
    assert list(indices[0, 0]) == [0, 1, 5, 6]


def test_very_many_equal_scores_go_to_the_nearest_pixel() -> None:
    signal = RNG.random((10, 1, 1))
    x = np.broadcast_to(signal, (10, 9, 9))
    assert choose(x, x * 0.5, None, 1).ravel().tolist() == list(range(81))


def test_constant_pixels_are_chosen_only_if_no_other_is_left() -> None:
    x = X.copy()
    x[:, 1:] = 1.0
    indices = choose(x, T, None, 7)
    assert indices.max() == 6
    assert set(choose(x, T, None, 8)[3, 3]) - set(range(7)) == {24}


def test_pixels_that_vary_only_at_zero_weight_count_as_constant() -> None:
    x, weight = np.ones((8, 2, 3)), np.ones((8, 2, 3))
    x[:, 0, 0] = RNG.random(8)
    x[0] = RNG.random((2, 3))
    weight[0] = 0
    weight[1, 0, 0] = 0.5  # weights that differ from pixel to pixel
    for w in (weight, weight[:, 1, 1]):
        assert (choose(x, RNG.random(x.shape), w, 1) == 0).all()


@pytest.mark.parametrize("weight", [None, RNG.uniform(0, 2, (30, 6, 7)), RNG.uniform(0, 2, 30)])
def test_block_size_does_not_change_the_choice(weight: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = choose(X, T, weight, 3, locality=1.0)
    monkeypatch.setattr(pixel_choice, "_SCORES_AT_A_TIME", 5 * 42)
    assert np.array_equal(choose(X, T, weight, 3, locality=1.0), whole)
    monkeypatch.setattr(pixel_choice, "_SCORES_AT_A_TIME", 1)
    assert np.array_equal(choose(X, T, weight, 3, locality=1.0), whole)


def test_the_same_weight_at_all_pixels_equals_a_weight_of_the_pair() -> None:
    weight = RNG.uniform(0.2, 2, 30)
    per_pixel = np.broadcast_to(weight[:, None, None], X.shape).copy()
    assert np.array_equal(choose(X, T, weight), choose(X, T, per_pixel))
    per_pixel[:, 0, 0] *= 1 + 1e-9
    assert np.array_equal(choose(X, T, weight), choose(X, T, per_pixel))


@pytest.mark.parametrize("channels", ["shared", "separate"])
def test_whole_weights_equal_repeated_pairs(channels: Any) -> None:
    x, t = RNG.random((2, 8, 3, 4, 3))
    counts = np.array([0, 1, 2, 3, 1, 0, 2, 1])
    weighted = choose(x, t, counts, 3, channels=channels)
    assert np.array_equal(weighted, choose(x.repeat(counts, 0), t.repeat(counts, 0), None, 3, channels=channels))


def test_a_large_penalty_on_the_identity_chooses_the_pixel_itself_first() -> None:
    for alpha in (1e3, 1e15, 1e300):
        assert np.array_equal(choose(X, T, alpha=alpha, prior="identity")[..., 0].ravel(), np.arange(42))


@pytest.mark.parametrize("alpha", [0.0, 1e-300, 1.0, 1e300])
@pytest.mark.parametrize("prior", ["zero", "identity"])
@pytest.mark.parametrize("factor", [None, 1e-300, 1e300])
@pytest.mark.parametrize("x", [X, X[:1], np.zeros((3, 2, 2)), np.full((3, 2, 2), 16.0), X * 1e-30 + 0.5])
def test_degenerate_pairs_choose_different_pixels(alpha: float, prior: Any, factor: Any, x: AnyArray) -> None:
    for weight in (None, np.zeros(len(x)), np.where(np.arange(x.size).reshape(x.shape) % 3, 0.0, 1e-9)):
        options = {"alpha": alpha, "prior": prior, "bias_penalty": factor, "locality": 1e300}
        indices = choose(x, x[::-1], weight, 3, **options)
        assert (np.diff(np.sort(indices, axis=2), axis=2) > 0).all()
        assert (indices >= 0).all()
        assert (indices < x[0].size).all()


def test_choosing_more_pixels_than_there_are_is_refused() -> None:
    assert np.array_equal(np.sort(choose(X[:, :1, :3], T[:, :1, :3], None, 3)), np.tile(np.arange(3), (1, 3, 1)))
    with pytest.raises(InputError, match="a 1 x 3 image has no 4 pixels to choose"):
        choose(X[:, :1, :3], T[:, :1, :3], None, 4)
