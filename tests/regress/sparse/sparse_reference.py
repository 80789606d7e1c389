"""A plain reference for regression on chosen pixels: loops over output and input pixels around NumPy's solvers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pixelfes.arrays import AnyArray
from tests.regress.drawn_pairs import Pairs, factor_at, unit

Samples = tuple[AnyArray, AnyArray, AnyArray]


def grouped_samples(pairs: Pairs, channels: str) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return inputs and targets of shape (groups, samples, H W) and weights of shape (samples, H W)."""
    x, t = (v.reshape(*v.shape[:3], -1) for v in map(unit, pairs[:2]))
    w = np.ones(x.shape[:3]) if pairs[2] is None else np.asarray(pairs[2], float)
    w = np.broadcast_to(w.reshape(w.shape + (1,) * (3 - w.ndim)), x.shape[:3])
    n, height, width, n_channels = x.shape
    x, t = (np.moveaxis(v, 3, 0).reshape(n_channels, n, height * width) for v in (x, t))
    w = w.reshape(n, -1)
    if channels == "separate":
        return x, t, w
    return x.reshape(1, -1, height * width), t.reshape(1, -1, height * width), np.tile(w, (n_channels, 1))


def ridge(rows: AnyArray, t: AnyArray, w: AnyArray, penalty: AnyArray, prior: AnyArray) -> tuple[AnyArray, float]:
    """Return the coefficients and the penalised squared error of one weighted ridge regression."""
    gram = rows.T @ (w[:, None] * rows) + np.diag(penalty)
    coefficients = np.linalg.solve(gram, rows.T @ (w * t) + penalty * prior)
    residual: AnyArray = rows @ coefficients - t
    return coefficients, float(w @ residual**2 + penalty @ (coefficients - prior) ** 2)


class GreedyReference:
    """Try every input pixel at every step."""

    def __init__(
        self, pairs: Pairs, alpha: float, locality: float, channels: str, prior: str, bias_penalty: Any = None
    ) -> None:
        self.x, self.t, self.w = grouped_samples(pairs, channels)
        self.height, self.width = pairs[0].shape[1:3]
        self.alpha, self.locality, self.identity = alpha, locality, prior == "identity"
        self.bias_penalty = bias_penalty

    def scores(self, own: int, chosen: list[int]) -> tuple[AnyArray, float]:
        """Return the score of every input pixel for one output pixel, -inf if it is not allowed, and the remaining error."""
        w = self.w[:, own]
        ridge_on_bias = self.alpha * factor_at(self.bias_penalty, divmod(own, self.width))
        ones = np.ones((len(w), 1))
        mean = np.average(self.x, axis=1, weights=w) if w.any() else self.x[:, 0]
        varies = ((self.x - mean[:, None]) ** 2 * (w > 0)[:, None]).max(axis=1) > 1e-20
        left, gains = 0.0, np.zeros(self.x.shape[2])
        for g, (x, t) in enumerate(zip(self.x, self.t[:, :, own], strict=True)):
            prior = np.array([0.0, *(float(self.identity and q == own) for q in chosen)])
            penalty = np.array([ridge_on_bias, *[self.alpha] * len(chosen)])
            rows = np.hstack([ones, x[:, chosen]])
            found, _ = ridge(rows, t, w, penalty, prior)
            residual = t - rows @ found
            left += float(w @ residual**2)
            for q in np.flatnonzero(varies[g]):
                pull = float(self.identity and q == own)
                two = np.array([ridge_on_bias, self.alpha])
                start = np.array([-found[0], pull])  # the bias starts from its present value
                now = float(w @ residual**2 + ridge_on_bias * found[0] ** 2 + self.alpha * pull**2)
                gains[q] += now - ridge(np.column_stack([ones, x[:, q]]), residual, w, two, start)[1]
        rows_apart, columns_apart = np.subtract(
            np.divmod(np.arange(len(gains)), self.width), [[own // self.width], [own % self.width]]
        )
        distance = (rows_apart**2 + columns_apart**2) / max(self.height, self.width) ** 2
        scores = gains - self.locality * left * distance
        scores[~varies.any(axis=0)] = -np.inf
        scores[chosen] = -np.inf
        return scores, left


def brute_force_leave_one_out(
    pairs: Pairs, indices: AnyArray, alpha: float, channels: str, prior: str, bias_penalty: Any = None
) -> float:
    """Return the leave-one-out error by a refit for each pair and pixel, for given fields."""
    error = 0.0
    X, T, weight = pairs
    for i in range(len(X)):
        kept = np.arange(len(X)) != i
        learnt, left = (
            grouped_samples((X[part], T[part], None if weight is None else weight[part]), channels)
            for part in (kept, ~kept)
        )
        for own, chosen, penalties, pull in _pixels(indices, alpha, prior, bias_penalty):
            for x, t, x_out, t_out in zip(learnt[0], learnt[1], left[0], left[1], strict=True):
                rows, rows_out = (np.column_stack([np.ones(len(v)), v[:, chosen]]) for v in (x, x_out))
                found, _ = ridge(rows, t[:, own], learnt[2][:, own], penalties, pull)
                error += float(left[2][:, own] @ (rows_out @ found - t_out[:, own]) ** 2)
    return error


def refitted(
    pairs: Pairs, indices: AnyArray, alpha: float, channels: str, prior: str, bias_penalty: Any = None
) -> tuple[AnyArray, AnyArray]:
    """Return weights (H, W, F, groups) and biases (H, W, groups) for given fields."""
    x, t, w = grouped_samples(pairs, channels)
    height, width, n_pixels = indices.shape
    found = np.empty((height * width, len(x), n_pixels + 1))
    for own, chosen, penalties, pull in _pixels(indices, alpha, prior, bias_penalty):
        for g in range(len(x)):
            rows = np.column_stack([np.ones(x.shape[1]), x[g][:, chosen]])
            found[own, g] = ridge(rows, t[g, :, own], w[:, own], penalties, pull)[0]
    found = found.reshape(height, width, len(x), n_pixels + 1)
    return np.moveaxis(found[..., 1:], 2, 3), found[..., 0]


def _pixels(
    indices: AnyArray, alpha: float, prior: str, bias_penalty: Any
) -> Iterator[tuple[int, AnyArray, AnyArray, AnyArray]]:
    width = indices.shape[1]
    for own, chosen in enumerate(indices.reshape(-1, indices.shape[2])):
        bias = alpha * factor_at(bias_penalty, divmod(own, width))
        pull = np.array([0.0, *((chosen == own) & (prior == "identity"))])
        yield own, chosen, np.array([bias, *[alpha] * len(chosen)]), pull
