"""A plain reference for masked regression: a loop over pixels around NumPy's least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixelfes.arrays import AnyArray
from tests.regress.drawn_pairs import Pairs, factor_at, unit


def pixel_windows(pairs: Pairs, channels: str, r: int) -> Any:
    """Yield the index of every map entry, the offsets inside the image, rows (n, S, 1 + d), targets and weights (n, S)."""
    x, t, weight = unit(pairs[0]), unit(pairs[1]), pairs[2]
    n, height, width = x.shape[:3]
    w = np.ones(x.shape[:3]) if weight is None else np.asarray(weight, float)
    w = np.broadcast_to(w.reshape(w.shape + (1,) * (3 - w.ndim)), x.shape[:3])
    for index in np.ndindex(x.shape[1:3] if channels == "shared" else x.shape[1:]):
        row, column = index[:2]
        offsets = [
            (i, j)
            for i in range(r)
            for j in range(r)
            if 0 <= row + i - r // 2 < height and 0 <= column + j - r // 2 < width
        ]
        seen = [x[:, row + i - r // 2, column + j - r // 2] for i, j in offsets]
        own, goal = [v if len(index) < 3 else v[..., index[2]] for v in (np.stack(seen, axis=1), t[:, row, column])]
        z = np.moveaxis(own.reshape(n, len(offsets), -1), 1, 2)
        rows = np.concatenate([np.ones((*z.shape[:2], 1)), z], axis=2)
        targets = goal.reshape(n, -1)
        yield index, offsets, rows, targets, np.broadcast_to(w[:, row, column, None], targets.shape)


def window_least_squares(
    rows: AnyArray, t: AnyArray, w: AnyArray, alpha: float, prior: AnyArray, factor: float
) -> AnyArray:
    """Return bias and weights of one pixel, from the least-squares problem with the penalty as more rows."""
    root = np.sqrt(w)
    penalty = np.sqrt(alpha) * np.array([np.sqrt(factor), *np.ones(rows.shape[1] - 1)])
    design = np.vstack([root[:, None] * rows, np.diag(penalty)])
    found: AnyArray = np.linalg.lstsq(design, np.concatenate([root * t, penalty * prior]), rcond=None)[0]
    return found


def prior_of(offsets: list[tuple[int, int]], r: int, prior: str) -> AnyArray:
    return np.array([0.0, *(float(prior == "identity" and offset == (r // 2, r // 2)) for offset in offsets)])


def brute_force_masked_leave_one_out(
    pairs: Pairs, alpha: float, channels: str, prior: str, r: int, bias_penalty: float | AnyArray | None
) -> float:
    """Return the leave-one-out error by a refit for each pair and pixel."""
    error = 0.0
    for index, offsets, rows, t, w in pixel_windows(pairs, channels, r):
        for i in range(len(rows)):
            rest = np.arange(len(rows)) != i
            coefficients = window_least_squares(
                rows[rest].reshape(-1, rows.shape[2]),
                t[rest].ravel(),
                w[rest].ravel(),
                alpha,
                prior_of(offsets, r, prior),
                factor_at(bias_penalty, index),
            )
            error += float(np.sum(w[i] * (rows[i] @ coefficients - t[i]) ** 2))
    return error
