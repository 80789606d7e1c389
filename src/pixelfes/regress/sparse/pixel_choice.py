"""Which input pixels an output pixel observes: chosen greedily, by orthogonal matching pursuit, with or without locality.

All correlations of a block of output pixels with every input pixel are one matrix product in single precision; what
that leaves undecided is settled in double precision, so that the choice does not depend on threads or blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import Channels, RegisteredPairs
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import BiasPenalty, Prior, check_bias_penalty
from pixelfes.regress.sparse.candidate_pixels import Candidates, gather

BLOCK = 2**20
"""Entries of a table of output x input pixels that are worked on at a time."""

CONSTANT = 1e-5
"""An input pixel whose variance is below this part of its mean square about its mean over all pairs is constant."""

UNDECIDED = 1e-5
"""Scores in single precision that differ by less than this part of the error are compared again in double."""

EQUAL = 1e-12
"""Scores in double precision that differ by less than this part of the error are equal."""

MANY = 32
"""Candidates of one output pixel that are compared again; of more the nearest is taken as it is."""

_NEVER = np.float32(-1e30)
_LARGEST = 1e12


def choose_pixels(
    pairs: RegisteredPairs,
    n_pixels: int,
    alpha: float,
    *,
    locality: float = 0.0,
    channels: Channels = "shared",
    prior: Prior = "zero",
    bias_penalty: BiasPenalty = None,
) -> AnyArray:
    """Choose the input pixels of every output pixel, one after another, by orthogonal matching pursuit.

    For an output pixel p with the pixels chosen so far, the bias and their ridge weights, each step takes the pixel q
    that most reduces the penalised squared error when its weight and the bias may move and the other weights may
    not, less what its distance from p costs::

        max over q of  gain_q - locality * E * d_pq^2
        gain_q = max over w, b of  E_penalised(now) - E_penalised(w x_q + b in addition)
               = (Σ u x_q r + alpha * prior_q)^2 / (Σ u x_q^2 - (Σ u x_q)^2 / (Σ u + alpha * bias_penalty) + alpha)

    with the residual r, the sample weights u, E = Σ u r^2, and d_pq the distance of the two pixels, where the longer
    side of the image is 1. After each step all weights are solved again. Prior_q is 1 for p itself with the prior
    "identity", otherwise 0. Scores that are equal to rounding go to the nearest pixel, then to the lowest index;
    a pixel that is constant over the pairs is chosen only where there is no other (a constant has a gain, since the
    bias is penalised; it counts as 0, also that of one channel of a pixel whose others vary).

    The cost is that of one matrix product of (P, N C) with (N C, P) for every pixel chosen, with P = H W, and about
    ten passes over its P^2 results: it grows with the fourth power of the side. Beyond float32 copies of the inputs
    (one, or three where weights differ from pixel to pixel) memory does not grow with N.

    Parameters
    ----------
    pairs : RegisteredPairs
        Their weights belong to the output pixels.
    n_pixels : int
        F, from 1 to H W.
    alpha : float
        Penalty, finite and >= 0.
    locality : float
        >= 0. At 1, a pixel a whole side away would have to explain all that is left of the error.
    channels : {"shared", "separate"}
        With "separate", gains are summed over the channels: all channels observe the same pixels.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias.

    Returns
    -------
    array of shape (H, W, n_pixels), int32
        Row * W + column of the pixels, in the order in which they were chosen; no two are the same.

    References
    ----------
    Akram and Khan, "LSRF: Localized and Sparse Receptive Fields for Linear Facial Expression Synthesis based on Global
    Face Context", Multimedia Tools and Applications, 2023. In the code its authors released a step takes the largest
    |correlation| of the centred and normalised pixel with the residual, plus a constant over the sum of the distances
    to the windows of the output pixel and its neighbours. The first step has the residual t, the bias comes with it.

    Examples
    --------
    >>> from pixelfes.regress.images import check_pairs
    >>> x = np.random.default_rng(0).random((20, 1, 4))
    >>> choose_pixels(check_pairs(x, x[:, :, ::-1]), 1, alpha=0.1)[0, :, 0]
    array([3, 2, 1, 0], dtype=int32)
    """
    height, width = pairs.X.shape[1:3]
    n_candidates = height * width
    if n_pixels > n_candidates:
        raise InputError(f"a {height} x {width} image has no {n_pixels} pixels to choose")
    search = _Search(
        pairs,
        Candidates.of(pairs, channels),
        min(float(alpha), _LARGEST),
        locality,
        prior == "identity",
        check_bias_penalty(bias_penalty, (height, width)),
    )
    indices = np.empty((n_candidates, n_pixels), np.int32)
    step = max(1, BLOCK // n_candidates)
    for start in range(0, n_candidates, step):
        own = np.arange(start, min(start + step, n_candidates))
        indices[own] = search.choose(own, n_pixels)
    return indices.reshape(height, width, n_pixels)


class _Search:
    """One choice for a whole image, block by block."""

    def __init__(
        self,
        pairs: RegisteredPairs,
        candidates: Candidates,
        alpha: float,
        locality: float,
        identity: bool,
        factor: AnyArray,
    ) -> None:
        self.pairs, self.candidates = pairs, candidates
        self.alpha, self.locality, self.identity, self.factor = alpha, locality, identity, factor
        alike = factor.ndim == 0 and bool((pairs.weight == pairs.weight[:, :1, :1]).all())
        self.inverse_of_all = self._inverse_spread(np.zeros(1, int)) if alike else None

    def choose(self, own: AnyArray, n_pixels: int) -> AnyArray:
        """Choose the pixels of the output pixels ``own``; an array of shape (b, n_pixels)."""
        height, width = self.pairs.X.shape[1:3]
        block = _Block.of(self, own)
        inverse = self._inverse_spread(own) if self.inverse_of_all is None else self.inverse_of_all
        constant = (inverse == 0).all(axis=0)
        rows = np.square(np.arange(height) - (own // width)[:, np.newaxis])
        columns = np.square(np.arange(width) - (own % width)[:, np.newaxis])
        chosen: list[AnyArray] = []
        for _ in range(n_pixels):
            score = self._gain(block, inverse, 0)
            for group in range(1, len(inverse)):
                score += self._gain(block, inverse, group)
            if self.locality:
                cost = self.locality * block.error[:, np.newaxis] / max(height, width) ** 2
                near = score.reshape(-1, height, width)
                near -= np.minimum(cost * rows, _LARGEST).astype(np.float32)[:, :, np.newaxis]
                near -= np.minimum(cost * columns, _LARGEST).astype(np.float32)[:, np.newaxis, :]
            if constant.any():
                np.copyto(score, _NEVER, where=constant)
            for pixels in chosen:
                score[np.arange(len(own)), pixels] = -np.inf
            chosen.append(self._best(block, score, inverse, rows, columns))
            block.observe(self, chosen[-1])
        return np.stack(chosen, axis=1)

    def _gain(self, block: _Block, inverse: AnyArray, group: int) -> AnyArray:
        """Gain of every candidate in a group of samples, in single precision; an array of shape (b, P)."""
        residual = block.weighted[group]
        sums = np.concatenate([residual, residual.sum(axis=0, keepdims=True)]).astype(np.float32)
        gain: AnyArray = sums.T @ self.candidates.centred[group]
        if self.identity:
            rows = np.arange(len(block.own))
            gain[rows, block.own] += np.float32(self.alpha)
        gain *= gain
        gain *= inverse[group]
        return gain

    def _best(self, block: _Block, score: AnyArray, inverse: AnyArray, rows: AnyArray, columns: AnyArray) -> AnyArray:
        """Take the candidate of the highest score, compared in double precision where it is close."""
        n, n_candidates = score.shape
        width = columns.shape[1]
        best = score.max(axis=1)
        margin = np.float32(UNDECIDED) * (block.error + np.abs(best)).astype(np.float32)
        row, pixel = np.divmod(np.flatnonzero(score >= (best - margin)[:, np.newaxis]), n_candidates)
        plain = (np.bincount(row, minlength=n) > MANY) | (best <= _NEVER / 2)
        distance = rows[row, pixel // width] + columns[row, pixel % width]
        exact = np.zeros(len(row))
        close = ~plain[row]
        varies = inverse[:, row[close] if inverse.shape[1] > 1 else 0, pixel[close]] > 0
        exact[close] = self._exact_scores(block, row[close], pixel[close], distance[close], varies)
        top = np.full(n, -np.inf)
        np.maximum.at(top, row, exact)
        worse = exact < (top - EQUAL * (block.error + np.abs(top)))[row]
        order = np.lexsort((pixel, distance, worse, row))
        first = np.searchsorted(row[order], np.arange(n))
        taken: AnyArray = pixel[order[first]]
        return taken

    def _exact_scores(
        self, block: _Block, row: AnyArray, pixel: AnyArray, distance: AnyArray, varies: AnyArray
    ) -> AnyArray:
        x = gather(self.pairs.X, pixel, self.candidates.shared)
        weight = block.weight[:, row]
        along = (x * block.weighted[:, :, row]).sum(axis=1)
        if self.identity:
            along += self.alpha * (pixel == block.own[row])
        first, second = (weight * x).sum(axis=1), (weight * x * x).sum(axis=1)
        spread = second - first**2 * block.inverse_count[row] + self.alpha
        gain = np.divide(along**2, spread, out=np.zeros_like(along), where=varies & (spread > 0)).sum(axis=0)
        side = max(self.pairs.X.shape[1:3])
        return np.asarray(gain - np.minimum(self.locality * block.error[row] * distance / side**2, _LARGEST))

    def _inverse_spread(self, own: AnyArray) -> AnyArray:
        """One over the denominator of the gain, 0 for constant candidates; an array of shape (G, b, P), float32."""
        weight, n, ridge = self.counts(own)
        share = np.divide(weight, n, out=np.zeros_like(weight), where=n > 0).T.astype(np.float32)
        held = n * (1 - n * _inverse(n + ridge))  # what a penalised bias leaves of the mean
        n32, held32 = (v.astype(np.float32)[:, np.newaxis] for v in (n, held))
        result = np.empty((len(self.candidates.centred), len(own), self.candidates.centred.shape[2]), np.float32)
        groups = zip(self.candidates.first, self.candidates.second, self.candidates.centred[:, -1], result, strict=True)
        for first, second, centre, out in groups:
            mean, square = share @ first, share @ second
            spread = np.multiply(mean, mean, out=out)
            np.subtract(square, spread, out=spread)
            square *= np.float32(CONSTANT)
            constant = spread <= square
            mean += centre
            mean *= mean
            mean *= held32
            spread *= n32
            spread += mean
            spread += np.float32(self.alpha)
            constant |= spread < np.float32(_LARGEST**-2)
            if constant.any():
                spread[constant] = np.inf
            np.divide(np.float32(1), spread, out=out)
        return result

    def counts(self, own: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Weights of the pairs, (N, b); samples and penalty of the bias, (b,)."""
        width = self.pairs.X.shape[2]
        weight = self.pairs.weight[:, own // width, own % width].astype(np.float64)
        factor = self.factor[own // width, own % width] if self.factor.ndim else np.full(len(own), self.factor)
        with np.errstate(over="ignore"):  # an infinite penalty on the bias gives the bias 0
            return weight, self.candidates.n_channels * weight.sum(axis=0), factor * self.alpha


@dataclass
class _Block:
    """The regression of a block of b output pixels on the pixels chosen so far."""

    own: AnyArray
    target: AnyArray  # (G, S, b)
    weight: AnyArray  # (S, b)
    inverse_count: AnyArray  # (b,)
    features: list[AnyArray]  # of shape (G, S, b)
    gram: list[list[AnyArray]]  # bias first; only from the diagonal on
    moment: list[AnyArray]
    penalty: list[AnyArray | float]
    prior: list[AnyArray | float]
    weighted: AnyArray  # residual times weight, (G, S, b)
    error: AnyArray  # (b,)

    @classmethod
    def of(cls, search: _Search, own: AnyArray) -> _Block:
        target = gather(search.pairs.T, own, search.candidates.shared)
        weight, n, ridge = search.counts(own)
        weight = np.tile(weight, (search.candidates.n_channels, 1))
        moment = [(weight * target).sum(axis=1)]
        gram = [[np.broadcast_to(n, moment[0].shape)]]
        block = cls(own, target, weight, _inverse(n + ridge), [], gram, moment, [ridge], [0.0], target, n)
        return block._solve()

    def observe(self, search: _Search, pixels: AnyArray) -> None:
        """Take one more input pixel in, for every output pixel, and solve all weights again."""
        new = gather(search.pairs.X, pixels, search.candidates.shared)
        weighted = self.weight * new
        for row, feature in zip(self.gram, [None, *self.features], strict=True):
            row.append((weighted if feature is None else weighted * feature).sum(axis=1))
        self.features.append(new)
        self.gram.append([np.zeros(())] * len(self.features) + [(weighted * new).sum(axis=1)])
        self.moment.append((weighted * self.target).sum(axis=1))
        self.penalty.append(search.alpha)
        self.prior.append((pixels == self.own).astype(np.float64) if search.identity else 0.0)
        self._solve()

    def _solve(self) -> _Block:
        bias, *weights = solve_normal_equations(self.gram, self.moment, self.penalty, self.prior)
        residual = self.target - bias[:, np.newaxis]
        for weight, feature in zip(weights, self.features, strict=True):
            residual -= weight[:, np.newaxis] * feature
        self.weighted = self.weight * residual
        self.error = (self.weighted * residual).sum(axis=(0, 1))
        return self


def _inverse(values: AnyArray) -> AnyArray:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
