"""The solver that all linear regressors share: one small system of normal equations per pixel, for all pixels at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray

_NEGLIGIBLE_PIVOT = 1e-10
"""A pivot below this part of its diagonal entry is rounding: its unknown counts as not determined."""

_LEAST_PIVOT = 1e-300
"""A pivot below this has no finite reciprocal: its unknown counts as not determined too."""

_SYSTEMS_AT_A_TIME = 2**12
"""Few enough systems to stay in the processor's cache."""


def solve_normal_equations(
    gram: AnyArray | Sequence[Sequence[AnyArray]],
    moment: AnyArray | Sequence[AnyArray],
    penalty: npt.ArrayLike | Sequence[npt.ArrayLike],
    prior: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
    scale: AnyArray | Sequence[npt.ArrayLike] | None = None,
) -> AnyArray:
    """Coefficients of penalised least squares, from its sums, by LDL' elimination.

    Minimises, for every pixel by itself, ``1/2 ||A c - t||^2 + 1/2 Σ_j penalty_j (c_j - prior_j)^2``. With gram = A'A and
    moment = A't this is ``(gram + diag(penalty)) c = moment + penalty * prior``. The first index of every argument is the
    unknown; the axes behind it broadcast against the pixels.

    Parameters
    ----------
    gram : array of shape (k, k, *shape), or k sequences of k arrays, float64
        Positive semi-definite. Only ``gram[i][j]`` with i <= j is read.
    moment : array of shape (k, *shape), or k arrays of that shape, float64
    penalty : float, or k of them, each a float or an array that broadcasts against ``shape``
        >= 0. An unknown with an infinite penalty keeps its prior.
    prior : None, float, or k of them, as penalty
        Value that the penalty pulls to; None is 0.
    scale : None, or k of them, as penalty
        Diagonal that pivots are compared with; None is the diagonal of ``gram``. If a part was subtracted from larger
        sums, give the diagonal of those: their rounding remains in ``gram``.

    Returns
    -------
    array of shape (k, *shape), float64
        Finite. An unknown that neither the data nor the penalty determines, given those before it, keeps its prior.
        So with the bias first, a pixel that never varies keeps the weight and gets the mean residual as bias.

    Examples
    --------
    >>> x, t = np.linspace(0, 1, 50), np.linspace(0.2, 1.7, 50)
    >>> sums = [[np.array(50.0), x.sum()], [None, x @ x]]
    >>> solve_normal_equations(sums, [t.sum(), x @ t], 0.0).round(6)
    array([0.2, 1.5])
    """
    k, shape = len(moment), np.shape(moment[0])
    pixels = shape or (1,)
    penalties = _per_unknown(penalty, k)
    scales = [gram[j][j] for j in range(k)] if scale is None else _per_unknown(scale, k)
    priors = None if prior is None else _per_unknown(prior, k)
    solution = np.empty((k, *pixels))
    for block in _blocks(pixels, k):
        upper = {(i, j): _cut(gram[i][j], pixels, block) for i in range(k) for j in range(i, k)}
        rest = _cut_all(moment, pixels, block)
        added, compared = _cut_all(penalties, pixels, block), _cut_all(scales, pixels, block)
        centre = None if priors is None else _cut_all(priors, pixels, block)
        _solve_block(upper, rest, added, compared, centre, solution[:, block])
    return solution.reshape(k, *shape)


def _solve_block(
    upper: dict[tuple[int, int], AnyArray],
    moment: list[AnyArray],
    penalty: list[AnyArray],
    scale: list[AnyArray],
    prior: list[AnyArray] | None,
    out: AnyArray,
) -> None:
    """Solve the systems of a block of pixels into ``out``, by elimination on the residual of the prior."""
    rest = moment if prior is None else [_residual(m, upper, prior, i) for i, m in enumerate(moment)]
    least = []
    for j, (extra, compared) in enumerate(zip(penalty, scale, strict=True)):
        upper[j, j] = upper[j, j] + extra
        least.append(_least_pivot(compared + extra))
    _eliminate(upper, rest, least, out)
    for j, centre in enumerate(prior or []):
        out[j] += centre


def _eliminate(
    upper: dict[tuple[int, int], AnyArray], rest: list[AnyArray], least: list[AnyArray], out: AnyArray
) -> None:
    """Solve into ``out``. The pivots are overwritten; other entries of ``upper`` and ``rest`` are only replaced."""
    k = len(rest)
    for j in range(k):
        pivot = upper[j, j]
        if not (determined := pivot > least[j]).all():
            np.putmask(pivot, ~determined, np.inf)
        inverse = upper[j, j] = np.divide(1.0, pivot, out=pivot)
        for i in range(j + 1, k):
            factor = upper[j, i] * inverse
            for m in range(i, k):
                upper[i, m] = _less(upper[i, m], factor * upper[j, m])
            rest[i] = _less(rest[i], factor * rest[j])
    for j in reversed(range(k)):
        value = rest[j]
        for i in range(j + 1, k):
            value = _less(value, upper[j, i] * out[i])
        np.multiply(value, upper[j, j], out=out[j])


def _less(value: AnyArray, product: AnyArray) -> AnyArray:
    return np.subtract(value, product, out=product)


def _least_pivot(diagonal: AnyArray) -> AnyArray:
    diagonal *= _NEGLIGIBLE_PIVOT
    diagonal += _LEAST_PIVOT
    return diagonal


def _residual(moment: AnyArray, upper: dict[tuple[int, int], AnyArray], prior: list[AnyArray], i: int) -> AnyArray:
    for j, p in enumerate(prior):
        if p.any():
            moment = moment - upper[min(i, j), max(i, j)] * p
    return moment


def _cut_all(values: Iterable[npt.ArrayLike], pixels: tuple[int, ...], block: slice) -> list[AnyArray]:
    return [_cut(value, pixels, block) for value in values]


def _cut(value: npt.ArrayLike, pixels: tuple[int, ...], block: slice) -> AnyArray:
    array = np.asarray(value)
    return (array if array.shape == pixels else np.broadcast_to(array, pixels))[block]


def _blocks(pixels: tuple[int, ...], k: int) -> Iterator[slice]:
    # Two unknowns need so few temporary arrays that cutting would cost more than it saves.
    step = pixels[0] if k == 2 else max(1, _SYSTEMS_AT_A_TIME // max(1, int(np.prod(pixels[1:]))))
    for start in range(0, pixels[0], step):
        yield slice(start, start + step)


def _per_unknown(values: Any, k: int) -> Sequence[npt.ArrayLike]:
    if not isinstance(values, list | tuple) and np.ndim(values) == 0:
        return [values] * k
    if len(values) != k:
        raise ValueError(f"{k} unknowns need one value for all or one for each; found {len(values)}")
    return list(values)
