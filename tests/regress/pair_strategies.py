"""Pairs that hypothesis draws, and the plainest reference there is: a loop over pixels around NumPy's solvers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixelfes.regress.images import Array

Pairs: TypeAlias = tuple[Array, Array, Array | None]

quick = settings(max_examples=40, deadline=None)
penalties = st.sampled_from([1e-2, 0.4, 1.0, 30.0, 1e3])
channel_modes = st.sampled_from(["shared", "separate"])
priors = st.sampled_from(["zero", "identity"])


@st.composite
def registered_pairs(draw: st.DrawFn, min_pairs: int = 1, max_pairs: int = 5) -> Pairs:
    """Inputs and targets of every accepted dtype and layout, with none, per-pair or per-pixel whole weights."""
    n = draw(st.integers(min_pairs, max_pairs))
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 2)))
    shape = (n, *size, *draw(st.sampled_from([(), (1,), (3,)])))
    X, T = (_as_dtype(draw(hnp.arrays(np.uint8, shape)), draw(st.sampled_from([np.uint8, np.float64]))) for _ in "XT")
    weight_shape = draw(st.sampled_from([None, (n,), (n, *size)]))
    weight = None if weight_shape is None else draw(hnp.arrays(np.int64, weight_shape, elements=st.integers(0, 3)))
    return X, T, weight


def _as_dtype(levels: Array, dtype: Any) -> Array:
    return levels if dtype is np.uint8 else levels.astype(np.float64) / 255


def unit(images: Array) -> Array:
    return images / 255 if images.dtype == np.uint8 else images


def pixel_samples(pairs: Pairs, channels: str) -> Iterator[tuple[tuple[int, ...], Array, Array, Array]]:
    """Index of every map entry, and the x, t and weights that it observes, each of shape (samples,)."""
    x, t, weight = unit(pairs[0]), unit(pairs[1]), pairs[2]
    w = np.ones(x.shape[:3]) if weight is None else np.asarray(weight, float)
    w = np.broadcast_to(w.reshape(w.shape + (1,) * (x.ndim - w.ndim)), x.shape)
    for index in np.ndindex(x.shape[1:3] if channels == "shared" else x.shape[1:]):
        here: Any = (slice(None), *index)
        yield index, x[here].ravel(), t[here].ravel(), w[here].ravel()


def augmented_least_squares(x: Array, t: Array, w: Array, alpha: float, prior: str) -> tuple[float, float]:
    """w and b of one pixel, from the least-squares problem with the penalty as two more rows."""
    root = np.sqrt(w)
    rows = np.vstack([np.column_stack([root * x, root]), np.sqrt(alpha) * np.eye(2)])
    goal = np.concatenate([root * t, [np.sqrt(alpha) * (prior == "identity"), 0.0]])
    weight, bias = np.linalg.lstsq(rows, goal, rcond=None)[0]
    return float(weight), float(bias)


def brute_force_leave_one_out(pairs: Pairs, alpha: float, channels: str, prior: str) -> float:
    """Leave-one-out error by as many refits as there are pairs and pixels."""
    X, T, weight = pairs
    error = 0.0
    for i in range(len(X)):
        rest = np.arange(len(X)) != i
        w_rest, w_own = (None, None) if weight is None else (weight[rest], weight[[i]])
        kept = pixel_samples((X[rest], T[rest], w_rest), channels)
        left = pixel_samples((X[[i]], T[[i]], w_own), channels)
        for (_, x, t, w), (_, x_out, t_out, w_out) in zip(kept, left, strict=True):
            slope, bias = augmented_least_squares(x, t, w, alpha, prior)
            error += float(np.sum(w_out * (slope * x_out + bias - t_out) ** 2))
    return error
