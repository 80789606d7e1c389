"""The greedy choice of the input pixels that each output pixel observes, by orthogonal matching pursuit.

One matrix product in single precision gives the correlations of a block of output pixels with every input pixel. Close
scores are compared again in double precision, so that the choice does not depend on threads or blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import Channels, RegisteredPairs
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import BiasPenalty, Prior, check_bias_penalty
from pixelfes.regress.sparse.centred_inputs import CentredInputs, gather_pixels

_SCORES_AT_A_TIME = 2**20
"""Scores, one per output and input pixel, that are computed at a time."""

_CONSTANT = 1e-5
"""An input pixel is constant if its variance is below this part of its mean square about its mean over all pairs."""

_UNDECIDED = 1e-5
"""Scores in single precision that differ by less than this part of the error are compared again in double."""

_EQUAL = 1e-12
"""Scores in double precision that differ by less than this part of the error are equal."""

_MOST_COMPARED = 32
"""Input pixels of one output pixel that are compared again. If there are more, the nearest is taken."""

_SCORE_OF_CONSTANT = np.float32(-1e30)
_LARGEST = 1e12
"""Penalties and costs are cut to this, so that their squares stay finite in single precision."""


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

    Each step takes the pixel q that most reduces the penalised squared error of an output pixel p, less a cost of its
    distance from p. In the comparison only the weight of q and the bias may move, not the weights chosen before::

        max over q of  gain_q - locality * E * d_pq^2
        gain_q = max over w, b of  E_penalised(now) - E_penalised(w x_q + b in addition)
               = (Σ u x_q r + alpha * prior_q)^2 / (Σ u x_q^2 - (Σ u x_q)^2 / (Σ u + alpha * bias_penalty) + alpha)

    r is the residual, u are the sample weights, E = Σ u r^2, and d_pq is the distance of the two pixels if the longer side
    of the image is 1. prior_q is 1 for p itself with the prior "identity", otherwise 0. After each step all weights are
    solved again. Scores that are equal up to rounding go to the nearest pixel, then to the lowest index. A pixel that is
    constant over the pairs is chosen only if no other is left. Because the bias is penalised a constant has a gain; it
    counts as 0, even if another channel of the pixel varies.

    Each chosen pixel costs one matrix product of (P, N C) with (N C, P), with P = H W, and about ten passes over its P^2
    results. So the cost grows with the fourth power of the side. Memory does not grow with N beyond float32 copies of the
    inputs: one, or three if weights differ from pixel to pixel.

    Parameters
    ----------
    pairs : RegisteredPairs
        Their weights belong to the output pixels.
    n_pixels : int
        F, from 1 to H W.
    alpha : float
        Penalty, finite and >= 0.
    locality : float
        >= 0. At 1, a pixel a whole side away would have to explain all of the remaining error.
    channels : {"shared", "separate"}
        With "separate", gains are summed over the channels: all channels observe the same pixels.
    prior : {"zero", "identity"}
    bias_penalty : None, float, or array of shape (H, W)
        Factor on alpha for the bias.

    Returns
    -------
    array of shape (H, W, n_pixels), int32
        Row * W + column of the pixels, in the order of their choice; no two are the same.

    Raises
    ------
    InputError
        If the image has fewer than ``n_pixels`` pixels.

    References
    ----------
    Akram and Khan, "LSRF: Localized and Sparse Receptive Fields for Linear Facial Expression Synthesis based on Global
    Face Context", Multimedia Tools and Applications, 2023. In the authors' released code, a step takes the largest
    |correlation| of the centred and normalised pixel with the residual, plus a constant divided by the sum of the
    distances to the windows of the output pixel and its neighbours. The first step adds the bias; its residual is t.

    Examples
    --------
    >>> from pixelfes.regress.images import check_pairs
    >>> x = np.random.default_rng(0).random((20, 1, 4))
    >>> choose_pixels(check_pairs(x, x[:, :, ::-1]), 1, alpha=0.1)[0, :, 0]
    array([3, 2, 1, 0], dtype=int32)
    """
    height, width = pairs.X.shape[1:3]
    n_inputs = height * width
    if n_pixels > n_inputs:
        raise InputError(f"a {height} x {width} image has no {n_pixels} pixels to choose")
    search = _Search(
        pairs,
        CentredInputs.of_pairs(pairs, channels),
        min(float(alpha), _LARGEST),
        locality,
        prior == "identity",
        check_bias_penalty(bias_penalty, (height, width)),
    )
    indices = np.empty((n_inputs, n_pixels), np.int32)
    step = max(1, _SCORES_AT_A_TIME // n_inputs)
    for start in range(0, n_inputs, step):
        own = np.arange(start, min(start + step, n_inputs))
        indices[own] = search.choose(own, n_pixels)
    return indices.reshape(height, width, n_pixels)


class _Search:
    """The choice for a whole image, by blocks of output pixels."""

    def __init__(
        self,
        pairs: RegisteredPairs,
        inputs: CentredInputs,
        alpha: float,
        locality: float,
        identity: bool,
        factor: AnyArray,
    ) -> None:
        self.pairs, self.inputs = pairs, inputs
        self.alpha, self.locality, self.identity, self.factor = alpha, locality, identity, factor
        alike = factor.ndim == 0 and bool((pairs.weight == pairs.weight[:, :1, :1]).all())
        self.inverse_of_all = self._inverse_spread(np.zeros(1, int)) if alike else None

    def choose(self, own: AnyArray, n_pixels: int) -> AnyArray:
        """Return the pixels chosen for the output pixels ``own``, of shape (b, n_pixels)."""
        height, width = self.pairs.X.shape[1:3]
        block = _Block.with_bias_only(self, own)
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
                np.copyto(score, _SCORE_OF_CONSTANT, where=constant)
            for pixels in chosen:
                score[np.arange(len(own)), pixels] = -np.inf
            chosen.append(self._best(block, score, inverse, rows, columns))
            block.observe(self, chosen[-1])
        return np.stack(chosen, axis=1)

    def _gain(self, block: _Block, inverse: AnyArray, group: int) -> AnyArray:
        """Return the gain of every input pixel in a group of samples, of shape (b, P), float32."""
        residual = block.weighted[group]
        sums = np.concatenate([residual, residual.sum(axis=0, keepdims=True)]).astype(np.float32)
        gain: AnyArray = sums.T @ self.inputs.centred[group]
        if self.identity:
            rows = np.arange(len(block.own))
            gain[rows, block.own] += np.float32(self.alpha)
        gain *= gain
        gain *= inverse[group]
        return gain

    def _best(self, block: _Block, score: AnyArray, inverse: AnyArray, rows: AnyArray, columns: AnyArray) -> AnyArray:
        """Return the input pixels of highest score; close scores are compared again in double precision."""
        n, n_inputs = score.shape
        width = columns.shape[1]
        best = score.max(axis=1)
        margin = np.float32(_UNDECIDED) * (block.error + np.abs(best)).astype(np.float32)
        row, pixel = np.divmod(np.flatnonzero(score >= (best - margin)[:, np.newaxis]), n_inputs)
        settled = (np.bincount(row, minlength=n) > _MOST_COMPARED) | (best <= _SCORE_OF_CONSTANT / 2)
        distance = rows[row, pixel // width] + columns[row, pixel % width]
        exact = np.zeros(len(row))
        close = ~settled[row]
        varies = inverse[:, row[close] if inverse.shape[1] > 1 else 0, pixel[close]] > 0
        exact[close] = self._exact_scores(block, row[close], pixel[close], distance[close], varies)
        top = np.full(n, -np.inf)
        np.maximum.at(top, row, exact)
        worse = exact < (top - _EQUAL * (block.error + np.abs(top)))[row]
        order = np.lexsort((pixel, distance, worse, row))
        first = np.searchsorted(row[order], np.arange(n))
        taken: AnyArray = pixel[order[first]]
        return taken

    def _exact_scores(
        self, block: _Block, row: AnyArray, pixel: AnyArray, distance: AnyArray, varies: AnyArray
    ) -> AnyArray:
        x = gather_pixels(self.pairs.X, pixel, self.inputs.shared)
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
        """Return one over the denominator of the gain, 0 for constant input pixels, of shape (G, b, P), float32."""
        weight, n, ridge = self.counts(own)
        share = np.divide(weight, n, out=np.zeros_like(weight), where=n > 0).T.astype(np.float32)
        held = n * (1 - n * _inverse(n + ridge))  # the part of the mean that a penalised bias leaves
        n32, held32 = (v.astype(np.float32)[:, np.newaxis] for v in (n, held))
        result = np.empty((len(self.inputs.centred), len(own), self.inputs.centred.shape[2]), np.float32)
        groups = zip(self.inputs.first, self.inputs.second, self.inputs.centred[:, -1], result, strict=True)
        for first, second, centre, out in groups:
            mean, square = share @ first, share @ second
            spread = np.multiply(mean, mean, out=out)
            np.subtract(square, spread, out=spread)
            square *= np.float32(_CONSTANT)
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
        """Return the weights of the pairs, (N, b), and the sum of weights and the penalty of the bias, (b,)."""
        width = self.pairs.X.shape[2]
        weight = self.pairs.weight[:, own // width, own % width].astype(np.float64)
        factor = self.factor[own // width, own % width] if self.factor.ndim else np.full(len(own), self.factor)
        with np.errstate(over="ignore"):  # an infinite penalty makes the bias 0
            return weight, self.inputs.n_channels * weight.sum(axis=0), factor * self.alpha


@dataclass
class _Block:
    """The regression of a block of b output pixels on the pixels chosen so far."""

    own: AnyArray
    target: AnyArray  # (G, S, b)
    weight: AnyArray  # (S, b)
    inverse_count: AnyArray  # (b,)
    features: list[AnyArray]  # of shape (G, S, b)
    gram: list[list[AnyArray]]  # bias first; entries from the diagonal on
    moment: list[AnyArray]
    penalty: list[AnyArray | float]
    prior: list[AnyArray | float]
    weighted: AnyArray  # residual times weight, (G, S, b)
    error: AnyArray  # (b,)

    @classmethod
    def with_bias_only(cls, search: _Search, own: AnyArray) -> _Block:
        target = gather_pixels(search.pairs.T, own, search.inputs.shared)
        weight, n, ridge = search.counts(own)
        weight = np.tile(weight, (search.inputs.n_channels, 1))
        moment = [(weight * target).sum(axis=1)]
        gram = [[np.broadcast_to(n, moment[0].shape)]]
        block = cls(own, target, weight, _inverse(n + ridge), [], gram, moment, [ridge], [0.0], target, n)
        return block._solve()

    def observe(self, search: _Search, pixels: AnyArray) -> None:
        """Add one input pixel to the field of every output pixel, and solve all weights again."""
        new = gather_pixels(search.pairs.X, pixels, search.inputs.shared)
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
