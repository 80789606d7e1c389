"""A plain reference for regression on all pixels: one solve per output pixel, and refits without each pair."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from tests.regress.drawn_pairs import Pairs, unit


def samples_of(pairs: Pairs, channels: str) -> list[tuple[AnyArray, AnyArray, AnyArray]]:
    """Return for every model the rows (N, S, P + 1), targets (N, S, P) and weights (N,)."""
    n, pixels = len(pairs[0]), int(np.prod(pairs[0].shape[1:3]))
    x, t = (unit(images).reshape(n, pixels, -1) for images in pairs[:2])
    weight = np.ones(n) if pairs[2] is None else np.asarray(pairs[2], float)
    w = weight if weight.ndim == 1 else weight.mean(axis=(1, 2))
    groups = [slice(None)] if channels == "shared" else [slice(c, c + 1) for c in range(x.shape[2])]
    ones = np.ones((n, x.shape[2], 1))
    rows = np.concatenate([x.transpose(0, 2, 1), ones], axis=2)
    return [(rows[:, c], t.transpose(0, 2, 1)[:, c], w) for c in groups]


def plain_ridge(rows: AnyArray, t: AnyArray, w: AnyArray, alpha: float, prior: str) -> AnyArray:
    """Return the matrix (P + 1, P), solved pixel by pixel."""
    samples, k = rows.shape[1:]
    z, y, weight = rows.reshape(-1, k), t.reshape(-1, k - 1), np.repeat(w, samples)
    centre = np.eye(k, k - 1) * (prior == "identity")
    matrix = z.T @ (weight[:, None] * z) + alpha * np.eye(k)
    moment = z.T @ (weight[:, None] * y) + alpha * centre
    return np.stack([np.linalg.solve(matrix, moment[:, p]) for p in range(k - 1)], axis=1)


def plain_leave_one_out(pairs: Pairs, alpha: float, channels: str, prior: str) -> float:
    """Return the leave-one-out error by a refit for each pair."""
    error = 0.0
    for rows, t, w in samples_of(pairs, channels):
        for i in range(len(rows)):
            rest = np.arange(len(rows)) != i
            matrix = plain_ridge(rows[rest], t[rest], w[rest], alpha, prior)
            error += float(w[i] * np.square(rows[i] @ matrix - t[i]).sum())
    return error
