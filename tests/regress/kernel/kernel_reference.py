"""A plain reference for kernel ridge regression: scikit-learn's, one model per pixel."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pixelfes.arrays import AnyArray
from tests.regress.drawn_pairs import Pairs, pixel_samples, unit

KERNELS: list[dict[str, Any]] = [
    {"kernel": "linear"},
    {"kernel": "polynomial"},
    {"kernel": "polynomial", "gamma": 0.5, "degree": 2, "coef0": 0.3},
    {"kernel": "rbf"},
    {"kernel": "rbf", "gamma": 10.0},
    {"kernel": "rbf", "gamma": 2000.0},  # too rough for features: solved by levels
    {"kernel": "laplacian"},
    {"kernel": "laplacian", "gamma": 20.0},
    {"kernel": "laplacian", "gamma": 1e-4},
    {"kernel": "sigmoid", "gamma": 2.0, "coef0": 0.5},
]
kernels = st.sampled_from(KERNELS)
penalties = st.sampled_from([1e-2, 0.4, 1.0, 30.0])


def reference_prediction(
    pairs: Pairs, images: AnyArray, params: dict[str, Any], alpha: float, channels: str, prior: str = "zero"
) -> AnyArray:
    """Predict images with one ``KernelRidge`` for every map entry."""
    from sklearn.kernel_ridge import KernelRidge

    out = unit(images).astype(np.float64)
    for index, x, t, w in pixel_samples(pairs, channels):
        here: Any = (slice(None), *index)
        goal = t - x if prior == "identity" else t
        weighed = w.any()  # scikit-learn refuses weights that are all 0
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Singular matrix")  # the sigmoid is not positive semi-definite
            model = KernelRidge(alpha=alpha, **params).fit(x[:, np.newaxis], goal * weighed, w if weighed else None)
        values = out[here]
        f = model.predict(values.reshape(-1, 1)).reshape(values.shape)
        out[here] = f + values if prior == "identity" else f
    return out


def brute_force_leave_one_out(
    pairs: Pairs, params: dict[str, Any], alpha: float, channels: str, prior: str = "zero"
) -> float:
    """Return the leave-one-out error by a refit for each pair."""
    X, T, weight = pairs
    error = 0.0
    for i in range(len(X)):
        rest = np.arange(len(X)) != i
        kept = (X[rest], T[rest], None if weight is None else weight[rest])
        residual = reference_prediction(kept, X[[i]], params, alpha, channels, prior)[0] - unit(T[i])
        own = np.ones(X.shape[1:3]) if weight is None else np.broadcast_to(weight[i], X.shape[1:3])
        error += float(np.sum(own * (residual**2).reshape(*own.shape, -1).sum(axis=-1)))
    return error
