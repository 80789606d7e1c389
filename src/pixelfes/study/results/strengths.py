"""Strengths behind choices: the model of Bradley and Terry, for choices among two or more (Luce, Plackett).

References
----------
Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika 39, 1952.
Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 32(1), 2004.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.errors import InputError

_STEPS = 10_000
_CHANGE = 1e-10


def bradley_terry(wins: npt.ArrayLike, offered: npt.ArrayLike) -> Array:
    """Strengths under which a candidate is chosen in proportion to its own among those offered.

    Maximises ``Σ_s Σ_i wins[s, i] log(gamma_i / Σ_j offered[s, j] gamma_j)`` over gamma > 0 with sum 1. With two on offer
    this is the model of Bradley and Terry; where all are always on offer, strengths are the shares chosen.

    Parameters
    ----------
    wins : (..., S, K), >= 0
        How often each of K candidates was chosen of each of S different offers; leading axes are fitted one by one.
    offered : (S, K), bool
        Who was on offer.

    Returns
    -------
    (..., K), float64
        NaN where nothing was chosen. Somebody never chosen has strength 0.

    Raises
    ------
    InputError
        Where shapes do not fit, numbers are negative, or somebody was chosen who was not on offer.

    Examples
    --------
    >>> bradley_terry([[30, 10, 0], [0, 20, 10]], [[True, True, False], [False, True, True]]).round(2)
    array([0.67, 0.22, 0.11])
    """
    counts, there = np.asarray(wins, np.float64), np.asarray(offered, bool)
    if there.ndim != 2 or counts.shape[-2:] != there.shape:
        raise InputError(f"wins must be (..., S, K) and offered (S, K); found {counts.shape} and {there.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any() or counts[..., ~there].any():
        raise InputError("wins must be counts, and 0 where somebody was not on offer")
    won, chosen = counts.sum(-2), counts.sum(-1)
    strength = np.full(won.shape, 1 / there.shape[1])
    for _ in range(_STEPS):
        total = strength @ there.T.astype(np.float64)
        pull = np.divide(chosen, total, out=np.zeros_like(total), where=total > 0) @ there.astype(np.float64)
        new = np.divide(won, pull, out=np.zeros_like(won), where=pull > 0)
        whole = new.sum(-1, keepdims=True)
        new = np.divide(new, whole, out=np.full_like(new, np.nan), where=whole > 0)
        change = np.nanmax(np.abs(new - strength), initial=0.0)
        strength = new
        if change < _CHANGE:
            break
    return strength
