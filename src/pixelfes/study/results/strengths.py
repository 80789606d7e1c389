"""Strengths behind choices: the Bradley-Terry model, generalised to choices among several candidates (Luce, Plackett).

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

_MAX_STEPS = 10_000
_TOLERANCE = 1e-10


def bradley_terry(wins: npt.ArrayLike, offered: npt.ArrayLike) -> Array:
    """Return the maximum-likelihood strengths of the Bradley-Terry model, by Hunter's MM algorithm.

    Maximises ``Σ_s Σ_i wins[s, i] log(gamma_i / Σ_j offered[s, j] gamma_j)`` over gamma > 0 with sum 1. A candidate is
    chosen with a probability in proportion to its strength among those offered. If all candidates are always offered,
    strengths are the shares of choices.

    Parameters
    ----------
    wins : (..., S, K), >= 0
        How often each of K candidates was chosen from each of S offers. Leading axes are fitted separately.
    offered : (S, K), bool
        The candidates of each offer.

    Returns
    -------
    (..., K), float64
        A candidate that was never chosen has strength 0. All are NaN if there are no choices.

    Raises
    ------
    InputError
        If shapes do not match, numbers are negative or not finite, or a candidate was chosen that was not offered.

    Examples
    --------
    >>> bradley_terry([[30, 10, 0], [0, 20, 10]], [[True, True, False], [False, True, True]]).round(2)
    array([0.67, 0.22, 0.11])
    """
    counts, offers = np.asarray(wins, np.float64), np.asarray(offered, bool)
    if offers.ndim != 2 or counts.shape[-2:] != offers.shape:
        raise InputError(f"wins must be (..., S, K) and offered (S, K); found {counts.shape} and {offers.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any() or counts[..., ~offers].any():
        raise InputError("wins must be counts, and 0 for candidates that were not offered")
    won, chosen = counts.sum(-2), counts.sum(-1)
    mask = offers.astype(np.float64)
    strengths = np.full(won.shape, 1 / offers.shape[1])
    for _ in range(_MAX_STEPS):
        updated = _mm_step(strengths, won, chosen, mask)
        change = np.nanmax(np.abs(updated - strengths), initial=0.0)
        strengths = updated
        if change < _TOLERANCE:
            break
    return strengths


def _mm_step(strengths: Array, won: Array, chosen: Array, mask: Array) -> Array:
    """Return the strengths (..., K) after one step of the MM algorithm, scaled to sum 1.

    ``won`` (..., K) are the wins of each candidate, ``chosen`` (..., S) the choices from each offer.
    """
    offer_sums = strengths @ mask.T
    weights = np.divide(chosen, offer_sums, out=np.zeros_like(offer_sums), where=offer_sums > 0) @ mask
    updated = np.divide(won, weights, out=np.zeros_like(won), where=weights > 0)
    total = updated.sum(-1, keepdims=True)
    return np.asarray(np.divide(updated, total, out=np.full_like(updated, np.nan), where=total > 0))
