"""Leave-one-out error of ridge regression on given receptive fields, for every penalty, without a refit of the choice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import Channels, RegisteredPairs
from pixelfes.regress.leave_one_out import block_leave_one_out
from pixelfes.regress.parameters import Prior
from pixelfes.regress.sparse.sums import FieldSums, field_prior, field_samples

BAND = 2**13
"""Values of an image that are worked on at a time."""

STACK = 16
"""Pairs that are left out, each by itself, at a time."""


def field_leave_one_out(
    pairs: RegisteredPairs, indices: AnyArray, alphas: AnyArray, channels: Channels, prior: Prior, factor: AnyArray
) -> AnyArray:
    """Leave-one-out error for every penalty, given the fields; exact.

    One pair is left out at a time, with all its channels. The fields stay as they are, chosen with the pair that is
    left out; so the error is that of the weights, not of the choice, and lies below what other people's photos show.
    Where a pair has fewer samples than there are unknowns the errors come from the hat matrix, otherwise, and for
    penalties next to nothing, the pair's sums are taken out of those of all, and what is left is solved.

    Parameters
    ----------
    pairs : RegisteredPairs
        At least 2.
    indices : array of shape (H, W, F)
    alphas : array of shape (A,)
    channels : {"shared", "separate"}
    prior : {"zero", "identity"}
    factor : array that broadcasts against the maps
        Factor on the penalty for the bias.

    Returns
    -------
    array of shape (A,), float64
        Weighted sums of squares.
    """
    if len(pairs) < 2:
        raise InputError("leave-one-out needs at least 2 pairs; found 1: give alpha a number")
    height, *row_shape = pairs.map_shape(channels)
    step = max(1, BAND // int(np.prod(row_shape)))
    errors = np.zeros(len(alphas))
    for start in range(0, height, step):
        factor_rows = factor[start : start + step] if factor.ndim else factor
        band = _Band(pairs, indices[start : start + step], start, row_shape, factor_rows, prior)
        errors += band.errors(alphas)
    return errors


class _Band:
    """Some rows of the maps."""

    def __init__(
        self,
        pairs: RegisteredPairs,
        indices: AnyArray,
        start: int,
        row_shape: list[int],
        factor: AnyArray,
        prior: Prior,
    ) -> None:
        self._pairs, self._start, self._factor = pairs, start, factor
        self._prior = field_prior(indices, start * indices.shape[1], 1 + len(row_shape), prior)
        self._whole = FieldSums.zeros(indices, (len(indices), *row_shape))
        for features, t, weight in self._samples():
            self._whole.add(features, t, weight)

    def errors(self, alphas: AnyArray) -> AnyArray:
        k, shape = len(self._whole.moment), self._whole.shape
        samples = self._pairs.X[0].size // int(np.prod((*self._pairs.X.shape[1:3], *shape[2:])))
        if k <= samples:
            return self._errors_of_refits(alphas)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            scale = np.ones((k, *shape))
            scale[0] = 1 / np.sqrt(self._factor)
            gram = self._whole.gram.copy()
            for i, j in zip(*np.tril_indices(k, -1), strict=True):
                gram[i, j] = gram[j, i]
            moment = self._whole.moment.copy()
            for j, pull in enumerate(self._prior or []):
                moment -= gram[:, j] * pull
            gram, moment = gram * scale * scale[:, np.newaxis], moment * scale
            brightest = 1.0 if self._pairs.X.dtype == np.uint8 else float(np.abs(self._pairs.X).max())
            trace = samples * float(self._pairs.weight.max()) * (float(scale.max()) ** 2 + (k - 1) * brightest**2)
        by_pixel = np.moveaxis(gram.reshape(k, k, -1), 2, 0), moment.reshape(k, -1).T
        errors, valid = block_leave_one_out(*by_pixel, self._groups(scale), alphas, trace)
        if not valid.all():
            errors[~valid] = self._errors_of_refits(alphas[~valid])
        return errors

    def _errors_of_refits(self, alphas: AnyArray) -> AnyArray:
        whole, errors = self._whole, np.zeros(len(alphas))
        for features, t, weight in self._samples():
            out = FieldSums.zeros(whole.indices, whole.shape).add(features, t, weight)
            rest = FieldSums(whole.indices, whole.gram - out.gram, whole.moment - out.moment)
            for a, alpha in enumerate(alphas):
                bias, *weights = rest.solve(float(alpha), self._factor, self._prior, whole)
                error = bias - t
                for w, z in zip(weights, features, strict=True):
                    error += w * z
                errors[a] += np.sum(weight * np.square(error).sum(axis=0))
        return errors

    def _groups(self, scale: AnyArray) -> Iterator[tuple[AnyArray, AnyArray]]:
        """Yield rows (M, n, S, k) and targets less the prior's part (M, n, S), times the roots of their weights."""
        pairs = self._samples()
        while stack := list(islice(pairs, STACK)):
            rows, targets = [], []
            for features, t, weight in stack:
                root = np.sqrt(weight)
                observed = np.stack([np.ones_like(t), *features])
                rest = t if self._prior is None else t - sum(p * z for p, z in zip(self._prior, observed, strict=True))
                rows.append((observed * root * scale[:, np.newaxis]).reshape(*observed.shape[:2], -1))
                targets.append((rest * root).reshape(len(t), -1))
            yield np.stack(rows).transpose(3, 0, 2, 1), np.stack(targets).transpose(2, 0, 1)

    def _samples(self) -> Iterator[tuple[list[AnyArray], AnyArray, AnyArray]]:
        return field_samples(self._pairs, self._whole.indices, self._whole.shape, self._start)
