"""Pairs that hypothesis draws, and a plain reference for Pixel-RR: a loop over pixels around NumPy's solvers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixelfes.arrays import AnyArray

Pairs: TypeAlias = tuple[AnyArray, AnyArray, AnyArray | None]

quick = settings(max_examples=40)
penalties = st.sampled_from([1e-2, 0.4, 1.0, 30.0, 1e3])
factors = st.sampled_from([1e-3, 0.1, 1.0, 20.0, 1e4])
channel_modes = st.sampled_from(["shared", "separate"])
priors = st.sampled_from(["zero", "identity"])


@st.composite
def registered_pairs(draw: st.DrawFn, min_pairs: int = 1, max_pairs: int = 5) -> Pairs:
    """Draw inputs and targets of every layout, uint8 or float in or around [0, 1], with no weights or whole ones."""
    n = draw(st.integers(min_pairs, max_pairs))
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 2)))
    shape = (n, *size, *draw(st.sampled_from([(), (1,), (3,)])))
    X, T = (draw(st.sampled_from([_unchanged, _photo, _beyond]))(draw(hnp.arrays(np.uint8, shape))) for _ in "XT")
    weight_shape = draw(st.sampled_from([None, (n,), (n, *size)]))
    weight = None if weight_shape is None else draw(hnp.arrays(np.int64, weight_shape, elements=st.integers(0, 3)))
    return X, T, weight


def _unchanged(levels: AnyArray) -> AnyArray:
    return levels


def _photo(levels: AnyArray) -> AnyArray:
    return levels.astype(np.float64) / 255


def _beyond(levels: AnyArray) -> AnyArray:
    """Return values in [-1, 2], as photos divided by their light or targets at full strength may have."""
    return 3 * _photo(levels) - 1


@st.composite
def bias_penalties(draw: st.DrawFn, pairs: Pairs) -> float | AnyArray | None:
    """Draw every kind of bias penalty that suits the pairs."""
    per_pixel = hnp.arrays(np.float64, pairs[0].shape[1:3], elements=factors)
    drawn: float | AnyArray | None = draw(st.one_of(st.none(), factors, per_pixel))
    return drawn


def unit(images: AnyArray) -> AnyArray:
    return images / 255 if images.dtype == np.uint8 else images


def pixel_samples(pairs: Pairs, channels: str) -> Iterator[tuple[tuple[int, ...], AnyArray, AnyArray, AnyArray]]:
    """Yield the index of every map entry, and the x, t and weights that it observes, each of shape (samples,)."""
    x, t, weight = unit(pairs[0]), unit(pairs[1]), pairs[2]
    w = np.ones(x.shape[:3]) if weight is None else np.asarray(weight, float)
    w = np.broadcast_to(w.reshape(w.shape + (1,) * (x.ndim - w.ndim)), x.shape)
    for index in np.ndindex(x.shape[1:3] if channels == "shared" else x.shape[1:]):
        here: Any = (slice(None), *index)
        yield index, x[here].ravel(), t[here].ravel(), w[here].ravel()


def augmented_least_squares(
    x: AnyArray, t: AnyArray, w: AnyArray, alpha: float, prior: str, *, factor: float = 1.0
) -> tuple[float, float]:
    """Return w and b of one pixel, from the least-squares problem with the penalty as two more rows."""
    root = np.sqrt(w)
    rows = np.vstack([np.column_stack([root * x, root]), np.sqrt(alpha) * np.diag([1.0, np.sqrt(factor)])])
    goal = np.concatenate([root * t, [np.sqrt(alpha) * (prior == "identity"), 0.0]])
    weight, bias = np.linalg.lstsq(rows, goal, rcond=None)[0]
    return float(weight), float(bias)


def factor_at(bias_penalty: float | AnyArray | None, index: tuple[int, ...]) -> float:
    """Return the factor on the bias of one map entry."""
    if bias_penalty is None:
        return 1.0
    return float(bias_penalty[index[:2]] if isinstance(bias_penalty, np.ndarray) else bias_penalty)


def brute_force_leave_one_out(
    pairs: Pairs, alpha: float, channels: str, prior: str, bias_penalty: float | AnyArray | None = None
) -> float:
    """Return the leave-one-out error by a refit for each pair and pixel."""
    X, T, weight = pairs
    error = 0.0
    for i in range(len(X)):
        rest = np.arange(len(X)) != i
        w_rest, w_own = (None, None) if weight is None else (weight[rest], weight[[i]])
        kept = pixel_samples((X[rest], T[rest], w_rest), channels)
        left = pixel_samples((X[[i]], T[[i]], w_own), channels)
        for (index, x, t, w), (_, x_out, t_out, w_out) in zip(kept, left, strict=True):
            slope, bias = augmented_least_squares(x, t, w, alpha, prior, factor=factor_at(bias_penalty, index))
            error += float(np.sum(w_out * (slope * x_out + bias - t_out) ** 2))
    return error
